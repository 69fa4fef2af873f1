"""Ways that few pages take."""

import json

import pytest
import trafilatura

from hotline.articles import fallback
from hotline.articles.blocks import Walk, page_body
from hotline.articles.dates import date_in_script, read_stamp
from hotline.articles.evaluate import report
from hotline.articles.extract import NotAnArticle, extract
from hotline.articles.identity import url_key
from hotline.articles.page import decode, tree_of
from hotline.articles.structured import Facts
from hotline.articles.text import fragment_paragraphs, stated_paragraphs
from hotline.articles.walls import is_free, is_wall
from schemas.article import ContentFrom, DateFrom
from schemas.item import Entry
from tests.articles.pages import NOW, PARAGRAPHS, TITLE, URL, news, page, paragraphs


def broken(*_args, **_kwargs):
    raise RuntimeError("a fault of the library")


def test_a_fault_of_a_library_on_one_page_is_no_fault_of_ours(monkeypatch):
    monkeypatch.setattr("trafilatura.extract", broken)
    monkeypatch.setattr("htmldate.find_date", broken)
    tree = tree_of("<p>text</p>")
    assert fallback.text_by_trafilatura(tree) == []
    assert fallback.day_by_htmldate(tree, "") is None


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('{"publishedAt":"2026-11-23T18:05:00+03:00"}', True),
        ("{'date_published': '2026-11-23 18:05'}", True),
        ('{\\"createdAt\\":\\"2026-11-23T18:05:00Z\\"}', True),
        ('{"updatedAt":"2026-11-23T18:05:00Z"}', False),
        ("var x = 1", False),
    ],
)
def test_dates_in_the_data_of_scripts(script, found):
    assert (date_in_script(script) is not None) is found


@pytest.mark.parametrize("text", ["24.11.26 10:15", "on 2026-11-24 at ten", "11/24/2026 10:15 AM"])
def test_days_written_otherwise(text):
    stamp = read_stamp(text, DateFrom.TEXT)
    assert stamp is not None
    assert stamp.day.isoformat() == "2026-11-24"


def test_an_impossible_day_of_an_address_and_of_a_text_is_none():
    from hotline.articles.dates import date_in_url

    assert date_in_url("https://example.com/2026/02/31/x") is None
    assert date_in_url("https://example.com/news/24-11-2026-talks") is not None
    assert read_stamp("2026-11-24T25:00:00Z", DateFrom.META) is None


def test_a_wall_says_which_it_is():
    assert is_wall(Facts(), "404", ["Not here."]) == "error page or bot check"
    assert is_wall(Facts(), TITLE, ["x" * 4000]) is None
    assert is_wall(Facts(), TITLE, ["We value your privacy."]) == "consent wall"


@pytest.mark.parametrize(
    ("said", "free"), [(True, True), (False, False), ("False", False), ("http://schema.org/True", True), (None, True)]
)
def test_what_a_page_says_of_its_price(said, free):
    assert is_free(Facts(article={"isAccessibleForFree": said})) is free
    assert not is_free(Facts(meta={"article:content_tier": ["metered"]}))


def test_the_walk_ends_at_its_bound(monkeypatch):
    monkeypatch.setattr("hotline.articles.blocks.MAX_BLOCKS", 3)
    assert len(Walk(page_body(tree_of("<p>a</p>" * 50))).blocks) <= 4


def test_what_a_page_states_is_read_as_text_or_as_markup():
    assert stated_paragraphs("One.\n\nTwo.") == ["One.", "Two."]
    assert stated_paragraphs(paragraphs()) == PARAGRAPHS
    assert fragment_paragraphs("") == []


def test_bytes_of_no_known_encoding_are_guessed():
    text = "Переговоры прошли в Женеве, сообщили обе стороны. " * 5
    assert "Женеве" in decode(text.encode("windows-1251"), {"content-type": "text/html; charset=x-unknown"})


@pytest.mark.parametrize("url", ["https://[::1", "https://example.com:port/x"])
def test_an_address_that_cannot_be_split_is_its_own_key(url):
    assert url_key(url) == url


def test_an_address_without_a_host_still_makes_an_article():
    entry = Entry(id="http://[bad", title=TITLE, summary=PARAGRAPHS[0])
    assert extract(entry, None, now=NOW).url.domain == ""


def test_the_entry_helps_where_the_page_holds_no_text():
    entry = Entry(id="1", url=URL, title=TITLE, summary=PARAGRAPHS[0])
    result = extract(entry, page("<html><body><div></div></body></html>"), now=NOW)
    assert result.content_from is ContentFrom.FEED
    with pytest.raises(NotAnArticle):
        extract(Entry(id="1", url=URL), page("<html><body></body></html>"), now=NOW)


def test_points_that_are_the_text_are_no_key_points():
    points = "".join(f"<li>{text}</li>" for text in PARAGRAPHS)
    result = extract(None, page(news(f"<ul>{points}</ul><p>That is all.</p>", points=[])), now=NOW)
    assert result.key_points == []
    assert all(text in result.body for text in PARAGRAPHS)


def test_text_of_scripts_that_stands_in_an_element_is_no_paragraph():
    result = extract(None, page(news(f"{paragraphs()}<p>(function() {{ var a = 1; }})()</p>")), now=NOW)
    assert "function" not in result.body


def test_a_heading_such_as_read_next_ends_a_long_text():
    more = "<h2>Read next</h2><p>The storm is expected to reach the coast on Tuesday night, the service said.</p>"
    assert "storm" not in extract(None, page(news(paragraphs() + more)), now=NOW).body


def test_a_title_with_the_outlets_name_finds_its_heading():
    markup = f"<title>{TITLE} of this year in the palace on the lake</title><h2>{TITLE}</h2><div>{paragraphs()}</div>"
    assert extract(None, page(markup), now=NOW).body.split("\n\n") == PARAGRAPHS


def test_elements_of_one_name_go_on_with_the_text():
    first, *rest = [PARAGRAPHS[:3], PARAGRAPHS[3:] * 1]
    parts = f"<div class=part><h1>{TITLE}</h1>{''.join(f'<p>{p} {p[::-1]}</p>' for p in first)}</div>"
    parts += "".join(f"<div class=part>{''.join(f'<p>{p}</p>' for p in part)}</div>" for part in rest)
    assert PARAGRAPHS[4] in extract(None, page(f"<main>{parts}</main>"), now=NOW).body


def test_the_yardstick_goes_on_where_pages_or_libraries_fail(tmp_path, monkeypatch):
    (tmp_path / "html").mkdir()
    (tmp_path / "html/a.html").write_bytes(b"%PDF-1.7")
    (tmp_path / "html/b.html").write_text(
        news(head='<meta property="article:published_time" content="2026-11-23T23:30:00-05:00">'), encoding="utf-8"
    )
    gold = {
        "https://example.com/a": {"file": "a.html", "with": ["x"], "without": [], "date": "2026-11-23"},
        URL: {"file": "b.html", "with": [PARAGRAPHS[0]], "without": [], "author": ["J. Doe"], "date": "2026-11-23"},
    }
    (tmp_path / "evaldata.json").write_text(json.dumps(gold), encoding="utf-8")
    monkeypatch.setattr(trafilatura, "extract", broken)
    table = report(tmp_path)
    assert "an author right         0.000 of 1" in table
    assert "day right               0.500 of 2" in table
