"""Names of weekdays in texts. All articles were written as if the newsroom opened on a Tuesday."""

import re
from datetime import date

WRITTEN_ON = 1  # Tuesday, as date.weekday() counts

# Russian as it stands in dates, in the accusative with its preposition, which changes with the day.
_NAMES = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"],
]
_PLACES = {name: (names, place) for names in _NAMES for place, name in enumerate(names)}
_NAME = re.compile(rf"\b({'|'.join(_PLACES)})\b")


def moved(text: str, opened_on: date) -> str:
    """The text with its weekdays moved by as many days as lie between a Tuesday and the day of opening."""
    days = opened_on.weekday() - WRITTEN_ON

    def other(match: re.Match[str]) -> str:
        names, place = _PLACES[match.group()]
        return names[(place + days) % 7]

    return _NAME.sub(other, text)
