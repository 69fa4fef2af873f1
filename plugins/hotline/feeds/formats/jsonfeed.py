"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/). Fields of a wrong type count as not there."""

import json
from typing import Any

from hotline.feeds.dates import parse_date
from hotline.feeds.formats.common import absolute, distinct, entry_id, language
from hotline.feeds.parsed import NotAFeed, ParsedFeed
from hotline.feeds.plain import plain
from schemas.feed import FeedFormat
from schemas.item import Entry, Media


def read(text: str, url: str) -> ParsedFeed:
    """The feed in a text. Raises: NotAFeed."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"it begins like JSON, but cannot be read as such: {str(error)[:200]}") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise NotAFeed("it is JSON, but no JSON Feed: it has no list `items`")
    tag = language(data.get("language"))
    items = [item for item in data["items"] if isinstance(item, dict)]
    if data["items"] and not items:
        raise NotAFeed("it is JSON, but no JSON Feed: its items are no objects")
    return ParsedFeed(
        format=FeedFormat.JSON,
        title=plain(_text(data, "title")),
        site_url=absolute(_text(data, "home_page_url"), url),
        language=tag,
        entries=distinct(_entry(item, url) for item in items),
    )


def _entry(item: dict[str, Any], base: str) -> Entry:
    url = absolute(_text(item, "url") or _text(item, "external_url"), base)
    html, text = _text(item, "content_html"), _text(item, "content_text")
    title, summary = plain(_text(item, "title")), plain(_text(item, "summary"))
    number = item.get("id")
    own = str(number) if isinstance(number, int | float) and not isinstance(number, bool) else _text(item, "id")
    return Entry(
        id=entry_id(own, url, title, summary, html, text),
        url=url,
        title=title,
        summary=summary or (" ".join(text.split()) if not html else ""),
        content=html,
        authors=_authors(item),
        categories=[tag for tag in _list(item, "tags") if isinstance(tag, str) and tag],
        media=_media(item, base),
        published_at=parse_date(_text(item, "date_published")),
        updated_at=parse_date(_text(item, "date_modified")),
        language=language(item.get("language")),
    )


def _authors(item: dict[str, Any]) -> list[str]:
    """`authors` of 1.1, `author` of 1.0."""
    found = [*_list(item, "authors"), item.get("author")]
    names = [_text(author, "name") for author in found if isinstance(author, dict)]
    return list(dict.fromkeys(plain(name) for name in names if name))


def _media(item: dict[str, Any], base: str) -> list[Media]:
    parts: list[tuple[str, str | None]] = [(_text(item, key), None) for key in ("image", "banner_image")]
    parts += [
        (_text(a, "url"), _text(a, "mime_type") or None) for a in _list(item, "attachments") if isinstance(a, dict)
    ]
    found = {address: type_ for link, type_ in parts if (address := absolute(link, base)) is not None}
    return [Media(url=address, type=type_) for address, type_ in found.items()]


def _list(item: dict[str, Any], key: str) -> list[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
