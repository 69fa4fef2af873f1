import gzip
import json

from hotline.articles.evaluate import report, shingle_f1
from hotline.articles.lines import extract_line
from tests.articles.pages import PARAGRAPHS, TITLE, URL, news

FIELDS = {
    "id", "title", "lead", "body", "captions", "published_at", "published_from", "published_precision", "modified_at",
    "authors", "language", "canonical_url",
}  # fmt: skip


def test_a_page_plain_or_gzipped_becomes_a_line(tmp_path):
    (tmp_path / "a.html").write_text(news(), encoding="utf-8")
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(news().encode()))
    plain, packed = (
        extract_line({"id": 7, "html_path": str(tmp_path / name), "url": URL}) for name in ("a.html", "a.html.gz")
    )
    assert set(plain) == FIELDS
    assert plain == packed
    assert (plain["id"], plain["title"], plain["canonical_url"]) == (7, TITLE, URL)
    assert json.dumps(plain)


def test_an_entry_alone_is_enough(tmp_path):
    record = {
        "id": "x",
        "html_path": None,
        "url": URL,
        "entry": {"title": TITLE, "summary": PARAGRAPHS[0], "unknown": 1},
    }
    assert extract_line(record)["body"] == PARAGRAPHS[0]


def test_bad_input_gives_an_error_and_never_raises(tmp_path):
    broken = tmp_path / "broken.gz"
    broken.write_bytes(b"\x1f\x8bnot really")
    for record in (
        {}, {"id": 1}, {"id": 1, "html_path": "/does/not/exist", "url": URL},
        {"id": 1, "html_path": str(broken), "url": URL}, {"id": 1, "html_path": str(tmp_path), "url": URL},
        {"id": 1, "html_path": 5, "url": 6}, {"id": 1, "entry": {"title": 3}},
        {"id": 1, "html_path": str(broken), "url": URL, "entry": "text"}, [], "x", None,
    ):  # fmt: skip
        assert set(extract_line(record)) == {"id", "error"}  # type: ignore[arg-type]


def test_the_yardstick_counts_both_readers(tmp_path):
    (tmp_path / "html").mkdir()
    (tmp_path / "html/a.html").write_text(news(), encoding="utf-8")
    gold = {
        URL: {
            "file": "a.html",
            "with": [PARAGRAPHS[0][:40]],
            "without": ["Related stories"],
            "title": TITLE,
            "author": "Jane Fairweather",
            "date": "2026-11-23",
        }
    }
    (tmp_path / "evaldata.json").write_text(json.dumps(gold), encoding="utf-8")
    table = report(tmp_path)
    assert "headline right          1.000 of 1" in table
    assert "segments, recall        1.0000" in table


def test_shingles_compare_texts():
    assert shingle_f1("a b c d e", "a b c d e") == 1
    assert shingle_f1("a b c d e", "v w x y z") == 0
    assert shingle_f1("", "a") == 0
    assert 0 < shingle_f1("a b c d e f", "a b c d e g") < 1
