import json
from pathlib import Path

import pytest

from hotline.articles.extract import NotAnArticle, extract
from schemas.article import ArticleKind, ContentFrom
from schemas.item import Entry
from tests.articles.pages import CAPTION, NOW, PARAGRAPHS, POINTS, TITLE, URL, news, page, paragraphs

ENTRY = Entry(id="1", url=URL, title=TITLE, summary="The envoys met for six hours.")


def read(markup: str | bytes, entry: Entry | None = None, **where):
    return extract(entry, page(markup, **where), now=NOW)


def test_headline_points_and_captions_stand_apart_and_every_paragraph_once():
    result = read(news())
    assert result.title == TITLE
    assert result.key_points == POINTS
    assert result.captions == [CAPTION]
    assert result.subtitle.startswith("Officials speak")
    assert [p for p in result.body.split("\n\n") if p != result.subtitle] == PARAGRAPHS
    assert result.authors == ["Jane Fairweather"]
    assert result.language == "en"
    assert result.content_from is ContentFrom.PAGE


def test_a_sentence_with_straight_and_curly_quotes_stands_once():
    twice = paragraphs() + f"<p>{PARAGRAPHS[1].replace('‘', chr(39)).replace('’', chr(39))}</p>"
    assert read(news(twice)).body.count("exchange of prisoners") == 1


def test_description_and_caption_of_an_image_in_a_row_are_no_paragraphs():
    unmarked = "The pair shook hands before the talks. The talks ‘could go on’ in Vienna"
    pair = f"<p>{unmarked.replace('‘', chr(39)).replace('’', chr(39))}</p><p>{unmarked}</p>"
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:3]) + pair + f"<p>{PARAGRAPHS[3]}</p>"
    result = read(news(body))
    assert "shook hands" not in result.body
    assert any("shook hands" in caption for caption in result.captions)


def test_a_caption_repeated_among_the_paragraphs_is_left_out():
    body = paragraphs() + f"<figure><figcaption>{CAPTION}</figcaption></figure><p>{CAPTION}</p>"
    assert CAPTION not in read(news(body)).body


@pytest.mark.parametrize(
    "junk",
    [
        "<p>Advertisement</p>",
        "<p>Read more: what the treaty says about inspections</p>",
        "<p>Читайте также: что известно о переговорах</p>",
        "<p>Sign up for our newsletter and get the latest news in your inbox every morning.</p>",
        "<div class='newsletter-signup'><p>Our best stories every morning, written by people who care.</p></div>",
        "<p>Follow us on Telegram for more news about the talks</p>",
    ],
)
def test_what_is_not_the_article_is_left_out(junk):
    body = (
        "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:2])
        + junk
        + "".join(f"<p>{text}</p>" for text in PARAGRAPHS[2:])
    )
    result = read(news(body))
    assert [p for p in result.body.split("\n\n") if p != result.subtitle] == PARAGRAPHS


def test_subheadings_of_the_article_stay():
    body = f"<p>{PARAGRAPHS[0]}</p><h3>What comes next</h3><p>{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p>"
    assert "What comes next" in read(news(body)).body


def test_a_lead_outside_the_body_element_is_part_of_the_text():
    markup = f"""<html><body><header><h1>{TITLE}</h1><p class="standfirst">{PARAGRAPHS[0]}</p></header>
    <div class="article-body">{"".join(f"<p>{p}</p>" for p in PARAGRAPHS[1:])}</div></body></html>"""
    assert read(markup).body.split("\n\n") == PARAGRAPHS


def test_a_body_in_several_elements_is_read_whole():
    parts = "".join(f"<div class='article-body'><p>{p}</p><p>{p[::-1]}</p></div><aside>ad</aside>" for p in PARAGRAPHS)
    result = read(f"<html><body><h1>{TITLE}</h1><main>{parts}</main></body></html>")
    assert all(p in result.body for p in PARAGRAPHS)


def test_a_container_called_promo_that_holds_the_whole_text_is_the_article():
    result = read(f"<html><body><h1>{TITLE}</h1><div class='promo'>{paragraphs()}</div></body></html>")
    assert result.body.split("\n\n") == PARAGRAPHS


