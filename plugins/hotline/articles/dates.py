"""When an article was published and changed: from where, how exactly, and which statement wins.

The rules, in order, for published_at:

1. A statement in the future by more than the clock's error (10 minutes) or before 1995 is not a date. One without an
   offset, or exact to the day, may lie 14 hours ahead: that is how far local time can be.
2. JSON-LD `datePublished`, then meta elements, then elements that show a date near the headline, then the feed, then
   the address, then datelines in the text, then what htmldate finds. The first possible one wins.
3. A winner that is exact to the day gives way to a later source that is more exact *and falls on the same day*.
   Midnight in UTC or without an offset counts as exact to the day: systems that know the day only write it so.
4. A winner without an offset gives way to a later source that has one and lies within 14 hours of it. Where none
   does and it would lie in the future, only its day is believed.
5. Nothing found: no date. The day of the fetch is never put in its place.

modified_at follows the same order, and is dropped where it falls on a day before published_at.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from schemas.article import DateFrom
from schemas.base import Precision

CLOCK_ERROR = timedelta(minutes=10)
"""How far a date may lie in the future: an outlet's clock is as often fast as slow."""

_FARTHEST = timedelta(hours=14)  # of local time from UTC
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"""(?P<y>\d{4})[-/.]?(?P<m>\d{2})[-/.]?(?P<d>\d{2})
    (?:(?:T|\s|,)\s*(?P<H>\d{1,2})[:.]?(?P<M>\d{2})(?:[:.]?(?P<S>\d{2})(?:[.,]\d+)?)?\s*
    (?P<z>Z|UTC|GMT|[+-]\s?\d{2}:?\d{2}|[+-]\d{1,2}(?!\d))?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"""(?<!\d)(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?![\d.]\d|\d)
    (?:\D{0,12}?(?P<H>[01]?\d|2[0-3])[:.](?P<M>[0-5]\d)(?:[:.](?P<S>[0-5]\d))?(?!\d)\s*(?P<ap>[ap]\.?m\.?)?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio janeiro stycznia января янв января́ ocak januari січня",
            "february feb februar février fevrier febrero febbraio fevereiro lutego февраля фев şubat februari лютого",
            "march mar märz maerz mars marzo março marca марта мар mart maart березня",
            "april apr avril abril aprile kwietnia апреля апр nisan квітня",
            "may mai mayo maggio maio maja мая mayıs mei травня",
            "june jun juni juin junio giugno junho czerwca июня июн haziran червня",
            "july jul juli juillet julio luglio julho lipca июля июл temmuz липня",
            "august aug août aout agosto sierpnia августа авг ağustos augustus серпня",
            "september sep sept septembre septiembre settembre setembro września сентября сен eylül вересня",
            "october oct oktober octobre octubre ottobre outubro października октября окт ekim жовтня",
            "november nov novembre noviembre novembro listopada ноября ноя kasım листопада",
            "december dec dezember dez décembre decembre diciembre dicembre dezembro grudnia декабря дек aralık грудня",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = r"(?P<H>[01]?\d|2[0-3])[:.h](?P<M>[0-5]\d)(?:[:.](?P<S>[0-5]\d))?(?!\d)\s*(?P<ap>[ap]\.?m\b\.?)?"
_ZONE = r"(?:\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|EST|EDT|CST|CDT|PST|PDT|MST|MDT|BST|CET|CEST|MSK|ET)\b)?"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|of\s+)?(?P<mon>[^\W\d_]{{3,12}})\.?,?\s+(?:de\s+)?(?P<y>\d{{4}})"
    rf"(?:\D{{0,12}}?{_TIME}{_ZONE})?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b(?P<mon>[^\W\d_]{{3,12}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?:\D{{0,12}}?{_TIME}{_ZONE})?",
    re.IGNORECASE,
)
_URL = re.compile(r"(?<!\d)((?:19|20)\d{2})([/_.-]?)(0[1-9]|1[0-2]|[1-9](?=/))\2(0[1-9]|[12]\d|3[01]|[1-9](?=/))(?!\d)")
_URL_DAY_FIRST = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])([-_.]?)(0[1-9]|1[0-2])\2(20\d{2})(?!\d)")
_IN_SCRIPT = re.compile(
    r"""["'](?:date|first|time)?_?(?:publish(?:ed)?|creat(?:ed|ion))_?-?(?:date|at|time|on)?\\?["']\s*:\s*"""
    r"""\\?["'](\d{4}-\d\d-\d\d[T ][^"'\\]{4,30})""",
    re.IGNORECASE,
)
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "bst": 60, "cet": 60, "cest": 120, "msk": 180, "est": -300, "edt": -240, "et": -300,
    "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip


