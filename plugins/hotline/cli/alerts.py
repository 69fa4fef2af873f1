"""`hotline alerts …`: what rang, and what people say of it."""

import getpass
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from hotline.cli.common import UsageError
from schemas.alert import Act

if TYPE_CHECKING:
    from hotline.search.store import Store
    from schemas.alert import Alert

app = typer.Typer(no_args_is_help=True, help="What rang, and what people say of it.")

AlertId = Annotated[str, typer.Argument(help="The alert's id, or its beginning as `hotline alerts list` shows it.")]
Who = Annotated[str, typer.Option("--by", help="The recipient who says so; else you, by your login.")]
Whole = Annotated[bool, typer.Option("--desk", help="For everybody on the desk, not for one recipient.")]
Rule = Annotated[bool, typer.Option("--rule", help="The alert's rule, not only its story.")]
Span = Annotated[str | None, typer.Option("--for", help="How long, like 2h or 7d; else as desk.yaml says.")]
Note = Annotated[str, typer.Option(help="In your own words.")]


@app.command("list")
def list_alerts(
    size: Annotated[int, typer.Option(min=1, max=1000)] = 20, desk: Annotated[str | None, typer.Option()] = None
) -> None:
    """The latest alerts, newest first, and what was said of them."""
    from hotline.alerts.answers import answers_to, latest_alerts
    from hotline.line.context import open_line

    store = open_line().store
    table = Table("id", "time", "severity", "rule", "headline", "said")
    for alert in latest_alerts(store, size, desk):
        said = "; ".join(f"{s.by}: {s.act.value.replace('_', ' ')}" for s in answers_to(store, alert.occasion_id))
        table.add_row(
            alert.id[:20], f"{alert.timestamp:%d %b %H:%M}", alert.severity.value, alert.rule_id, alert.title, said
        )
    Console().print(table)


@app.command()
def ack(alert: AlertId, by: Who = "") -> None:
    """Somebody looks after it: it is not escalated any more."""
    _say(alert, Act.ACKNOWLEDGE, by)


@app.command()
def mute(alert: AlertId, by: Who = "", desk: Whole = False, rule: Rule = False, span: Span = None) -> None:
    """No more of its story (or rule), unless it becomes more urgent."""
    _say(alert, Act.MUTE, by, for_desk=desk, of_rule=rule, span=span)


@app.command()
def unmute(alert: AlertId, by: Who = "", desk: Whole = False, rule: Rule = False) -> None:
    """Ends a mute or snooze."""
    _say(alert, Act.UNMUTE, by, for_desk=desk, of_rule=rule)


@app.command()
def snooze(alert: AlertId, by: Who = "", desk: Whole = False, span: Span = None) -> None:
    """What comes on its story waits a while and comes then."""
    _say(alert, Act.SNOOZE, by, for_desk=desk, span=span)


@app.command()
def judge(
    alert: AlertId,
    verdict: Annotated[Act, typer.Argument(help="not_relevant, wrong_topic or wrong_story.")],
    topic: Annotated[list[str] | None, typer.Option(help="wrong_topic: a right topic; may be given again.")] = None,
    by: Who = "",
    note: Note = "",
) -> None:
    """Its article is not relevant, or has the wrong topics or story."""
    if verdict not in (Act.NOT_RELEVANT, Act.WRONG_TOPIC, Act.WRONG_STORY):
        raise UsageError(f"{verdict.value} is no judgement: say not_relevant, wrong_topic or wrong_story")
    _say(alert, verdict, by, topics=topic or (), note=note)


@app.command()
def export(
    output: Annotated[Path | None, typer.Option(dir_okay=False, help="JSON Lines out; else standard output.")] = None,
    desk: Annotated[str, typer.Option(help="The desk whose judgements they are.")] = "us_russia",
) -> None:
    """Judged articles in the form of the labelled sets, for `hotline eval topics`."""
    from hotline.alerts.answers import labels
    from hotline.line.context import open_line

    lines = [json.dumps(label, ensure_ascii=False) for label in labels(open_line().store, desk)]
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")
        print(f"{len(lines)} judged articles in {output}")


@app.command()
def serve(host: Annotated[str, typer.Option()] = "127.0.0.1", port: Annotated[int, typer.Option(min=1)] = 8090) -> None:
    """The answer pages by themselves, where Airflow's API server cannot be reached by readers."""
    import uvicorn

    from hotline.line.answers import answer_app

    uvicorn.run(answer_app(), host=host, port=port, log_level="warning")


def _say(
    alert_id: str,
    act: Act,
    by: str,
    *,
    for_desk: bool = False,
    of_rule: bool = False,
    span: str | None = None,
    topics: Sequence[str] = (),
    note: str = "",
) -> None:
    from hotline.alerts.answers import Answer, record, said_of
    from hotline.cli.common import duration
    from hotline.line.answers import office
    from hotline.line.context import open_line

    here = office(open_line())
    alert = _alert(here.store, alert_id)
    desk = here.desks.get(alert.desk or "")
    if desk is None:
        raise UsageError(f"alert {alert.id} is of desk {alert.desk}, which is not under {open_line().settings.desks}")
    if unknown := set(topics) - set(here.topics[alert.desk or ""]):
        raise UsageError(f"topics.yaml has no topic {', '.join(sorted(unknown))}")
    names = [person.name for person in desk.recipients]
    if act in (Act.MUTE, Act.SNOOZE, Act.UNMUTE) and not for_desk and by not in names:
        raise UsageError(f"say for whom: --desk for everybody, or --by with one of {', '.join(names)}")
    now = here.clock()
    answer = Answer(
        act=act,
        by=by or getpass.getuser(),
        via="command",
        for_desk=for_desk,
        of_rule=of_rule,
        topics=topics,
        note=note,
        until=now + duration(span) if span else None,
    )
    said = said_of(alert, answer, desk.alerting, now)
    record(here.store, said)
    came = here.heard(said)
    until = f" until {said.until:%d %b %H:%M} UTC" if said.until else ""
    print(f"{act.value.replace('_', ' ')}{until}: {alert.title}{'. ' if came else ''}{came}")


def _alert(store: "Store", id_: str) -> "Alert":
    from hotline.alerts.answers import alerts_beginning

    found = alerts_beginning(store, id_)
    if len(found) != 1:
        raise UsageError(f"{len(found)} alerts have an id that begins with {id_!r}; `hotline alerts list` shows them")
    return found[0]
