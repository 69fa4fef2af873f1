"""Dates as feeds write them. What is not said is not invented: a date without its day is no date.

A time without an offset is taken for UTC, as every reader does; `Entry` cannot say that it may be some hours off.
"""

import re
from datetime import UTC, datetime, timedelta

_MONTHS = {
    # English, German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian: by their first letters
    "jan": 1, "ene": 1, "gen": 1, "jän": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "maa": 3,
    "mrt": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mag": 5, "mei": 5, "maj": 5, "jun": 6, "juin": 6,
    "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8, "sep": 9, "set": 9, "oct": 10,
    "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12, "des": 12,
    # Russian, Ukrainian
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "май": 5, "мая": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10,
    "ноя": 11, "дек": 12, "січ": 1, "лют": 2, "бер": 3, "кві": 4, "тра": 5, "чер": 6, "лип": 7, "сер": 8, "вер": 9,
    "жов": 10, "лис": 11, "гру": 12,
    # Polish, Czech, Hungarian, Greek, Turkish where they differ
    "sty": 1, "lut": 2, "kwi": 4, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "paz": 10, "lis": 11, "gru": 12,
    "led": 1, "úno": 2, "bře": 3, "dub": 4, "kvě": 5, "srp": 8, "zář": 9, "říj": 10, "pro": 12, "máj": 5, "máju": 5,
    "már": 3, "ápr": 4, "jún": 6, "júl": 7, "sze": 9,
    "ιαν": 1, "φεβ": 2, "μαρ": 3, "μάρ": 3, "απρ": 4, "μαι": 5, "μάι": 5, "μαϊ": 5, "ιουν": 6, "ιούν": 6, "ιουλ": 7,
    "ιούλ": 7, "αυγ": 8, "αύγ": 8, "σεπ": 9, "οκτ": 10, "νοε": 11, "νοέ": 11, "δεκ": 12,
    "oca": 1, "şub": 2, "nis": 4, "haz": 6, "tem": 7, "ağu": 8, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,
}  # fmt: skip
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "мск": 3, "msd": 4, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9, "hkt": 8,
    "sgt": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
# As RFC 5322 and RFC 3339 want them: nearly all dates, read without a search.
_RFC_5322 = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):([0-5]\d):([0-5]\d) "
    r"(?:GMT|UTC|Z|([+-])(\d\d)([0-5]\d))"
)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[T ][0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)")
_SEP = r"(?:[\s.,/_-]|\b(?:de|del|of|г)\b)*"
_NUMERIC = [  # order of the groups: year, month, day
    ("ymd", re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?=$|[Tt_\s,Z+])")),
    ("ymd", re.compile(r"(?<!\d)(\d{4})\s?[-/.년年]\s?(\d{1,2})\s?[-/.월月]\s?(\d{1,2})(?!\d)")),
    ("dmy", re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)(?![\d.])")),
    ("?", re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)")),
]
_NAMED = [
    (
        "dmy",
        re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º)?{_SEP}([^\W\d_]{{3,12}}){_SEP}(\d{{4}}|\d\d)(?![\d:])"),
    ),
    ("mdy", re.compile(rf"([^\W\d_]{{3,12}}){_SEP}(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?![:]).*?\b(\d{{4}})(?!\d)")),
    ("ymd", re.compile(rf"(?<!\d)(\d{{4}}){_SEP}([^\W\d_]{{3,12}}){_SEP}(\d{{1,2}})(?!\d)")),
]
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})(?::|h|\.(?=\d\d(?:[:.\s]|$)))(\d{2})(?:[:.](\d{2})(?!\d))?(?:[.,]\d{1,9})?"
    r"(?:\s*([ap])\.?m\b\.?)?(?!\d)",
    re.IGNORECASE,
)
_BASIC_TIME = re.compile(r"^[T_\s]*(\d\d)(\d\d)(\d\d)?(?=$|[\s.,Z+-])", re.IGNORECASE)
_AFTERNOON = re.compile(r"오후|下午|午後")
_OFFSET = re.compile(r"\s*\(?(?:(?:GMT|UTC|UT)\s*)?([+−–-])(\d{1,2}):?(\d{2})?(?![\d-])", re.IGNORECASE)
_ZONE = re.compile(r"\s*\(?\s*([^\W\d_]{1,5})\b")


def parse_date(raw: str) -> datetime | None:
    """The point in time in UTC, or None where day, month and year are not all there.

    A wrong weekday is ignored, an impossible time leaves midnight, a two-digit year is read as RFC 5322, 4.3 says
    (00 to 49: 2000s). Dates before 1980 are the zero of some computer's clock, not news, and count as not said.
    """
    text = " ".join(raw.split())[:120]
    if not text:
        return None
    if (plain := _plain(text)) is not None:
        return plain if plain.year >= 1980 else None
    if re.fullmatch(r"\d{10}(?:\d{3})?", text):  # seconds or milliseconds of Unix time
        return datetime.fromtimestamp(int(text[:10]), UTC)
    for order, pattern in [*_NUMERIC, *_NAMED]:
        for match in pattern.finditer(text):
            day = _day(order, match)
            if day is not None:
                found = _at_time(day, text[match.end() :], text[: match.start()], match[0])
                return found if found.year >= 1980 else None
    return None


def _plain(text: str) -> datetime | None:
    """A date that is written exactly as a standard wants; None for the others."""
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
        if (match := _RFC_5322.fullmatch(text)) is None or match[2].lower() not in _MONTHS:
            return None
        day, month, year, hour, minute, second = match[1], match[2], *match.group(3, 4, 5, 6)
        at = datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at - _offset("".join(filter(None, match.group(7, 8, 9)))) if match[7] else at


def _day(order: str, match: re.Match[str]) -> datetime | None:
    """The day that three groups mean; None where they mean none, or where day and month may be swapped."""
    groups = match.groups()
    if order == "?":
        first, second = int(groups[0]), int(groups[1])
        if first <= 12 and second <= 12 and first != second:
            return None
        order = "mdy" if second > 12 else "dmy"
    parts = dict(zip(order, groups, strict=True))
    month = int(parts["m"]) if parts["m"].isdecimal() else _month(parts["m"])
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < 50 else 1900
    try:
        return datetime(year, month, int(parts["d"]), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _month(word: str) -> int:
    """Number of a month by its name or the beginning of it; 0 for other words."""
    lower = word.lower()
    return _MONTHS.get(lower[:4]) or _MONTHS.get(lower[:3], 0)


def _at_time(day: datetime, after: str, before: str, within: str) -> datetime:
    """The day with the time that stands behind it, else before it, else inside it (asctime); else midnight."""
    for text in (after, before, within):
        basic = _BASIC_TIME.match(text) if text is after else None
        match = basic or _TIME.search(text)
        if match is None:
            continue
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        half = match[4].lower() if basic is None and match[4] else "p" if _AFTERNOON.search(text) else ""
        if half and hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
            return day
        return day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59)) - _offset(text[match.end() :])
    return day


def _offset(text: str) -> timedelta:
    """The offset from UTC at the beginning of a text; nothing where it says none that we know."""
    if (match := _OFFSET.match(text)) is not None:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset <= timedelta(hours=14):
            return offset if match[1] == "+" else -offset
    elif (zone := _ZONE.match(text)) is not None:
        return timedelta(hours=_ZONES.get(zone[1].lower(), 0))
    return timedelta(0)
