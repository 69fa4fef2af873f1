"""`hotline rules …`: the rules of a desk, adding and pausing them, and when they would have rung."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hotline.cli.common import DeskFolder, UsageError, console, default_desk, duration, patch_shown, say

if TYPE_CHECKING:
    from hotline.alerts.backtest import Fired, Trial
    from hotline.alerts.matching import Watch
    from hotline.line.context import Line
    from hotline.line.desks import LoadedDesk
    from schemas.rule import Rule

app = typer.Typer(no_args_is_help=True, help=__doc__)
RuleId = Annotated[str, typer.Argument(metavar="RULE", help="The rule's id.")]
SHOWN = 20


@app.command("list")
def list_rules(desk: DeskFolder = None) -> None:
    """The rules of a desk, what they wait for, and which of them are paused, expired, learning or broken."""
    from hotline.alerts.rules import load_rules

    path = (desk or default_desk()) / "rules.yaml"
    rules, errors = load_rules(path)
    table = Table("rule", "kind", "severity", "told", "state", "title")
    since, now = _listening(path.parent.name)
    for rule in rules:
        told = ", ".join(rule.recipients) or "all"
        table.add_row(rule.id, rule.kind.value, rule.severity.value, told, _state(rule, since, now), rule.title)
    console().print(table)
    console().print(f"{len(rules)} rules")
    for error in errors:
        say(str(error))


@app.command()
def add(  # noqa: PLR0917 - options, given by name
    id_: Annotated[str, typer.Argument(metavar="RULE", help="A new id, unique within the desk.")],
    title: Annotated[str, typer.Option(prompt="What people call it", help="Stands in the alert.")],
    query: Annotated[str, typer.Option(prompt="Lucene query (* for every article)", help="Lucene query string.")],
    kind: Annotated[str, typer.Option(help="match, revision, story, surge, first or silence.")] = "match",
    severity: Annotated[str, typer.Option(help="low, normal, high or critical.")] = "normal",
    relevance: Annotated[int, typer.Option(min=0, max=2, help="Least relevance.")] = 1,
    topic: Annotated[list[str] | None, typer.Option(help="Any of these topics; once for each.")] = None,
    recipient: Annotated[list[str] | None, typer.Option(help="Who is told; once for each.")] = None,
    other: Annotated[str, typer.Option("--with", help="Further fields as YAML, like 'reach: {outlets: 10}'.")] = "{}",
    desk: DeskFolder = None,
) -> None:
    """Add a rule to the end of a desk's rules.yaml; all else in the file stays as it is."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from hotline.alerts.rules import appended, check_rule, load_rules
    from hotline.line.desk_files import change

    path = (desk or default_desk()) / "rules.yaml"
    if any(rule.id == id_ for rule in load_rules(path)[0]):
        raise UsageError(f"{path} has a rule ‘{id_}’ already; ids are unique")
    try:
        more = YAML(typ="safe").load(other)
    except YAMLError as error:
        raise UsageError(f"--with is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(more, dict):
        raise UsageError("--with takes fields and their values, like 'reach: {outlets: 10}'")
    given: dict[str, Any] = {"id": id_, "title": title, "kind": kind, "query": query, "relevance": relevance}
    given |= {"severity": severity, "topics": topic or [], "recipients": recipient or []} | more
    usual = {"kind": "match", "query": "*", "relevance": 1, "severity": "normal", "topics": [], "recipients": []}
    fields = {name: value for name, value in given.items() if name not in usual or usual[name] != value}

    def check(fresh: Path) -> None:
        check_rule(fresh, id_)
        _check_names(path.parent, fresh, id_)

    with patch_shown():
        change(path, lambda content: appended(content, fields), check)
        say(f"{id_} stands in {path}; try it with `hotline rules test {id_}`")


@app.command()
def pause(
    rule: RuleId,
    resume: Annotated[bool, typer.Option("--resume", help="In force again.")] = False,
    desk: DeskFolder = None,
) -> None:
    """Keep a rule without matching it, until --resume."""
    from hotline.alerts.rules import check_rule, switched
    from hotline.line.desk_files import change

    path = (desk or default_desk()) / "rules.yaml"
    with patch_shown():
        changed = change(
            path, lambda content: switched(content, path, rule, enabled=resume), lambda fresh: check_rule(fresh, rule)
        )
        say(f"{rule} {'is' if changed else 'was already'} {'in force' if resume else 'paused'}")


@app.command("test")
def try_rule(
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="The rule's id; none: all of the desk.")] = None,
    since: Annotated[str, typer.Option(help="How far back, like 30d.")] = "30d",
    file: Annotated[
        Path | None, typer.Option(exists=True, help="Take the rule from this file, not in force yet.")
    ] = None,
    against: Annotated[Path | None, typer.Option(exists=True, help="Compare with the version in this file.")] = None,
    desk: DeskFolder = None,
) -> None:
    """When a rule would have rung: how often, on what, and by which words; or what a new version gains and loses."""
    from hotline.alerts.backtest import RefusedRule, difference, trial
    from hotline.line.context import open_line

    line = open_line()
    folder = desk or default_desk()
    start = line.clock() - duration(since)
    try:
        if rule is None:
            _whole_pack(line, folder, file, start)
            return
        new = trial(line.store, _watch(line, folder, rule, file), start, line.clock())
        _show(new)
        if against is not None:
            old = trial(line.store, _watch(line, folder, rule, against), start, line.clock())
            gained, lost = difference(old, new)
            console().print(f"\nBeside the version in {against} ({len(old.fired)} alerts, {old.a_day:.1f} a day):")
            _table(f"{len(gained)} gained", gained)
            _table(f"{len(lost)} lost", lost)
    except RefusedRule as error:
        raise UsageError(f"Elasticsearch refuses the query: {error}") from None


