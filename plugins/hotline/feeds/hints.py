"""What a feed says about when to ask again."""

import re

from hotline.feeds.parsed import Hints

_PERIODS_S = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400, "monthly": 30 * 86400, "yearly": 365 * 86400}
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_TTL = re.compile(r"<ttl>\s*(?:<!\[CDATA\[)?\s*(\d{1,6})")
_PERIOD = re.compile(r"<sy:updatePeriod>\s*(?:<!\[CDATA\[)?\s*(\w{1,10})")
_FREQUENCY = re.compile(r"<sy:updateFrequency>\s*(?:<!\[CDATA\[)?\s*(\d{1,4})")
_SKIP = re.compile(r"<skip(Hours|Days)>(.{0,2000}?)</skip", re.DOTALL)
_VALUE = re.compile(r"<(?:hour|day)>\s*(\w{1,10})\s*<")


def hints_of(text: str) -> Hints:
    """The hints in an XML feed: ttl, skipHours and skipDays of RSS 2.0, period and frequency of its module Syndication.

    They are searched for in the text, because feedparser keeps only some of them.
    """
    ttl = _TTL.search(text)
    period, frequency = _PERIOD.search(text), _FREQUENCY.search(text)
    period_s = _PERIODS_S.get(period[1].lower()) if period else None
    skips: dict[str, list[str]] = {}
    for kind, inner in _SKIP.findall(text):
        skips.setdefault(kind, []).extend(_VALUE.findall(inner))
    hours = {int(value) % 24 for value in skips.get("Hours", []) if value.isdecimal() and int(value) <= 24}
    days = {_DAYS.index(value.lower()) for value in skips.get("Days", []) if value.lower() in _DAYS}
    return Hints(
        ttl_s=int(ttl[1]) * 60.0 if ttl and int(ttl[1]) else None,
        update_period_s=period_s / max(1, int(frequency[1]) if frequency else 1) if period_s else None,
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
    )
