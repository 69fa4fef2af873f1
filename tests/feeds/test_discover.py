"""The feeds that a page names."""

import pytest

from hotline.feeds.discover import FoundFeed, feeds_in_page

PAGE = "https://site.example/news/"


def test_alternates_of_feed_types_are_found_once_in_order() -> None:
    text = """<html><head><base href="/base/">
    <link rel="ALTERNATE nofollow" type="application/rss+xml; charset=utf-8" title=" All " href="rss">
    <link rel=alternate type=application/atom+xml href="https://other.example/atom">
    <link rel=alternate type=application/rss+xml href="rss" title="again">
    <link rel=alternate type="text/html" hreflang="ru" href="/ru">
    <link rel=stylesheet type="application/rss+xml" href="/style">
    <link rel=alternate type=application/feed+json href="javascript:alert(1)">
    <link rel=alternate type=application/feed+json></head></html>"""
    assert feeds_in_page(text, PAGE) == [
        FoundFeed("https://site.example/base/rss", "All"),
        FoundFeed("https://other.example/atom", ""),
    ]


@pytest.mark.parametrize("text", ["", "   ", "<!-- -->", "plain words"])
def test_what_is_no_page_names_none(text: str) -> None:
    assert feeds_in_page(text, PAGE) == []
