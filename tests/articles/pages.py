"""Pages written for these tests, and how they are offered."""

from collections.abc import Mapping
from datetime import UTC, datetime

from hotline.articles.extract import Page

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL = "https://www.example-herald.com/world/2026/11/23/envoys-meet-in-geneva"

TITLE = "Envoys meet in Geneva for first talks since spring"
POINTS = [
    "Delegations met for six hours behind closed doors on Monday",
    "No date has been set for the next round of the talks",
    "Prisoner exchange ‘remains possible’, a negotiator said",
]
PARAGRAPHS = [
    (
        "American and Russian envoys met in Geneva on Monday for their first talks since the spring, "
        "officials of both sides said."
    ),
    (
        "The delegations spoke for six hours about the arms treaty that expires next year, "
        "and about a ‘possible’ exchange of prisoners."
    ),
    (
        "Neither side expected a breakthrough, but both called the tone businesslike "
        "and agreed that experts would go on meeting."
    ),
    "The Kremlin said that it would wait for written proposals before it decided on a second round of the talks.",
    (
        "A spokesman in Washington said that proposals would be sent within two weeks, "
        "and that allies had been told of them."
    ),
]
CAPTION = "The two envoys before the talks in Geneva"

_PAGE = """<!doctype html><html lang="en"><head><title>{title} | Example Herald</title>
<meta property="og:site_name" content="Example Herald"><meta property="og:title" content="{title}">
<link rel="canonical" href="{url}">{head}</head><body>
<div class="cookie-banner"><p>We use cookies to make this site better, and our partners use them for advertising.
Accept all cookies?</p></div>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<article><h1>{title}</h1><h2>Officials speak of a businesslike tone as both sides wait for written proposals</h2>
<ul>{points}</ul><p class="byline">By Jane Fairweather</p>{body}
<div class="share-bar"><a href="#">Facebook</a> <a href="#">Telegram</a></div>
<h3>Related stories</h3><ul>
<li><a href="/a">Arms treaty: what is at stake for both of the countries</a></li></ul></article>
<section id="comments"><p>I do not believe a word of this, and I have followed these talks
for years, said nobody ever before.</p></section>
<footer><p>Copyright Example Herald. All rights reserved.
No part of this page may be copied without written leave.</p></footer>
</body></html>"""


def page(
    body: str | bytes, url: str = URL, final_url: str | None = None, headers: Mapping[str, str] | None = None
) -> Page:
    """A captured response."""
    data = body.encode() if isinstance(body, str) else body
    return Page(url, final_url or url, data, headers or {}, NOW)


def news(body: str | None = None, head: str = "", title: str = TITLE, points: list[str] | None = None) -> str:
    """A news page with all that surrounds an article."""
    listed = "".join(f"<li>{point}</li>" for point in (POINTS if points is None else points))
    inner = (
        body
        if body is not None
        else f"<figure><img src=a.jpg><figcaption>{CAPTION}</figcaption></figure>" + paragraphs()
    )
    return _PAGE.format(title=title, url=URL, head=head, points=listed, body=inner)


def paragraphs() -> str:
    """The article's paragraphs as markup."""
    return "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
