"""`hotline alerts …` as a person uses it, on a real index."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from hotline.cli import app
from hotline.cli.common import UsageError
from hotline.line.answers import office
from hotline.line.context import Line
from hotline.line.deliver import link_secret, names, post
from hotline.search.indices import Kind
from hotline.search.store import Store
from hotline.settings import Settings, settings
from hotline.topics.evaluate import labelled
from schemas.alert import Act, Alert, Said
from schemas.article import Article, StoryRef
from tests.alerts.conftest import DESK, NOW, make_article
from tests.alerts.rig import STORY, fire, put_articles, put_story

pytestmark = pytest.mark.elasticsearch
ROOT = Path(__file__).parents[2]

type Run = Callable[..., str]


@pytest.fixture
def run(store: Store, elasticsearch_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`hotline alerts` on the test's index and the desk that comes with the project."""
    monkeypatch.setenv("HOTLINE_DESKS", str(ROOT / "desks"))
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_ELASTICSEARCH_URL", elasticsearch_url)
    monkeypatch.setenv("HOTLINE_INDEX_PREFIX", store.indices.prefix)
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()

    def command(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["alerts", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    yield command
    settings.cache_clear()


def said(store: Store) -> list[Said]:
    store.refresh(Kind.SAID)
    latest = [{"@timestamp": {"order": "asc"}}]
    return [k.record for k in store.search(Said, Kind.SAID, {"match_all": {}}, size=100, sort=latest)]


@pytest.fixture
def alert(store: Store) -> Alert:
    put_articles(store, make_article())
    return fire(store)[0]


def test_what_rang_is_listed_with_what_was_said_of_it(store: Store, run: Run, alert: Alert) -> None:
    assert "acknowledge: " in run("ack", alert.id[:20], "--by", "duty")
    printed = run("list", "--desk", DESK)
    assert alert.id[:20] in printed
    assert "Washington sanctions" in printed
    assert "duty: acknowledge" in printed
    (record,) = said(store)
    assert (record.by, record.via, record.act) == ("duty", "command", Act.ACKNOWLEDGE)


def test_mutes_are_for_a_recipient_or_the_desk_and_end_when_asked(store: Store, run: Run, alert: Alert) -> None:
    run("mute", alert.id, "--by", "analysts", "--for", "2h")
    run("mute", alert.id, "--desk", "--rule")
    run("snooze", alert.id, "--desk")
    run("unmute", alert.id, "--desk", "--rule")
    personal, desk, snoozed, ended = said(store)
    assert personal.until is not None
    assert 7100 < (personal.until - personal.timestamp).total_seconds() <= 7200
    assert (desk.for_desk, desk.of_rule) == (True, True)
    assert (snoozed.act, ended.act, ended.until) == (Act.SNOOZE, Act.UNMUTE, None)
    with pytest.raises(UsageError, match="--by with one of analysts"):
        run("mute", alert.id)


def test_judgements_are_exported_so_that_eval_reads_them(store: Store, run: Run, alert: Alert, tmp_path: Path) -> None:
    second = fire(store, id_="a2", story=StoryRef(id="2026.11-two"), title="Another")[0]
    put_articles(store, make_article("a2", title="Another"))
    run("judge", alert.id, "not_relevant", "--note", "hockey", "--by", "anna")
    run("judge", second.id, "wrong_topic", "--topic", "diplomacy")
    put_story(store, [make_article("a1"), make_article("a2", title="Another")])
    assert "a story of its own now" in run("judge", second.id, "wrong_story")
    moved = store.get(Article, Kind.ARTICLES, "a2", "2026.11")
    assert moved is not None
    assert moved.record.story is not None
    assert moved.record.story.id != STORY
    assert "stays as it is: " in run("judge", second.id, "wrong_story", "--by", "again")
    assert len(said(store)) == 4
    output = tmp_path / "judged.jsonl"
    assert "2 judged articles" in run("export", "--output", str(output))
    records = {record["id"]: record for record in labelled(output)}
    assert (records["a1"]["relevance"], records["a1"]["topics"]) == (0, [])
    assert (records["a2"]["relevance"], records["a2"]["topics"]) == (2, ["diplomacy"])
    assert records["a1"]["body"].startswith("The Treasury")
    assert [json.loads(line)["id"] for line in run("export").splitlines()] == ["a1", "a2"]
    with pytest.raises(UsageError, match="no topic invented"):
        run("judge", second.id, "wrong_topic", "--topic", "invented")
    with pytest.raises(UsageError, match="is no judgement"):
        run("judge", second.id, "mute")


def test_alert_that_is_none_or_of_no_desk_is_said(store: Store, run: Run, alert: Alert) -> None:
    fire(store, id_="a2", story=StoryRef(id="2026.11-two"))
    with pytest.raises(UsageError, match="0 alerts have an id that begins with 'x'"):
        run("ack", "x")
    with pytest.raises(UsageError, match="2 alerts have"):
        run("ack", "2026")
    lost = alert.model_copy(update={"id": "2026.11-lost", "desk": "gone"})
    store.create(Kind.ALERTS, lost.id, lost, "2026.11")
    with pytest.raises(UsageError, match="which is not under"):
        run("ack", lost.id)


def test_pages_are_served_apart(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[object, int]] = []
    monkeypatch.setattr("uvicorn.run", lambda app, *, host, port, log_level: served.append((app, port)))
    run("serve", "--port", "8091")
    assert [(type(app).__name__, port) for app, port in served] == [("FastAPI", 8091)]


def test_links_are_signed_with_the_setting_or_airflows_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW__API__SECRET_KEY", raising=False)
    assert link_secret(Settings()) == b""
    monkeypatch.setenv("AIRFLOW__API__SECRET_KEY", "of airflow")
    assert link_secret(Settings()) == b"of airflow"
    assert link_secret(Settings(link_secret=SecretStr("own"))) == b"own"
    line = Line(settings(), clock=lambda: NOW)
    assert post(line).secret == b"of airflow"
    assert (DESK, "nuclear-threat") in post(line).rules
    assert names(line) == {"email"}
    assert "sanctions" in office(line).topics[DESK]
