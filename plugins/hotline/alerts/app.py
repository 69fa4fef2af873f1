"""The pages behind the links in messages: what a reader says of an alert, without an account.

The link is the right to answer for one recipient about one alert, and expires. GET and HEAD only show; mail scanners
follow links, and change nothing. What is said is said by POST.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated
from urllib.parse import parse_qs

from elasticsearch import ApiError, TransportError
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from hotline.alerts.answers import Answer, alert_by_id, answers_to, record, said_of
from hotline.alerts.content import dated, one_line, safe_url
from hotline.alerts.links import BadLink, Claim, verify
from hotline.search.store import Store
from schemas.alert import Act, Alert, Said
from schemas.base import Precision
from schemas.desk import Desk

LONGEST_NOTE = 2000  # characters
MOST_BYTES = 20_000  # of a form
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address is the right to answer
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}

type Form = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Office:
    """What the pages work with."""

    store: Store
    desks: Mapping[str, Desk]
    topics: Mapping[str, Sequence[str]]  # of each desk
    clock: Callable[[], datetime]
    heard: Callable[[Said], str] = lambda _: ""  # acts on what was recorded; returns what came of it, for people


async def _form(request: Request) -> Form:
    body = await request.body()
    return parse_qs(body[:MOST_BYTES].decode("utf-8", "replace"), keep_blank_values=True)


def create_app(open_office: Callable[[], Office], secret: Callable[[], bytes]) -> FastAPI:
    """The app. `open_office` is called for each request with a good link: desks and rules may have changed."""
    app = FastAPI(title="Hotline answers", docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/answer/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    @app.api_route("/answer/{token}/{chosen}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def ask(token: str, chosen: str = "") -> HTMLResponse:
        claim = _claim(token, secret())
        return _answered(open_office, claim, lambda office, alert: _page(office, claim, alert, token, chosen))

    @app.post("/answer/{token}", response_class=HTMLResponse)
    def hear(token: str, form: Annotated[Form, Depends(_form)]) -> HTMLResponse:
        claim = _claim(token, secret())
        return _answered(open_office, claim, lambda office, alert: _heard(office, claim, alert, token, form))

    @app.exception_handler(BadLink)
    def refuse(_: Request, error: Exception) -> HTMLResponse:
        return _message(str(error), 403)

    return app


def _claim(token: str, secret: bytes) -> Claim:
    """What a link says. Raises BadLink; without a secret for each, since nobody here can have signed it."""
    if not secret:
        raise BadLink("No links are signed here: set HOTLINE_LINK_SECRET.")
    return verify(token, secret)


def _answered(
    open_office: Callable[[], Office], claim: Claim, answer: Callable[[Office, Alert], HTMLResponse]
) -> HTMLResponse:
    """The answer, or a page that says what is wrong with the link's age or with us."""
    try:
        office = open_office()
        if claim.expires <= office.clock():
            return _message("This link has expired. A newer message has one that works.", 403)
        alert = alert_by_id(office.store, claim.alert_id)
        if alert is None:
            return _message("This alert is not kept any more.", 410)
        return answer(office, alert)
    except (ApiError, TransportError):
        return _message("The archive does not answer now. Nothing was recorded; try again in a minute.", 503)


def _page(office: Office, claim: Claim, alert: Alert, token: str, chosen: str, done: str = "") -> HTMLResponse:
    desk = office.desks.get(alert.desk or "")
    said = [
        f"{one_line(s.by)}: {s.act.value.replace('_', ' ')}{' for the desk' if s.for_desk else ''}, "
        f"{dated(s.timestamp, Precision.MINUTE)}"
        for s in answers_to(office.store, alert.occasion_id)
    ]
    return _html(
        "answer.html",
        alert=alert,
        headline=one_line(alert.title),
        rule=one_line(alert.rule_title),
        outlet=one_line(alert.publisher or ""),
        url=safe_url(alert.url),
        desk=desk.title if desk else alert.desk or "",
        recipient=claim.recipient,
        action=f"{'../' if chosen else ''}{token}",
        chosen=chosen,
        topics=office.topics.get(alert.desk or "", ()),
        said=said,
        done=done,
        mute_days=desk.alerting.mute_for.days if desk else 7,
        expires=dated(claim.expires, Precision.MINUTE),
    )


def _heard(office: Office, claim: Claim, alert: Alert, token: str, form: Form) -> HTMLResponse:
    try:
        act = Act(_first(form, "act"))
    except ValueError:
        return _message("Nothing was chosen. Go back and choose what you want to say.", 400)
    desk = office.desks.get(alert.desk or "")
    if desk is None:
        return _message("The desk of this alert is not watched any more.", 410)
    answer = Answer(
        act=act,
        by=claim.recipient,
        via="link",
        for_desk=_first(form, "for") == "desk",
        of_rule=_first(form, "what") == "rule",
        topics=[topic for topic in form.get("topic", ()) if topic in office.topics.get(alert.desk or "", ())],
        note=one_line(_first(form, "note"))[:LONGEST_NOTE],
    )
    said = said_of(alert, answer, desk.alerting, office.clock())
    record(office.store, said)
    came = office.heard(said)
    until = f" until {dated(said.until, Precision.MINUTE)}" if said.until else ""
    done = f"Recorded: {act.value.replace('_', ' ')}{until}. {came or 'Thank you.'}"
    return _page(office, claim, alert, token, "", done)


def _first(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "")


def _message(text: str, status: int) -> HTMLResponse:
    return _html("message.html", status, text=text)


def _html(template: str, status: int = 200, **values: object) -> HTMLResponse:
    return HTMLResponse(_templates().get_template(template).render(values), status, HEADERS)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("hotline.alerts", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
