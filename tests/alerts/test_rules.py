"""Reading desk.yaml and rules.yaml: what is wrong is named with its line, and stops nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.alerts.rules import load_desk, load_rules, unknown_names
from hotline.alerts.syntax import fault
from schemas.base import Severity
from schemas.desk import DeskFileError
from schemas.rule import RuleKind

DESKS = Path(__file__).parents[2] / "desks"


def written(folder: Path, text: str, name: str = "rules.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_good_rules_survive_each_kind_of_bad_one(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
- id: good
  title: Good
  query: sanctions
- id: typo
  title: Typo
  severty: high
- id: unbalanced
  title: Unbalanced
  query: (sanctions OR
- id: good
  title: A second one
- just a word
- id: severe
  title: Severe
  severity: urgent
- title: Nameless
- id: also-good
  title: Also good
  severity: critical
""",
    )
    rules, errors = load_rules(path)
    assert [rule.id for rule in rules] == ["good", "also-good"]
    assert rules[1].severity is Severity.CRITICAL
    assert [error.line for error in errors] == [6, 9, 10, 12, 15, 16]
    assert "severty" in errors[0].message
    assert "unbalanced" in errors[1].message
    assert "‘(’ is opened and not closed" in errors[1].message
    assert str(errors[2]).startswith(f"{path}:10: ")


def test_empty_file_has_no_rules(tmp_path: Path) -> None:
    assert load_rules(written(tmp_path, "# nothing yet\n")) == ([], [])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("rules:\n  - id: a\n", 1, "list"),
        ("- id: a\n  title: b\n   query: c\n", 3, "no YAML"),
        ("- id: a\n  id: b\n", 2, "duplicate key"),
        ("- id: [a\n", 2, "no YAML"),
    ],
)
def test_file_that_is_no_list_of_rules_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(DeskFileError) as caught:
        load_rules(written(tmp_path, text))
    assert caught.value.line == line
    assert says in caught.value.message


def test_missing_and_undecodable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DeskFileError, match="cannot be read: No such file"):
        load_rules(tmp_path / "absent.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes("- id: é".encode("latin-1"))
    with pytest.raises(DeskFileError, match="not UTF-8"):
        load_rules(path)


DESK = """\
title: Desk
recipients:
  - name: anna
    email: anna@example.org
alerting:
  max_age: 36h
  retry: PT30S
polling:
  floor: 1.5m
rechecks:
  after: [15m, 1d]
"""


def test_durations_are_short_or_iso(tmp_path: Path) -> None:
    desk = load_desk(written(tmp_path, DESK, "desk.yaml"))
    assert desk.alerting.max_age == timedelta(hours=36)
    assert desk.alerting.retry == timedelta(seconds=30)
    assert desk.polling.floor == timedelta(seconds=90)
    assert desk.rechecks.after == [timedelta(minutes=15), timedelta(days=1)]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("36h", "36", 6, "a number and a unit"),
        ("36h", "-36h", 6, "a number and a unit"),
        ("PT30S", "-PT30S", 7, "a number and a unit"),
        ("[15m, 1d]", "[15m, soon]", 11, "a number and a unit"),
        ("max_age", "maxage", 6, "no such field"),
        ("anna@example.org", "anna", 4, "email"),
        ("title: Desk\n", "", 1, "title: is missing"),
        ("alerting:", "  - {name: anna, email: b@example.org}\nalerting:", 5, "second recipient"),
    ],
)
def test_what_is_wrong_in_a_desk_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    with pytest.raises(DeskFileError) as caught:
        load_desk(written(tmp_path, DESK.replace(old, new), "desk.yaml"))
    assert says in caught.value.message
    assert caught.value.line == line


def test_rule_for_unknown_recipient_or_topic_would_be_silent_and_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "- id: a\n  title: A\n  topics: [energy, enregy]\n  recipients:\n    - ana\n")
    desk = load_desk(written(tmp_path, DESK, "desk.yaml"))
    rules, _ = load_rules(path)
    errors = unknown_names(path, rules, desk, {"energy"}, {"putin"})
    assert [(error.line, error.message) for error in errors] == [
        (4, "rule ‘a’: no recipient in desk.yaml is called ‘ana’"),
        (3, "rule ‘a’: no topic in topics.yaml is called ‘enregy’"),
    ]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("(a OR b", "not closed"),
        ("a)", "closes nothing"),
        ("[1 TO 2)", "closes nothing"),
        ('say "hello', "opened and not closed"),
        ("a AND", "stands behind AND"),
        ("OR b", "stands before OR"),
        ("a AND OR b", "stands before OR"),
        ("(a AND NOT)", "stands behind NOT"),
        ("title:", "stands behind title:"),
        ("a AND ()", "empty"),
        ("titel:summit", "no field ‘titel’"),
        ("https://kremlin.example/1", "no field ‘https’"),
        ("trailing\\", "escapes nothing"),
        ("   ", "empty"),
    ],
)
def test_faulty_queries_are_told_apart_before_they_are_used(query: str, says: str) -> None:
    assert says in (fault(query) or "passed")


@pytest.mark.parametrize(
    "query",
    [
        "*",
        "*:*",
        '"New START"~3 AND NOT (INF OR "Open Skies")',
        "published_at:[now-1d TO now}",
        "title:/sanct[a-z]+/ OR body:(санкци* AND США)",
        "desks.us_russia.topics.id:energy AND _exists_:agency",
        '"10:30 in (brackets" \\(escaped',
        "a -b +c && d || !e",
        "feed.country:RU url.domain:kremlin.ru",
    ],
)
def test_good_queries_pass(query: str) -> None:
    assert fault(query) is None


def test_rules_that_ship_are_good_and_cover_every_topic() -> None:
    folder = DESKS / "us_russia"
    rules, errors = load_rules(folder / "rules.yaml")
    assert errors == []
    assert len(rules) >= 15
    assert len({topic for rule in rules for topic in rule.topics}) == 15
    desk = load_desk(folder / "desk.yaml")
    assert unknown_names(folder / "rules.yaml", rules, desk, {t for r in rules for t in r.topics}, set()) == []
    assert {rule.kind for rule in rules} == set(RuleKind)
    assert [r.name for r in desk.recipients if r.operator]
    assert all(recipient.email.endswith("@example.org") for recipient in desk.recipients)


@pytest.mark.parametrize(
    ("fields", "line", "says"),
    [
        ("kind: story", 1, "a rule of kind story needs `reach`, like reach: {outlets: 10}"),
        ("kind: surge", 1, "needs `surge`"),
        ("kind: first", 1, "needs `first`"),
        ("kind: silence", 1, "needs `silence`, like silence: 6h"),
        ("silence: 6h", 1, "`silence` is for rules of kind silence; this is of kind match"),
        ("kind: story\n  reach: {}", 4, "`outlets`, `countries` or both"),
        ("kind: surge\n  surge: {window: 7h}", 4, "divides a day"),
        ("kind: silence\n  silence: 1m", 4, "at least 10m"),
        ("dsl: {match: title}", 3, "one name and what it asks"),
        ("dsl: {match: {title: {query: a, _name: b}}}", 3, "leave it out"),
        ("expires: soon", 3, "date"),
    ],
)
def test_what_a_kind_needs_is_said_with_its_line(tmp_path: Path, fields: str, line: int, says: str) -> None:
    rules, errors = load_rules(written(tmp_path, f"- id: a\n  title: A\n  {fields}\n"))
    assert rules == []
    assert says in errors[0].message
    assert errors[0].line == line
