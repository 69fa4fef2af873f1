"""The days that a text speaks of."""

import re
from datetime import date, datetime, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan января", "february feb февраля", "march mar марта", "april apr апреля", "may мая",
            "june jun июня", "july jul июля", "august aug августа", "september sept sep сентября",
            "october oct октября", "november nov ноября", "december dec декабря",
        ), 1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday понедельник", "tuesday вторник", "wednesday среду", "thursday четверг",
            "friday пятницу", "saturday субботу", "sunday воскресенье",
        )
    )
    for name in names.split()
}  # fmt: skip
_NEAR = {"today": 0, "сегодня": 0, "yesterday": -1, "вчера": -1, "tomorrow": 1, "завтра": 1}
_MONTH = "|".join(_MONTHS)
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:, (\d{{4}}))?", re.IGNORECASE)
_NAMED = re.compile(rf"\b({'|'.join([*_WEEKDAYS, *_NEAR])})\b", re.IGNORECASE)


def days(text: str, published_at: datetime | None) -> frozenset[str]:
    """Days named in a text: `05-19` (month and day) as a date, `~05-19` as “Monday” or “yesterday”.

    The latter need `published_at`: a weekday is taken for the nearest one, up to three days before or after.
    """
    found = set()
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            day = int(match.group(day_group))
            if 1 <= day <= 31:
                found.add(f"{_MONTHS[match.group(month_group).lower()]:02d}-{day:02d}")
    if published_at is not None:
        for match in _NAMED.finditer(text):
            found.add(_resolve(match.group().lower(), published_at.date()).strftime("~%m-%d"))
    return frozenset(found)


def _resolve(name: str, published: date) -> date:
    if name in _NEAR:
        return published + timedelta(days=_NEAR[name])
    away = (_WEEKDAYS[name] - published.weekday() + 3) % 7 - 3
    return published + timedelta(days=away)
