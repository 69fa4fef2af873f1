"""The feeds that a page names (autodiscovery, https://www.rssboard.org/rss-autodiscovery)."""

from dataclasses import dataclass

from hotline.feeds.formats.common import absolute

_TYPES = {
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/rss+xml",
}  # fmt: skip
MAX_CHARS = 2_000_000


@dataclass(frozen=True)
class FoundFeed:
    """A feed that a page names."""

    url: str
    title: str


def feeds_in_page(text: str, url: str) -> list[FoundFeed]:
    """The feeds in the <link rel="alternate"> elements of a page that stands at `url`, in its order, each once."""
    from lxml import etree, html

    try:
        root = html.document_fromstring(text[:MAX_CHARS])
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    base = next((absolute(one.get("href"), url) for one in root.iter("base")), None) or url
    found: dict[str, FoundFeed] = {}
    for link in root.iter("link"):
        kinds = (link.get("rel") or "").lower().split()
        media_type = (link.get("type") or "").lower().partition(";")[0].strip()
        address = absolute(link.get("href"), base)
        if "alternate" in kinds and media_type in _TYPES and address is not None:
            found.setdefault(address, FoundFeed(address, (link.get("title") or "").strip()))
    return list(found.values())
