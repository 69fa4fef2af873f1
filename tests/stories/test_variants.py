"""Copies that are made to be found, and what must not be taken for one."""

import json
from pathlib import Path

import pytest

from hotline.stories.fingerprint import near_duplicate, print_of
from hotline.stories.variants import EDITS, SHARES, Text, measure, report
from tests.stories.lookalikes import EVENTS
from tests.stories.samples import FIRE, OTHER_FIRE, SUMMIT, article

LONG = [
    Text(texts[0][0], " ".join(body for _, body in texts)) for texts in EVENTS.values()
]  # each event's reports in a row: eight texts of 130 words

WEATHER = (
    "On {day} it will be mostly cloudy in {city}, with light rain in the morning and sunny spells after noon. The "
    "temperature rises to {a} degrees, at night it falls to {b}. The wind blows from the west at {c} metres a second. "
    "The barometer stands at {d} millimetres, the humidity is {e} percent. Drivers are asked to mind wet roads."
)


def weather(id_: str, **values: object) -> tuple[str, str]:
    return f"The weather in {values['city']}", WEATHER.format(**values)


def test_edited_copies_are_found_and_nothing_else() -> None:
    copies = measure(LONG)
    assert copies.precision >= 0.995
    assert copies.recall(0.15) >= 0.98
    assert copies.recall(0.3, 0.15) >= 0.85
    assert len(copies.found) == len(SHARES) * len(EDITS)


def test_forecasts_of_one_template_are_no_copies() -> None:
    one = weather("a", day="Monday", city="Dunport", a=17, b=9, c=4, d=748, e=81)
    two = weather("b", day="Tuesday", city="Dunport", a=21, b=12, c=7, d=755, e=64)
    again = weather("c", day="Monday", city="Dunport", a=17, b=9, c=4, d=748, e=81)
    first = print_of(article(one, "a"))
    assert near_duplicate(print_of(article(two, "b")), [first]) is None
    assert near_duplicate(print_of(article(again, "c")), [first]) == first


def test_report_names_what_it_marked(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    rows = [{"title": t, "text": b} for t, b in (SUMMIT, FIRE)] + [
        {"a": {"title": "x", "text": OTHER_FIRE[1]}, "b": {}}
    ]
    file.write_text("\n".join(json.dumps(row) for row in [*rows, {"title": "again", "body": FIRE[1]}]))
    found = report([file])
    assert "4 articles" in found
    assert "marked: again | Warehouse fire in Duluth" in found
    assert all(kind in found for kind in EDITS)
    file.write_text(json.dumps({"title": "short", "text": "Nothing much."}))
    with pytest.raises(ValueError, match="words or more"):
        report([file])
