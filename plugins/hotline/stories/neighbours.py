"""Which stories and articles an article is compared with: those that share most keys or bands with it, in memory."""

from collections import Counter, defaultdict

from hotline.stories.place import candidate_keys, window_start
from schemas.article import Article
from schemas.story import Story

CANDIDATES = 20  # compared with an article, of stories and of articles each


class Neighbours:
    """Stories by key and articles by band, as they stand while articles are placed one after the other."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self._articles: dict[str, Article] = {}
        self._bands: defaultdict[str, list[str]] = defaultdict(list)
        self._keys: defaultdict[str, set[str]] = defaultdict(set)

    def add_article(self, article: Article) -> None:
        """An article that later ones may be copies of."""
        self._articles[article.id] = article
        for band in article.fingerprint.bands:
            self._bands[band].append(article.id)

    def add_story(self, story: Story) -> None:
        """A story, or what it has become. A merged one is only remembered for where it went."""
        if story.id in self.stories:
            for key in self.stories[story.id].keys:
                self._keys[key].discard(story.id)
        self.stories[story.id] = story
        if story.merged_into is None:
            for key in story.keys:
                self._keys[key].add(story.id)

    def surviving(self, story_id: str) -> str:
        """The story that a story's articles belong to now, behind all merges. Raises: KeyError for one not added."""
        while target := self.stories[story_id].merged_into:
            story_id = target
        return story_id

    def articles_like(self, article: Article) -> list[Article]:
        """Articles that share bands, most first."""
        shared = Counter(other for band in article.fingerprint.bands for other in self._bands[band])
        return [self._articles[other] for other, _ in shared.most_common(CANDIDATES)]

    def stories_like(self, article: Article, of_story: str | None) -> list[Story]:
        """Open stories that share keys, most first, and `of_story` whether it does or not."""
        earliest = window_start(article)
        shared = Counter(story for key in candidate_keys(article) for story in self._keys[key])
        ranked = sorted(shared, key=lambda story: (-shared[story], story))
        found = [self.stories[id_] for id_ in ranked if self.stories[id_].last_at >= earliest][:CANDIDATES]
        if of_story and of_story not in {story.id for story in found}:
            found.append(self.stories[of_story])
        return found
