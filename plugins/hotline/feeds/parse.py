"""From the bytes of a feed to its entries, whatever the format. Nothing is fetched, and nothing is invented."""

from collections.abc import Mapping

from hotline.feeds.parsed import Hints, NotAFeed, ParsedFeed, SitemapIndex

__all__ = ["MAX_BYTES", "Hints", "NotAFeed", "ParsedFeed", "SitemapIndex", "parse_feed"]

# As large as the HTTP client lets a body become; saved files are held to it too.
MAX_BYTES = 15 * 1024 * 1024


def parse_feed(body: bytes, *, url: str, headers: Mapping[str, str] = {}) -> ParsedFeed:
    """Reads RSS 0.9x to 2.0, RSS 1.0, Atom, JSON Feed and sitemaps.

    `url` is where the body came from: relative links are resolved against it. `headers` are the response's (names in
    any case); only Content-Type is used, for its charset. Entries come in the feed's order, all of them. One that has
    the id of an earlier one but another link gets a hash of its link appended to its id, so that both count; one that
    repeats both keeps its id, and so becomes no second item. Raises: NotAFeed;
    SitemapIndex for an index of sitemaps.
    """
    # Imported here: feedparser and lxml cost a tenth of a second that commands without feeds need not pay.
    from hotline.feeds.decode import decode
    from hotline.feeds.formats import jsonfeed, sitemap, xmlfeed
    from hotline.feeds.guard import checked, root_of

    if len(body) > MAX_BYTES:
        raise NotAFeed(f"larger than {MAX_BYTES // 2**20} MiB")
    text = decode(body, _content_type(headers))
    if not text.strip():
        raise NotAFeed("the document is empty")
    if text.lstrip()[:1] in "{[":
        return jsonfeed.read(text, url)
    text = checked(text)
    if not text.strip():
        raise NotAFeed("the document holds nothing but comments")
    root = root_of(text)
    if root in ("urlset", "sitemapindex"):
        return sitemap.read(text, url)
    return xmlfeed.read(text, url, root)


def _content_type(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), "")
