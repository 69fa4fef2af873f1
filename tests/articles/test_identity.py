import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.articles.identity import article_id, fitting_canonical, looks_like_index, url_key

KEY = "https://example.com/news/talks-in-geneva-end"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/news/talks-in-geneva-end",
        "https://www.example.com:443/news/talks-in-geneva-end/",
        "https://EXAMPLE.com/news/talks-in-geneva-end?utm_source=rss&fbclid=x#top",
        "https://m.example.com/news/talks-in-geneva-end",
        "https://example.com/news/talks-in-geneva-end/amp/",
        "https://amp.example.com/news/talks-in-geneva-end",
        "https://example-com.cdn.ampproject.org/c/s/example.com/news/talks-in-geneva-end",
        "https://www.google.com/amp/s/example.com/news/talks-in-geneva-end",
        "https://example.com/news/talks-in-geneva-end/print",
        "https://example.com//news/talks-in-geneva-end?print=1",
        " https://example.com/news/talks-in-geneva-end ",
    ],
)
def test_variants_of_one_address_have_one_key(url):
    assert url_key(url) == KEY
    assert article_id(url_key(url)) == article_id(KEY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/story?id=1", "https://example.com/story?id=2"),
        ("https://example.com/?p=1", "https://example.com/?p=2"),
        ("https://example.com/a", "https://example.com/b"),
        ("https://example.com/A", "https://example.com/a"),
        ("https://example.com:8080/a", "https://example.com/a"),
    ],
)
def test_different_texts_keep_different_keys(one, other):
    assert url_key(one) != url_key(other)


def test_the_order_of_parameters_does_not_count():
    assert url_key("https://example.com/x?b=2&a=1") == url_key("https://example.com/x?a=1&b=2")


@pytest.mark.parametrize("text", ["", "tag:example.com,2026:1", "mailto:a@b.c", "http://[bad", "urn:uuid:1"])
def test_what_is_no_web_address_is_its_own_key(text):
    assert url_key(text) == text.strip()


@given(st.text(max_size=80))
def test_a_key_is_its_own_key_and_nothing_is_raised(text):
    key = url_key("https://example.com/" + text)
    assert url_key(key) == key


@pytest.mark.parametrize(
    ("declared", "trusted"),
    [
        ("https://example.com/news/talks-in-geneva-end", True),
        ("/news/talks-in-geneva-end", True),
        ("https://www.example.com/world/talks-in-geneva-end-2", True),
        ("https://example.com/", False),
        ("https://example.com/news", False),
        ("https://example.com/world", False),
        ("https://other.org/news/talks-in-geneva-end", False),
        ("javascript:void(0)", False),
        ("http://[bad", False),
        ("", False),
        (None, False),
    ],
)
def test_a_canonical_address_is_trusted_only_if_it_fits(declared, trusted):
    found = fitting_canonical(declared, "https://example.com/news/talks-in-geneva-end?utm_source=rss")
    assert (found is not None) is trusted


def test_sister_domains_under_a_public_second_level_are_strangers():
    assert fitting_canonical("https://b.co.uk/long-story-about-talks", "https://a.co.uk/long-story-about-talks") is None


def test_home_pages_are_known():
    assert looks_like_index("https://www.example.com/?utm_source=x")
    assert not looks_like_index(KEY)
