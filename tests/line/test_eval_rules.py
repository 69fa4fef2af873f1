"""`hotline eval rules`: labelled articles through tagging and matching, and what is counted of them."""

import json
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from hotline.line.desks import load_desks
from hotline.line.eval_rules import report
from tests.line.rig import ROOT

pytestmark = pytest.mark.elasticsearch

SANCTIONS = (
    "The United States imposed new sanctions on two Russian banks on Tuesday, the Treasury said. Russia's Foreign "
    "Ministry in Moscow said that it would answer Washington."
)
CALL = "Russian President Vladimir Putin and U.S. President Donald Trump spoke by phone about American sanctions."
TEXTS = [
    (2, "White House imposes new sanctions on Russian banks", SANCTIONS),
    (0, "Putin and Trump speak by phone about sanctions", CALL),
    (2, "Potato harvest in Idaho", "Farmers near Moscow, Idaho, are content with the rain of this year."),
    (1, "Recipe of the week", "Take an onion and two carrots."),
]


def test_false_alarms_recall_and_messages_are_counted_by_what_really_matches(
    elasticsearch_url: str, tmp_path: Path
) -> None:
    records = [
        {"id": f"t{n}", "relevance": label, "title": title, "text": text, "lang": "en", "publisher": "P", "topics": [],
         "published": "2026-11-20" if n < 2 else "2026"}
        for n, (label, title, text) in enumerate(TEXTS)
    ]  # fmt: skip
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    desk = load_desks(ROOT / "desks", tmp_path / "last-good")["us_russia"]
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        said = report(path, "us_russia", desk, client)
        assert not client.indices.exists(index="eval-*", allow_no_indices=False)
    assert "4 articles: 2 central, 1 substantial, 1 not relevant" in said
    assert "rang: 2; false alarms 1 (50.0%); recall of central 1/2 (50.0%), of substantial 0/1 (0.0%)" in said
    assert "analysts: 2 (50 of a hundred articles), 2.0 a day, 2 on the busiest" in said
    assert "operator: 0" in said
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines() if len(line.split()) == 5}
    assert rows["new-sanctions"] == ["1", "1", "0", "0"]
    assert rows["leaders-meet"] == ["1", "0", "0", "1"]
    assert "rewritten" not in rows