def _whole_pack(line: "Line", folder: Path, file: Path | None, since: datetime) -> None:
    """Every rule, and the messages a day that each recipient would get: one for each story, revision or window."""
    from hotline.alerts.backtest import RefusedRule, trial
    from hotline.alerts.raising import people_of
    from hotline.alerts.rules import load_rules

    table = Table("rule", "alerts", "a day", "words that matched most")
    told: dict[str, set[str]] = {}
    days = 1.0
    for rule in load_rules(file or folder / "rules.yaml")[0]:
        watch = _watch(line, folder, rule.id, file)
        try:
            done = trial(line.store, watch, since, line.clock())
        except RefusedRule as error:
            table.add_row(rule.id, "refused", "", str(error))
            continue
        days = max(done.covered.total_seconds() / 86400, 1 / 24)
        words = ", ".join(word for word, _ in done.words.most_common(8))
        table.add_row(rule.id, str(len(done.fired)), f"{done.a_day:.1f}", words)
        for person in people_of(watch.desk, rule):
            told.setdefault(person.name, set()).update(done.occasions())
    console().print(table)
    for name, occasions in sorted(told.items()):
        console().print(f"{name}: {len(occasions)} messages in {days:.0f} days, {len(occasions) / days:.1f} a day")


def _show(done: "Trial") -> None:
    rule = done.watch.rule
    days = done.covered.total_seconds() / 86400
    console().print(
        f"{rule.id} ({rule.kind.value}): {len(done.fired)} alerts in {days:.1f} days, {done.a_day:.1f} a day"
    )
    if done.words:
        said = ", ".join(f"{word} ({number})" for word, number in done.words.most_common(15))
        console().print(f"Words that matched: {said}", markup=False)
    _table("What it would have rung for", done.fired)


def _table(title: str, fired: "Sequence[Fired]") -> None:
    from rich.text import Text

    table = Table("when (UTC)", "outlet", "headline", "because", title=title, title_justify="left")
    for one in list(fired)[-SHOWN:]:
        table.add_row(f"{one.at:%d %b %H:%M}", Text(one.publisher), Text(one.title), Text(one.because))
    console().print(table)
    if len(fired) > SHOWN:
        console().print(f"the last {SHOWN} of {len(fired)}")


def _watch(line: "Line", folder: Path, rule_id: str, file: Path | None) -> "Watch":
    from hotline.alerts.matching import Watch
    from hotline.alerts.rules import load_rules

    path = file or folder / "rules.yaml"
    rules, errors = load_rules(path)
    found = next((rule for rule in rules if rule.id == rule_id), None)
    if found is None:
        wrong = f"; {errors[0]}" if errors else ""
        raise UsageError(f"{path} has no good rule ‘{rule_id}’{wrong}")
    return Watch(folder.resolve().name, _loaded(line, folder).desk, found)


def _loaded(line: "Line", folder: Path) -> "LoadedDesk":
    found = line.desks.get(folder.resolve().name)
    if found is None:
        raise UsageError(f"{folder} is no desk of this installation; they are under {line.settings.desks}")
    return found


def _check_names(folder: Path, fresh: Path, rule_id: str) -> None:
    """Raises: DeskFileError where the rule names somebody or something that the desk doesn't have."""
    from hotline.alerts.rules import load_desk, load_rules, unknown_names
    from hotline.line.desks import entity_ids
    from hotline.topics.taxonomy import load_taxonomy

    taxonomy = load_taxonomy(folder / "topics.yaml")
    rules = [rule for rule in load_rules(fresh)[0] if rule.id == rule_id]
    desk = load_desk(folder / "desk.yaml")
    for error in unknown_names(fresh, rules, desk, set(taxonomy.topics), entity_ids(taxonomy)):
        raise error


def _listening(desk_id: str) -> tuple[datetime | None, datetime]:
    """Since when the desk has listened, where Elasticsearch can be asked, and now."""
    from elastic_transport import ConnectionError as NoConnection

    from hotline.alerts.kinds import listening_since
    from hotline.line.context import open_line

    line = open_line()
    try:
        return listening_since(line.store).get(desk_id), line.clock()
    except NoConnection:
        return None, line.clock()


def _state(rule: "Rule", since: datetime | None, now: datetime) -> str:
    from hotline.alerts.kinds import learning_until

    if not rule.enabled:
        return "paused"
    if not rule.in_force(now):
        return f"expired on {rule.expires}"
    if until := learning_until(rule, since, now):
        return f"learning until {until:%d %b %Y %H:%M} UTC" if since else "learning"
    return f"until {rule.expires}" if rule.expires else "in force"