def test_text_stated_in_json_ld_is_taken_where_the_page_shows_none():
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(PARAGRAPHS * 2)})
    head = f"<head><script type='application/ld+json'>{data}</script></head>"
    markup = f"<html>{head}<body><div id=app>Loading the page</div></body></html>"
    assert read(markup).body.split("\n\n") == PARAGRAPHS


def test_trafilatura_is_asked_where_the_first_pass_finds_little(monkeypatch):
    monkeypatch.setattr("hotline.articles.text.text_by_trafilatura", lambda tree: PARAGRAPHS)
    assert read(f"<html><body><h1>{TITLE}</h1><div>So it is.</div></body></html>").body.split("\n\n") == PARAGRAPHS


def test_without_a_page_the_entry_is_the_text():
    entry = ENTRY.model_copy(update={"content": f"<p>{PARAGRAPHS[0]}</p><script>x()</script><p>{PARAGRAPHS[1]}</p>"})
    result = extract(entry, None, now=NOW)
    assert result.body.split("\n\n") == PARAGRAPHS[:2]
    assert result.content_from is ContentFrom.FEED


def test_an_entry_with_a_headline_only_says_so():
    result = extract(Entry(id="1", url=URL, title=TITLE), None, now=NOW, feed_language="en")
    assert (result.content_from, result.body, result.language) == (ContentFrom.HEADLINE, "", "en")


def test_behind_a_consent_wall_the_feed_is_the_text():
    wall = "<title>Before you continue</title><body><p>We value your privacy. We use cookies and data.</p></body>"
    result = read(wall, ENTRY)
    assert (result.content_from, result.title, result.body) == (ContentFrom.FEED, TITLE, ENTRY.summary)
    with pytest.raises(NotAnArticle, match="bot check"):
        read(wall)


def test_behind_a_paywall_the_longer_text_of_the_feed_wins_and_the_article_says_so():
    head = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>'
    entry = ENTRY.model_copy(update={"content": paragraphs()})
    result = read(news(f"<p>{PARAGRAPHS[0]}</p>", head), entry)
    assert (result.is_free, result.content_from) == (False, ContentFrom.FEED)


def test_nothing_at_all_is_no_article():
    for markup in ("<html><body></body></html>", "", "   "):
        with pytest.raises(NotAnArticle):
            read(markup)
    with pytest.raises(NotAnArticle):
        extract(None, None, now=NOW)
    with pytest.raises(NotAnArticle):
        extract(Entry(id="1"), None, now=NOW)


def test_a_home_page_is_no_article():
    teasers = "".join(f"<p>{p[:110]}</p>" for p in PARAGRAPHS)
    with pytest.raises(NotAnArticle, match="index"):
        read(f"<html><body><h1>Example Herald today</h1>{teasers}</body></html>", url="https://example-herald.com/")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example-herald.com/live/2026/talks", ArticleKind.LIVE),
        ("https://example-herald.com/video/talks-in-geneva", ArticleKind.VIDEO),
        ("https://example-herald.com/photos/talks-in-geneva", ArticleKind.GALLERY),
        (URL, ArticleKind.ARTICLE),
    ],
)
def test_kinds_are_recognised(url, kind):
    assert read(news(), url=url).kind is kind


def test_the_seed_laid_out_as_a_page():
    seed = Path(__file__).parents[2].parent / "shared/eval/seed/article.txt"
    if not seed.exists():
        pytest.skip("the seed article is not beside this repository")
    lines = [line.strip() for line in seed.read_text(encoding="utf-8").split("\n") if line.strip()]
    points = [line.lstrip("• ") for line in lines if line.startswith("•")]
    texts = [line for line in lines[2:] if not line.startswith("•")]
    markup = news("".join(f"<p>{text}</p>" for text in texts), title=lines[0], points=points)
    result = read(markup)
    assert result.title == lines[0]
    assert len(result.key_points) == 5
    body = result.body.split("\n\n")
    sentences = [text for text in texts if text.endswith((".", "’", "’ "))]
    assert all(body.count(" ".join(text.split())) <= 1 for text in texts)
    assert all(" ".join(text.split()) in body for text in sentences if "bumped elbows" not in text)
    assert "bumped elbows" not in result.body
