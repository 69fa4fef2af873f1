"""Sitemaps (https://www.sitemaps.org/protocol.html) with Google's news extension. Many outlets offer nothing else."""

from urllib.parse import urlsplit

from lxml import etree

from hotline.feeds.dates import parse_date
from hotline.feeds.formats.common import absolute, distinct, entry_id, language
from hotline.feeds.guard import check_depth
from hotline.feeds.parsed import NotAFeed, ParsedFeed, SitemapIndex
from hotline.feeds.plain import plain
from schemas.feed import FeedFormat
from schemas.item import Entry, Media


def read(text: str, url: str) -> ParsedFeed:
    """The sitemap in a checked text. Raises: NotAFeed, SitemapIndex."""
    check_depth(text)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAFeed(f"its XML cannot be read: {str(error)[:200]}") from error
    if root is None:
        raise NotAFeed("its XML cannot be read")
    if _name(root) == "sitemapindex":
        raise SitemapIndex(_parts(root, url))
    entries = [_entry(one, url) for one in root if _name(one) == "url"]
    tags = {entry.language for entry in entries}
    return ParsedFeed(
        format=FeedFormat.SITEMAP,
        language=tags.pop() if len(tags) == 1 else None,
        entries=distinct(entries),
    )


def _parts(index: etree._Element, base: str) -> list[str]:
    """The addresses in an index: those with "news" in their path, then by their date, newest first; undated ones last.

    Outlets keep one sitemap for the news of two days and one a month or a section for the rest.
    """
    found: dict[str, tuple[bool, float]] = {}
    for part in index:
        address = absolute(_text(part, "loc"), base) if _name(part) == "sitemap" else None
        if address is not None:
            changed = parse_date(_text(part, "lastmod"))
            found[address] = ("news" in urlsplit(address).path.lower(), changed.timestamp() if changed else 0.0)
    return sorted(found, key=lambda address: found[address], reverse=True)


def _entry(one: etree._Element, base: str) -> Entry:
    link = absolute(_text(one, "loc"), base)
    title = plain(_text(one, "news", "title"))
    keywords = _text(one, "news", "keywords")
    images = [absolute(_text(part, "loc"), base) for part in one if _name(part) == "image"]
    return Entry(
        id=entry_id(None, link, title),
        url=link,
        title=title,
        categories=[word.strip() for word in keywords.split(",") if word.strip()],
        media=[Media(url=image) for image in images if image],
        published_at=parse_date(_text(one, "news", "publication_date")),
        updated_at=parse_date(_text(one, "lastmod")),
        language=language(_text(one, "news", "publication", "language")),
    )


def _name(element: etree._Element) -> str:
    """Local name; outlets declare the namespaces in many wrong ways."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _text(element: etree._Element, *path: str) -> str:
    """Text of the first child, grandchild… of these names; empty without."""
    for name in path:
        child = next((one for one in element if _name(one) == name), None)
        if child is None:
            return ""
        element = child
    return (element.text or "").strip()
