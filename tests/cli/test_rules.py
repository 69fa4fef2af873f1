"""`hotline rules`, run as a person runs it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.alerts.rules import appended, load_rules, switched
from hotline.cli import app
from hotline.cli.common import UsageError
from hotline.line import context
from hotline.search.store import Store
from hotline.settings import Settings
from schemas.article import StoryRef
from schemas.desk import DeskFileError
from tests.alerts.conftest import make_article
from tests.alerts.test_kinds import archive, listened
from tests.line.rig import ROOT

RULES = """\
# What rings.

- id: first-one   # the first
  title: One
  query: >-
    sanctions OR
    санкции
- id: second
  title: Two
  enabled: false  # for now
- {id: braces, title: Three}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desks" / "us_russia"
    folder.mkdir(parents=True)
    for name in ("desk.yaml", "topics.yaml", "feeds.opml"):
        shutil.copy(ROOT / "desks" / "us_russia" / name, folder)
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    return folder


def hotline(*arguments: str, **answers: str) -> str:
    result = CliRunner().invoke(app, ["rules", *arguments], catch_exceptions=False, **answers)  # type: ignore[arg-type]
    assert result.exit_code == 0, result.output
    return result.output


def test_a_rule_is_added_at_the_end_and_all_else_stays(desk: Path) -> None:
    hotline("add", "spread", "--title", "Wide", "--query", "sanctions OR санкции", "--kind", "story", "--topic",
            "sanctions", "--recipient", "duty", "--with", "reach: {outlets: 10}", "--desk", str(desk))  # fmt: skip
    text = (desk / "rules.yaml").read_text(encoding="utf-8")
    assert text.startswith(RULES)
    rules, errors = load_rules(desk / "rules.yaml")
    assert errors == []
    assert rules[-1].reach is not None
    assert (rules[-1].id, rules[-1].query, rules[-1].reach.outlets) == ("spread", "sanctions OR санкции", 10)
    assert (rules[-1].topics, rules[-1].recipients) == (["sanctions"], ["duty"])


def test_what_is_not_given_is_asked_for(desk: Path) -> None:
    hotline("add", "asked", "--desk", str(desk), input="Asked for\ntitle:sanctions\n")
    rules, _ = load_rules(desk / "rules.yaml")
    assert (rules[-1].title, rules[-1].query) == ("Asked for", "title:sanctions")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--kind", "story"], "needs `reach`"),
        (["--query", "(open"], "not closed"),
        (["--topic", "weather"], "no topic in topics.yaml is called ‘weather’"),
        (["--recipient", "nobody"], "no recipient in desk.yaml is called ‘nobody’"),
        (["--with", "entities: [atlantis]"], "no entity in topics.yaml is called ‘atlantis’"),
        (["--severity", "urgent"], "severity"),
        (["--with", "dsl: {a: 1, b: 2}"], "one name"),
    ],
)
def test_a_wrong_rule_is_refused_and_nothing_is_written(desk: Path, options: list[str], says: str) -> None:
    arguments = ["add", "wrong", "--title", "Wrong", "--query", "x", "--desk", str(desk), *options]
    with pytest.raises(DeskFileError, match="not changed") as refused:
        hotline(*arguments)
    assert says in str(refused.value)
    assert (desk / "rules.yaml").read_text(encoding="utf-8") == RULES


@pytest.mark.parametrize(("id_", "more"), [("second", "{}"), ("new", "[1]"), ("new", "{a")])
def test_what_cannot_be_meant_is_said(desk: Path, id_: str, more: str) -> None:
    with pytest.raises(UsageError):
        hotline("add", id_, "--title", "T", "--query", "x", "--with", more, "--desk", str(desk))


