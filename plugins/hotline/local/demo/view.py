"""What `hotline demo` shows: live while it runs, and a summary at the end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from hotline.local.demo.expectations import Check
from hotline.local.demo.figures import Figures, median_and_p95
from schemas.alert import OccasionKind

LAST = 8  # alerts shown


def live(
    status: Mapping[str, Any], figures: Figures, published: Mapping[str, datetime], seconds: float
) -> RenderableType:
    """The picture now."""
    phase = status.get("phase", "serving saved feeds")
    happened = [event for event in status.get("events", []) if event["done_at"]]
    news = (
        f" · {happened[-1]['act']} {', '.join(happened[-1]['target'][:2])}: {happened[-1]['why']}" if happened else ""
    )
    head = Text.assemble(("Hotline demo ", "bold"), f"{seconds:4.0f} s · newsroom: {phase}{news}", no_wrap=True)
    return Group(head, totals(figures, published), alerts(figures))


def totals(figures: Figures, published: Mapping[str, datetime]) -> Table:
    """Feeds, items, articles, topics, alerts, e-mails, latency."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    failing = sum(1 for feed in figures.feeds if feed.state.failures)
    table.add_row(
        "feeds", f"{len(figures.feeds)} watched, {figures.polls} polls" + (f", {failing} failing" if failing else "")
    )
    by_status = ", ".join(f"{figures.items[s]} {s}" for s in sorted(figures.items))
    table.add_row("items", f"{figures.discovered} discovered" + (f" = {by_status}" if by_status else ""))
    copies = sum(1 for article in figures.articles if article.near_duplicate_of)
    stories = len({article.story.id for article in figures.articles if article.story})
    table.add_row(
        "articles", f"{len(figures.articles)} in {stories} stories, {copies} copies, {len(figures.revisions)} revisions"
    )
    for desk in sorted({desk for feed in figures.feeds for desk in feed.source.desks}):
        topics = ", ".join(f"{topic} {count}" for topic, count in figures.topics(desk).most_common(6))
        table.add_row(desk, f"{figures.relevant(desk)} relevant" + (f": {topics}" if topics else ""))
    table.add_row("alerts", f"{len(figures.alerts)} raised, {len(figures.mails)} e-mails")
    spans = {
        "publication to e-mail": figures.latencies(published),
        "from fetch": figures.handling(),
        "from index": figures.alerting(),
    }
    shown = {name: both for name, times in spans.items() if (both := median_and_p95(times))}
    if shown:
        table.add_row("median (95 %)", "; ".join(f"{name} {m:.0f} s ({p:.0f} s)" for name, (m, p) in shown.items()))
    return table


def alerts(figures: Figures) -> Table:
    """The latest alerts, one a story."""
    table = Table(
        "latest alerts", "desk", "severity", "outlet", "headline", box=None, pad_edge=False, header_style="dim"
    )
    shown: dict[str, None] = {}
    for alert in sorted(figures.alerts, key=lambda a: a.timestamp, reverse=True):
        if alert.occasion_id in shown or len(shown) >= LAST:
            continue
        shown[alert.occasion_id] = None
        title = ("changed: " if alert.occasion is OccasionKind.REVISION else "") + alert.title
        table.add_row(f"{alert.timestamp:%H:%M:%S}", alert.desk or "", alert.severity.value, alert.publisher or "",
                      Text(title, no_wrap=True, overflow="ellipsis"))  # fmt: skip
    return table


def summary(console: Console, figures: Figures, published: Mapping[str, datetime], checks: Sequence[Check]) -> None:
    """The table at the end."""
    console.rule("Hotline demo")
    console.print(totals(figures, published))
    table = Table("", "what must hold", "found", box=None, pad_edge=False, header_style="dim")
    for check in checks:
        table.add_row(Text("✓", "green") if check.ok else Text("✗", "bold red"), check.name, Text(check.detail))
    console.print(table)


def addresses(console: Console, addresses: Mapping[str, str], password: str | None) -> None:
    """What there is to open."""
    table = Table("open", "", box=None, pad_edge=False, header_style="dim")
    for name, address in addresses.items():
        hint = f"  (admin / {password})" if name == "Airflow" and password else ""
        table.add_row(name, f"{address}{hint}")
    console.print(table)
