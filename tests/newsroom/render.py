"""How the outlets' feeds and pages are written: the templates beside this file, filled in."""

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.feed import FeedFormat
from tests.newsroom.room import FeedItem, Page, Shelf
from tests.newsroom.world import Outlet, local

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_PATTERNS = {
    "en": "{month} {d.day}, {d.year} at {d:%H:%M}",
    "ru": "{d.day} {month} {d.year}, {d:%H:%M}",
    "de": "{d.day}. {month} {d.year}, {d:%H:%M} Uhr",
    "fr": "{d.day} {month} {d.year} à {d:%H}h{d:%M}",
}
_ADS = [
    "Winter tyres from 49 a piece, fitted while you wait",
    "Learn to play the accordion in thirty days",
    "This pillow changed the way our readers sleep",
    "Compare home insurance in two minutes",
    "River cruises: book two cabins, pay for one",
    "The kettle everybody is talking about",
    "Hearing aids you will forget you are wearing",
]
_MEDIA_TYPES = {
    FeedFormat.RSS: "application/rss+xml",
    FeedFormat.RDF: "application/rdf+xml",
    FeedFormat.ATOM: "application/atom+xml",
    FeedFormat.JSON: "application/feed+json",
    FeedFormat.SITEMAP: "application/xml",
}


def long_date(moment: datetime, outlet: Outlet) -> str:
    """The moment as the outlet prints it for its readers."""
    there = local(moment, outlet)
    month = _MONTHS[outlet.language].split()[there.month - 1]
    return _PATTERNS[outlet.language].format(d=there, month=month)


def _iso(moment: datetime, outlet: Outlet) -> str:
    return local(moment, outlet).isoformat(timespec="seconds")


def _rfc822(moment: datetime, outlet: Outlet) -> str:
    return format_datetime(local(moment, outlet))


def _ads(page: Page) -> list[str]:
    """Three advertisements, the same ones until the page is given new ones."""
    turn = (len(page.piece.id) + 3 * page.ads) % len(_ADS)
    return (_ADS[turn:] + _ADS[:turn])[:3]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"long_date": long_date, "iso": _iso, "rfc822": _rfc822}
    return environment


def feed(shelf: Shelf, base_url: str, built_at: datetime) -> tuple[str, str]:
    """A feed's text and its media type."""
    media_type = f"{_MEDIA_TYPES[shelf.spec.format]}; charset={shelf.spec.encoding}"
    items = shelf.items[: shelf.spec.limit]
    if shelf.spec.format is FeedFormat.JSON:
        return _json_feed(shelf, items, base_url), media_type
    template = _templates().get_template(f"feeds/{shelf.spec.format}.xml")
    text = template.render(
        shelf=shelf,
        outlet=shelf.outlet,
        spec=shelf.spec,
        items=items,
        base=base_url,
        built_at=built_at,
        link=lambda item: _link(item, shelf, base_url),
        html=_html,
    )
    return text, media_type


def _link(item: FeedItem, shelf: Shelf, base_url: str) -> str:
    return f"{base_url}{item.page.path}{shelf.spec.tracking}"


def _html(item: FeedItem) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.piece.paragraphs)


def _json_feed(shelf: Shelf, items: Sequence[FeedItem], base_url: str) -> str:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    outlet = shelf.outlet
    entries: list[dict[str, Any]] = [
        {
            "id": f"{base_url}{item.page.path}#{item.id}",
            "url": _link(item, shelf, base_url),
            "title": item.piece.headline,
            "summary": item.piece.teaser,
            "content_html": _html(item) if shelf.spec.full_text else f"<p>{escape(item.piece.teaser)}</p>",
            "date_published": _iso(item.published_at, outlet),
            "date_modified": _iso(item.updated_at, outlet),
            "authors": [{"name": name} for name in item.piece.authors],
            "tags": [outlet.sections[item.piece.section]],
            "language": outlet.language,
        }
        for item in items
    ]
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": shelf.spec.title,
            "home_page_url": f"{base_url}/{outlet.id}/",
            "feed_url": f"{base_url}{shelf.moved_to or shelf.path}",
            "description": outlet.tagline,
            "language": outlet.language,
            "items": entries,
        },
        ensure_ascii=False,
        indent=1,
    )


def article(page: Page, outlet: Outlet, related: Sequence[Page], base_url: str) -> str:
    """An article's page."""
    return (
        _templates()
        .get_template(f"pages/{outlet.layout}.html")
        .render(
            outlet=outlet,
            page=page,
            piece=page.piece,
            related=related,
            ads=_ads(page),
            base=base_url,
            url=f"{base_url}{page.path}",
            json_ld=_json_ld(page, outlet, base_url),
        )
    )


def _json_ld(page: Page, outlet: Outlet, base_url: str) -> dict[str, Any]:
    """schema.org NewsArticle, for the layouts that carry it."""
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": f"{base_url}{page.path}",
        "headline": page.piece.headline,
        "description": page.piece.teaser,
        "datePublished": _iso(page.published_at, outlet),
        "dateModified": _iso(page.modified_at, outlet),
        "author": [{"@type": "Person", "name": name} for name in page.piece.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "articleSection": outlet.sections[page.piece.section],
        "inLanguage": outlet.language,
    }


def front(outlet: Outlet, pages: Sequence[Page], shelves: Sequence[Shelf], base_url: str) -> str:
    """An outlet's front page, with its feeds for autodiscovery."""
    return (
        _templates()
        .get_template("pages/front.html")
        .render(outlet=outlet, pages=pages, shelves=shelves, base=base_url, media_types=_MEDIA_TYPES)
    )


def missing(outlet: Outlet, base_url: str) -> str:
    """An outlet's page for addresses that do not exist."""
    return _templates().get_template("pages/missing.html").render(outlet=outlet, base=base_url)
