"""An analyst's word on stories: split one, two are the same. Nobody is told; placing and replay keep to it."""

from collections.abc import Sequence

from hotline.alerts.updates import supersede, taken_over
from hotline.line.context import Line
from hotline.line.records import TRIES, Conflict, articles_by_id, write_all
from hotline.line.turn import turn
from hotline.search.indices import Kind
from hotline.search.store import Kept, Write
from hotline.stories.judge import Misjudged, same, split, split_id
from schemas.article import Article, StoryRef
from schemas.story import Story


def story_of(line: Line, id_: str) -> Kept[Story]:
    """The story, or the one that took it over. Raises: Misjudged where there is none."""
    while True:
        story = line.store.get(Story, Kind.STORIES, id_, id_[:7])
        if story is None:
            raise Misjudged(f"there is no story {id_}")
        if story.record.merged_into is None:
            return story
        id_ = story.record.merged_into


def split_story(line: Line, story_id: str, article_ids: Sequence[str], by: str) -> str:
    """Makes a story of its own of some articles of a story; returns its id. Done again, it ends the same.

    Raises: Misjudged where the story has not these articles, or no others.
    """
    with turn(line):
        new_id = _split(line, story_id, article_ids, by)
        _move(line, article_ids, new_id)
    return new_id


def _split(line: Line, story_id: str, article_ids: Sequence[str], by: str) -> str:
    story = story_of(line, story_id)
    new_id = split_id(story.record, article_ids)
    done = line.store.get(Story, Kind.STORIES, new_id, new_id[:7])
    if done is None or set(article_ids) & set(story.record.article_ids):
        articles = {id_: kept.record for id_, kept in articles_by_id(line, story.record.article_ids).items()}
        rest, new = split(story.record, articles, article_ids, by=by, now=line.clock())
        # The new story first: killed between the two writes, the articles are in both, and doing it again ends it.
        write_all(line, [Write(Kind.STORIES, new.id, new, month=new.id[:7], kept=done)])
        write_all(line, [Write(Kind.STORIES, rest.id, rest, month=rest.id[:7], kept=story)])
    return new_id


def wrong_story(line: Line, article_id: str, by: str) -> str:
    """Takes one article out of the story it is in; returns the id of its own. Raises: Misjudged."""
    article = articles_by_id(line, [article_id]).get(article_id)
    if article is None or article.record.story is None:
        raise Misjudged(f"there is no article {article_id} in any story")
    return split_story(line, article.record.story.id, [article_id], by)


def same_story(line: Line, one: str, two: str, by: str) -> str:
    """Merges two stories; returns the id of the one that stays, the older. Its alerts stand, the other's yield.

    Raises: Misjudged where they are one.
    """
    with turn(line):
        first, second = story_of(line, one), story_of(line, two)
        whole, lost = same(first.record, second.record, by=by, now=line.clock())
        kept = {story.record.id: story for story in (first, second)}
        # The survivor first: killed in between, doing it again ends it.
        for story in (whole, lost):
            write_all(line, [Write(Kind.STORIES, story.id, story, month=story.id[:7], kept=kept[story.id])])
    supersede(line.store, taken_over(line.store, [whole.id]))
    return whole.id


def _move(line: Line, article_ids: Sequence[str], story_id: str) -> None:
    """Says in the articles where they belong now. A copy whose original stayed behind is a copy no more."""
    todo: set[str] = set(article_ids)
    for _ in range(TRIES):
        articles = articles_by_id(line, todo)
        todo = line.store.write(
            [
                Write(Kind.ARTICLES, id_, _moved(line, a.record, article_ids, story_id), kept=a)
                for id_, a in articles.items()
            ]
        )
        if not todo:
            return
    raise Conflict(f"{len(todo)} articles change all the time: {min(todo)}, …")


def _moved(line: Line, article: Article, together: Sequence[str], story_id: str) -> Article:
    original = article.near_duplicate_of if article.near_duplicate_of in together else None
    update = {
        "story": StoryRef(id=story_id, is_first=article.id == together[0]),
        "near_duplicate_of": original,
        "updated_at": line.clock(),
    }
    return article.model_copy(update=update)
