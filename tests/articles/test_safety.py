import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.articles.extract import NotAnArticle, extract
from hotline.articles.page import decode
from tests.articles.pages import NOW, PARAGRAPHS, TITLE, news, page, paragraphs


def outcome(markup: str | bytes) -> str:
    """The body, or the reason why there is none."""
    try:
        return extract(None, page(markup), now=NOW).body
    except NotAnArticle as finding:
        return finding.reason


def test_100_000_nested_elements_are_read_or_refused_quickly():
    start = time.process_time()
    assert outcome("<div>" * 100_000 + paragraphs() + "</div>" * 100_000)
    assert time.process_time() - start < 10


def test_50_megabytes_take_bounded_time():
    start = time.process_time()
    big = news().encode() + b"<p>" + b"word " * 10_000_000
    assert PARAGRAPHS[0] in extract(None, page(big), now=NOW).body
    assert time.process_time() - start < 30


@pytest.mark.parametrize("data", [b"%PDF-1.7 ...", b"\x89PNG\r\n", b"PK\x03\x04zip", bytes(range(32)) * 200])
def test_binary_is_refused_with_a_reason(data):
    with pytest.raises(NotAnArticle, match="binary"):
        extract(None, page(data), now=NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-r"])
def test_declared_encodings_are_read(encoding):
    text = "Переговоры прошли в Женеве"
    markup = f"<html><head><meta charset={encoding}></head><body>{text}</body></html>".encode(encoding)
    assert text in decode(markup, {})
    assert text in decode(
        markup.replace(b"<meta charset=", b"<meta x="), {"Content-Type": f"text/html; charset={encoding}"}
    )


def test_a_few_bad_bytes_do_not_make_utf8_something_else():
    data = "<p>Größe, Höhe, Länge, Übung und noch mehr Wörter</p>".encode() + b"\xff" + "<p>äöü</p>".encode()
    assert "Größe" in decode(data, {"content-type": "text/html; charset=iso-8859-1"})


def test_scripts_and_handlers_leave_no_trace():
    body = (
        paragraphs()
        + '<p onclick="steal()">Quite an ordinary sentence stands here.<script>steal()</script></p>'
        + "<svg onload=steal()></svg>"
    )
    result = extract(None, page(news(body)), now=NOW)
    assert "steal" not in result.model_dump_json()
    assert "Quite an ordinary" in result.body


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_whatever_the_bytes_are_an_article_or_a_reason_comes_back(data, within):
    markup = news().encode().replace(TITLE.encode(), data, 2) if within else data
    assert outcome(markup)


_MEMORY = """
import resource
from tests.articles.pages import NOW, news, page
from hotline.articles.extract import NotAnArticle, extract

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

extract(None, page(news()), now=NOW)
before = most()
for tail in ("<p>" + "word " * 10_000_000, "<div>" * 100_000, "<a class=x>" * 900_000):
    try:
        extract(None, page(news() + tail), now=NOW)
    except NotAnArticle:
        pass
print(most() - before)
"""


def test_memory_is_bounded_whatever_the_page():
    done = subprocess.run([sys.executable, "-c", _MEMORY], capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) < 700, "MiB more than for an ordinary page"