def test_pausing_changes_one_line_and_resuming_takes_it_back(desk: Path) -> None:
    path = desk / "rules.yaml"
    hotline("pause", "first-one", "--desk", str(desk))
    assert path.read_text() == RULES.replace("# the first\n", "# the first\n  enabled: false\n")
    assert "paused" in hotline("list", "--desk", str(desk))
    hotline("pause", "first-one", "--resume", "--desk", str(desk))
    assert load_rules(path)[0][0].enabled
    hotline("pause", "second", "--resume", "--desk", str(desk))
    assert "  enabled: true  # for now\n" in path.read_text()
    assert appended(b"", {"id": "a", "title": "A"}).decode() == "- id: a\n  title: A\n"


def test_a_rule_that_is_not_there_or_stands_in_braces_cannot_be_paused(desk: Path) -> None:
    with pytest.raises(DeskFileError, match="no rule ‘gone’"):
        hotline("pause", "gone", "--desk", str(desk))
    with pytest.raises(DeskFileError, match=r":11: .* in braces"):
        hotline("pause", "braces", "--desk", str(desk))
    assert switched(RULES.encode(), desk / "rules.yaml", "first-one", enabled=True).decode() == RULES


def test_a_read_only_file_is_left_alone_and_the_patch_shown(desk: Path) -> None:
    (desk / "rules.yaml").chmod(0o444)
    result = CliRunner().invoke(app, ["rules", "pause", "first-one", "--desk", str(desk)])
    assert result.exit_code == 1
    assert "+  enabled: false" in result.output
    assert (desk / "rules.yaml").read_text() == RULES


@pytest.fixture
def line(desk: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> context.Line:
    opened = context.Line(Settings(home=tmp_path / "home", desks=desk.parent))
    opened.__dict__["store"] = store
    monkeypatch.setattr(context, "open_line", lambda: opened)
    return opened


@pytest.mark.elasticsearch
def test_list_says_which_are_learning_expired_and_broken(desk: Path, line: context.Line, store: Store) -> None:
    more = """\
- {id: new, title: New, kind: first, first: {unseen: 30d}}
- {id: over, title: Over, expires: 2020-01-01}
- {id: soon, title: Soon, expires: 2120-01-01}
"""
    (desk / "rules.yaml").write_text(RULES + more + "- id: bad\n", encoding="utf-8")
    said = hotline("list", "--desk", str(desk))
    for words in ("learning", "expired on 2020-01-01", "until 2120-01-01", "6 rules", "title: is missing"):
        assert words in said
    listened(store, line.clock() - timedelta(days=29))
    assert "learning until" in hotline("list", "--desk", str(desk))


@pytest.mark.elasticsearch
def test_a_rule_is_tried_on_the_archive_and_beside_another_version(
    desk: Path, line: context.Line, store: Store, tmp_path: Path
) -> None:
    when = line.clock() - timedelta(days=1)
    times = dict.fromkeys(("@timestamp", "published_at", "discovered_at", "ingested_at"), when)
    other = {"title": "Gas [flows]", "body": "It does.", "story": StoryRef(id="2026.11-gas")}
    archive(store, [make_article("a", **times), make_article("b", **times | other)])
    said = hotline("test", "first-one", "--desk", str(desk))
    assert "first-one (match): 1 alerts in 30.0 days" in said
    assert "sanctions (1)" in said
    assert "Washington sanctions two Russian banks" in said
    new = tmp_path / "new.yaml"
    new.write_text("- {id: first-one, title: One, query: 'gas'}\n- {id: bad, title: B, query: 'revision:x'}\n")
    said = hotline("test", "first-one", "--file", str(new), "--against", str(desk / "rules.yaml"), "--desk", str(desk))
    assert "1 gained" in said
    assert "1 lost" in said
    assert "Gas [flows]" in said
    with pytest.raises(UsageError, match="refuses the query"):
        hotline("test", "bad", "--file", str(new), "--desk", str(desk))
    with pytest.raises(UsageError, match="no good rule ‘gone’"):
        hotline("test", "gone", "--desk", str(desk))
    with pytest.raises(UsageError, match="is no desk"):
        hotline("test", "first-one", "--file", str(new), "--desk", str(tmp_path))
    said = hotline("test", "--desk", str(desk), "--since", "10d", "--file", str(new))
    assert "analysts: 1 messages in 10 days" in said
    assert "refused" in said
