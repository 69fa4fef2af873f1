"""Articles find their stories one after the other, among those that share keys or bands with them, in memory."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched, islice
from types import MappingProxyType

from hotline.stories.compare import ageing
from hotline.stories.fingerprint import Print, near_duplicate, print_of
from hotline.stories.place import Placement, candidate_keys, features_of, place
from hotline.stories.together import MOST, together
from schemas.article import Article, StoryRef
from schemas.story import Story

CANDIDATES = 6  # stories compared with an article
PRINTS = 6  # articles that it may copy


class Neighbours:
    """Stories by key and articles by band, as they stand while articles are placed one after the other."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self._prints: dict[str, Print] = {}
        self._bands: defaultdict[str, list[str]] = defaultdict(list)
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._group: dict[str, int] = {}  # of articles that arrived together
        self._story_of: dict[int, str] = {}  # of a group, once its first article is placed

    def place_together(
        self,
        articles: Sequence[Article],
        now: Callable[[Article], datetime],
        originals: Mapping[str, Sequence[Print]] = MappingProxyType({}),
    ) -> Iterator[Article]:
        """Places articles that come together, in this order; `now` is each one's time, `originals` are by its id."""
        for chunk in batched(articles, MOST):
            self._arrive(chunk)
            for article in chunk:
                yield self.place(article, now(article), originals.get(article.id, ()))[0]

    def _arrive(self, articles: Sequence[Article]) -> None:
        """Articles that come together and are placed next: what tells the same event among them is looked at first."""
        groups = together([features_of(article) for article in articles])
        self._story_of = {}
        self._group = {}
        if len(set(groups)) < len(groups):
            self._group = {article.id: group for article, group in zip(articles, groups, strict=True)}

    def place(self, article: Article, now: datetime, originals: Sequence[Print] = ()) -> tuple[Article, Placement]:
        """Places an article and remembers what changed. `originals` are placed articles that share bands with it.

        Raises: KeyError where the story of one that it copies was not added.
        """
        original = near_duplicate(print_of(article), [*originals, *self._prints_like(article)])
        of_copied = self.surviving(original.story) if original is not None and original.story else None
        group = self._group.get(article.id)
        of_group = self.surviving(self._story_of[group]) if group in self._story_of else None
        into = of_copied or of_group
        candidates = self._stories_like(article, into)
        if group is not None:
            candidates = self._apart(article, candidates, into)
        placement = place(article, candidates, into=into, copies=of_copied is not None, now=now)
        story = placement.story
        for changed in (story, *placement.merged):
            self.add_story(changed)
        if group is not None:
            self._story_of.setdefault(group, story.id)
        placed = article.model_copy(
            update={
                "story": StoryRef(id=story.id, is_first=story.article_ids[0] == article.id),
                # A copy of a copy is a copy of the first: links do not chain.
                "near_duplicate_of": (original.copy_of or original.id) if original is not None else None,
                "updated_at": now,
            }
        )
        self.add_article(placed)
        return placed, placement

    def add_article(self, article: Article) -> None:
        """An article that later ones may be copies of."""
        self._prints[article.id] = print_of(article)
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

    def _prints_like(self, article: Article) -> list[Print]:
        """Articles that share bands, most first."""
        shared = Counter(other for band in article.fingerprint.bands for other in self._bands[band])
        return [self._prints[other] for other, _ in shared.most_common(PRINTS)]

    def _stories_like(self, article: Article, into: str | None) -> list[Story]:
        """Open stories that share keys, those of most weight first, and `into` whether it does or not."""
        shared: defaultdict[str, float] = defaultdict(float)
        for key, weight in candidate_keys(article).items():
            for id_ in self._keys[key]:
                shared[id_] += weight
        ranked = (self.stories[id_] for id_ in sorted(shared, key=lambda id_: (-shared[id_], id_)))
        found = list(islice((story for story in ranked if ageing(article.timestamp, story)), CANDIDATES))
        if into and into not in {story.id for story in found}:
            found.append(self.stories[into])
        return found

    def _apart(self, article: Article, candidates: list[Story], into: str | None) -> list[Story]:
        """Without stories of other groups: those were seen together and found different. Not so across languages."""
        others = set(self._story_of.values())
        language = features_of(article).language
        return [s for s in candidates if s.id == into or s.id not in others or language not in s.told]
