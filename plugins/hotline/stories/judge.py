"""What becomes of stories that an analyst splits or says to be the same: decisions without input or output."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from hotline.stories.place import opened, summed, with_article
from schemas.article import Article
from schemas.story import Judgement, Story


class Misjudged(ValueError):
    """The stories are not as the analyst thinks; the message says how they are."""


def split_id(story: Story, article_ids: Sequence[str]) -> str:
    """The id of the story that takes these articles out: the same whenever the same is asked."""
    digest = hashlib.sha256("\0".join([story.id, *sorted(article_ids)]).encode()).hexdigest()[:16]
    return f"{story.id[:7]}-{digest}"


def split(
    story: Story, articles: Mapping[str, Article], gone: Sequence[str], *, by: str, now: datetime
) -> tuple[Story, Story]:
    """The story without the articles `gone`, and a new one of them. `articles` are all of the story's, by id.

    Neither is ever merged with the other again, unless an analyst says so. Articles that retention took away are
    left out of what both tell. Raises: Misjudged where the story has none or nothing but those articles.
    """
    if missing := set(gone) - set(story.article_ids):
        raise Misjudged(f"story {story.id} has no article {min(missing)}; it has {', '.join(story.article_ids)}")
    rest = [id_ for id_ in story.article_ids if id_ not in set(gone)]
    if not gone or not rest:
        raise Misjudged(
            f"a split leaves something on both sides: story {story.id} has {len(story.article_ids)} articles"
        )
    new_id = split_id(story, gone)
    away = [articles[id_] for id_ in story.article_ids if id_ in set(gone) and id_ in articles]
    stay = [articles[id_] for id_ in rest if id_ in articles]
    if not away or not stay:
        raise Misjudged(f"articles of story {story.id} are not there any more: there is nothing to split")
    decided = Judgement(at=now, by=by, kind="split", story_id=new_id, article_ids=list(gone))
    old = _told_by(story, stay, now)
    new = _told_by(opened(away[0], now).model_copy(update={"id": new_id}), away, now)
    return (
        old.model_copy(
            update={
                "apart_from": [*story.apart_from, new_id],
                "judgements": [*story.judgements, decided],
                "headline": story.headline if story.article_ids[0] in rest else stay[0].title,
            }
        ),
        new.model_copy(
            update={
                "apart_from": [*story.apart_from, story.id],
                "judgements": [decided.model_copy(update={"story_id": story.id})],
            }
        ),
    )


def same(one: Story, two: Story, *, by: str, now: datetime) -> tuple[Story, Story]:
    """The older story with all that both have, and the younger one merged into it. Raises: Misjudged."""
    if one.id == two.id:
        raise Misjudged(f"{one.id} is one story already")
    older, younger = sorted((one, two), key=lambda story: (story.first_at, story.id))
    decided = Judgement(at=now, by=by, kind="same", story_id=younger.id)
    whole = summed([older, younger], now)
    apart = [id_ for id_ in whole.apart_from if id_ not in (one.id, two.id)]
    return (
        whole.model_copy(update={"apart_from": apart, "judgements": [*whole.judgements, decided]}),
        younger.model_copy(update={"merged_into": older.id, "updated_at": now}),
    )


def _told_by(story: Story, articles: Sequence[Article], now: datetime) -> Story:
    """The story as these articles alone tell it."""
    blank = opened(articles[0], now).model_copy(update={"id": story.id, "headline": story.headline})
    for article in articles:
        blank = with_article(blank, article, now, copies=article.near_duplicate_of in blank.article_ids)
    return blank