@dataclass(frozen=True)
class Stamp:
    """A date as somebody stated it. `offset` in minutes, None where it was not given (then read as UTC)."""

    at: datetime
    precision: Precision
    offset: int | None
    source: DateFrom

    @property
    def day(self) -> date:
        """The day on the outlet's own calendar."""
        return (self.at + timedelta(minutes=self.offset or 0)).date()


def read_stamp(  # noqa: PLR0911 - one form after the other
    text: str | None, source: DateFrom
) -> Stamp | None:
    """The date in a text, ISO 8601 or as people write it; None where there is none, or it is not a real one."""
    if not text:
        return None
    text = " ".join(text.split())[:120]
    if re.fullmatch(r"1\d{9}(?:\d{3})?", text):  # seconds or milliseconds of Unix time
        return Stamp(datetime.fromtimestamp(int(text[:10]), UTC), Precision.SECOND, 0, source)
    if match := _ISO.match(text):
        return _stamp(match, int(match["m"]), int(match["d"]), source)
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            if month := _MONTHS.get(match["mon"].lower()):
                return _stamp(match, month, int(match["d"]), source)
    if (match := _NUMERIC.search(text)) and (len(match["y"]) == 4 or len(text) < 60):
        first, second = int(match["a"]), int(match["b"])
        month_first = second > 12 or (match["sep"] == "/" and bool(match["ap"]) and first <= 12)
        return _stamp(match, *((first, second) if month_first else (second, first)), source)
    if match := _ISO.search(text):
        return _stamp(match, int(match["m"]), int(match["d"]), source)
    return None


def date_in_url(url: str) -> Stamp | None:
    """The day in an address such as /2026/11/24/, exact to the day."""
    if match := _URL.search(url):
        year, month, day = match[1], match[3], match[4]
    elif match := _URL_DAY_FIRST.search(url):
        day, month, year = match[1], match[3], match[4]
    else:
        return None
    try:
        at = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    return Stamp(at, Precision.DAY, None, DateFrom.URL)


def date_in_script(script: str) -> Stamp | None:
    """The first date of publication in the data that a page's own scripts carry ("publishedAt": "2026-11-24T…")."""
    match = _IN_SCRIPT.search(script)
    return read_stamp(match[1], DateFrom.TEXT) if match else None


def choose(stamps: list[Stamp | None], now: datetime) -> Stamp | None:
    """The stamp that wins: the first that can be true, made more exact by a later one of the same day."""
    possible = [stamp for stamp in stamps if stamp and stamp.at >= _EARLIEST and _begun(stamp, now)]
    if not possible:
        return None
    first = possible[0]
    if first.precision is Precision.DAY:
        return next(
            (s for s in possible if s.precision is not Precision.DAY and abs((s.day - first.day).days) == 0), first
        )
    if first.offset is None:
        zoned = (s for s in possible if s.offset is not None and s.precision is not Precision.DAY)
        surer = next((s for s in zoned if abs(s.at - first.at) <= _FARTHEST), None)
        if surer is not None:
            return surer
        if first.at > now + CLOCK_ERROR:
            midnight = first.at.replace(hour=0, minute=0, second=0)
            return Stamp(midnight, Precision.DAY, None, first.source)
    return first


def _begun(stamp: Stamp, now: datetime) -> bool:
    """Whether it lies not in the future. A day counts from its earliest beginning on Earth (UTC+14)."""
    slack = _FARTHEST if stamp.precision is Precision.DAY or stamp.offset is None else CLOCK_ERROR
    return stamp.at <= now + slack


def _stamp(match: re.Match[str], month: int, day: int, source: DateFrom) -> Stamp | None:
    parts = match.groupdict()
    if len(parts["y"]) == 2:
        parts["y"] = f"20{parts['y']}"
    try:
        if parts.get("H") is None:
            return Stamp(datetime(int(parts["y"]), month, day, tzinfo=UTC), Precision.DAY, None, source)
        hour = int(parts["H"])
        if (half := (parts.get("ap") or "").lower()[:1]) and hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        at = datetime(int(parts["y"]), month, day, hour, int(parts["M"]), int(parts["S"] or 0), tzinfo=UTC)
        offset = _offset(parts.get("z"))
        precision = Precision.SECOND if parts["S"] else Precision.MINUTE
        if at.time().isoformat() == "00:00:00" and not offset:
            precision = Precision.DAY  # midnight is what systems write that know the day only
        return Stamp(at - timedelta(minutes=offset or 0), precision, offset, source)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> int | None:
    if not zone:
        return None
    zone = zone.replace(" ", "")
    if zone.lower() in _ZONES:
        return _ZONES[zone.lower()]
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if zone[0] == "-" else minutes
