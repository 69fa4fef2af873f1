from datetime import UTC, datetime, timedelta

import pytest

from hotline.articles.extract import extract
from hotline.articles.identity import article_id
from hotline.articles.revisions import compare, completes, next_recheck, text_sha256
from schemas.article import Article, ContentFrom, Extracted, FeedFacts, Fingerprint
from schemas.desk import Rechecks
from tests.articles.pages import NOW, PARAGRAPHS, news, page


def extracted(**change) -> Extracted:
    return extract(None, page(news()), now=NOW).model_copy(update=change)


def article(source: Extracted) -> Article:
    return Article.model_validate(
        source.model_dump()
        | {
            "@timestamp": NOW, "id": article_id(source.url.key), "item_id": "i", "publisher": "Example Herald",
            "feed": FeedFacts(id="f", title="World"), "feed_ids": ["f"], "discovered_at": NOW,
            "fetched_at": NOW, "ingested_at": NOW,
            "updated_at": NOW, "fingerprint": Fingerprint(text_sha256=text_sha256(source.title, source.body)),
        }
    )  # fmt: skip


def revise(new: Extracted, old: Extracted | None = None):
    return compare(article(old or extracted()), new, now=NOW, item_id=None, capture=None)


def test_the_same_page_with_new_ads_makes_no_revision():
    other = news().replace("Facebook", "Viber").replace("We use cookies", "We still use cookies")
    assert revise(extract(None, page(other), now=NOW)) is None


def test_cosmetics_make_no_revision():
    body = extracted().body.replace("‘", "'").replace("’", "'").replace(", ", ",  ")
    assert revise(extracted(body=body)) is None
    assert revise(extracted(body=body + "\n\n1,204 views\n\nUpdated 24 November 2026, 09:15")) is None


def test_a_changed_paragraph_is_a_silent_edit_with_a_readable_diff():
    revision = revise(extracted(body=extracted().body.replace("six hours", "four hours")))
    assert revision is not None
    assert (revision.number, revision.changed, revision.announced) == (1, ["body"], False)
    lines = revision.diff.split("\n")
    assert any(line.startswith("-") and "six hours" in line for line in lines)
    assert any(line.startswith("+") and "four hours" in line for line in lines)
    assert not any(PARAGRAPHS[4] in line for line in lines if line[:1] in "+-")


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: An earlier headline misstated the length of the talks.",
        "UPDATED: adds comment from the Kremlin",
        "This article was amended on 24 November to correct the date.",
        "An earlier version of this report gave a wrong number.",
        "Исправлено: в тексте была указана неверная дата.",
        "Обновление: добавлен комментарий МИД.",
        "В предыдущей версии новости была ошибка.",
    ],
)
def test_an_announced_correction_is_known_as_one(notice):
    revision = revise(extracted(body=f"{extracted().body}\n\n{notice}"))
    assert revision is not None
    assert revision.announced


def test_a_new_headline_alone_is_a_revision():
    revision = revise(extracted(title="Envoys leave Geneva"))
    assert revision is not None
    assert (revision.changed, revision.new_title) == (["title"], "Envoys leave Geneva")


def test_the_feeds_text_in_place_of_a_failed_page_is_no_change():
    assert revise(extracted(body="Short.", content_from=ContentFrom.FEED)) is None


def test_case_counts_and_counters_do_not():
    assert text_sha256("A", "b") != text_sha256("A", "B")
    assert text_sha256("A", "b\n\n12 comments") == text_sha256("A", "b\n\n13 comments")


def test_rechecks_decay_and_end():
    rechecks = Rechecks(after=[timedelta(hours=1), timedelta(minutes=15)])
    found = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    published = found - timedelta(minutes=5)
    assert next_recheck(published, found, found, rechecks) == published + timedelta(minutes=15)
    assert next_recheck(published, found, found + timedelta(minutes=30), rechecks) == published + timedelta(hours=1)
    assert next_recheck(published, found, found + timedelta(hours=2), rechecks) is None
    assert next_recheck(None, found, found, rechecks) == found + timedelta(minutes=15)
    assert next_recheck(found - timedelta(days=9), found, found, rechecks) == found + timedelta(minutes=15)
    assert next_recheck(None, found, found, Rechecks(after=[])) is None


def test_the_page_in_place_of_the_feeds_text_completes_the_article_and_is_no_revision():
    short = extracted(body="The envoys met for six hours.", content_from=ContentFrom.FEED)
    assert completes(article(short), extracted())
    assert revise(extracted(), short) is None
    assert not completes(article(extracted()), short)
    assert not completes(article(extracted()), extracted(body="Another text."))


def test_the_text_without_its_paywall_completes_the_article():
    assert completes(article(extracted(is_free=False)), extracted())
