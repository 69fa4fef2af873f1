"""A desk that watches the newsroom: its feeds and waits of seconds, the topics and rules of a real desk."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import yaml

from tests.newsroom.world import World

_DESK_YAML = """\
# Written by the newsroom: the same desk as in service, but its waits are seconds.
title: {title}
recipients:
{recipients}
polling:
  floor: 5s
  ceiling: 10s
  start: 5s
  revival: 30s
  retry: 10s
  adopt_redirect_after: 20s
  host_spacing: 0s        # all outlets share one host here
  host_concurrency: 8
  timeout: 15s
  page_attempts: 4
  allow_private_addresses: true
alerting:
  retry: 10s
  retry_ceiling: 30s
  update_spacing: 20s
  flood_messages: 200     # every story of the newsroom comes singly, however fast it plays
rechecks:
  after: [20s, 60s, 2m, 3m]
"""
_ANALYST = "  - {{name: {name}, email: {name}@example.org}}"
_OPERATOR = "  - {name: operator, email: operator@example.com, operator: true}"


def outline(kind: str, attributes: dict[str, str | None]) -> str:
    """One feed of an OPML file."""
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
    return f'    <outline type="{kind}" {written}/>'


def opml(title: str, outlines: Iterable[str]) -> str:
    """An OPML 2.0 file with Hotline's attributes."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0" xmlns:hotline="https://hotline.example/opml">',
        f"  <head><title>{escape(title)}</title></head>",
        "  <body>",
        *outlines,
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines) + "\n"


def outlines(base_url: str, desk: str, world: World) -> list[str]:
    """The newsroom's feeds that a desk watches."""
    return [
        outline(
            "rss",
            {
                "text": feed.title,
                "title": feed.title,
                "xmlUrl": f"{base_url}/{outlet.id}/{feed.path}",
                "htmlUrl": f"{base_url}/{outlet.id}/",
                "language": outlet.language,
                "hotline:publisher": outlet.name,
                "hotline:country": outlet.country,
                "hotline:tier": str(outlet.tier),
                "hotline:ownership": str(outlet.ownership),
            },
        )
        for outlet in world.outlets.values()
        if desk in outlet.desks
        for feed in outlet.feeds
    ]


def write_desk(target: Path, base_url: str, template: Path, world: World) -> None:
    """Writes a desk for the newsroom at `base_url` into the folder `target`.

    Topics and rules are copied from the desk `template`, whose name says which outlets it watches.
    Raises OSError where the template lacks a file or the target cannot be written.
    """
    write_files(target, opml("Newsroom", outlines(base_url, template.name, world)), template)


def write_files(target: Path, feeds_opml: str, template: Path) -> None:
    """Writes the four files of a desk."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("topics.yaml", "rules.yaml"):
        shutil.copyfile(template / name, target / name)
    (target / "feeds.opml").write_text(feeds_opml, encoding="utf-8")
    names = dict.fromkeys(_named_in_rules(template / "rules.yaml") or ["analyst"])
    recipients = "\n".join([*(_ANALYST.format(name=name) for name in names), _OPERATOR])
    text = _DESK_YAML.format(title=f"{template.name} (newsroom)", recipients=recipients)
    (target / "desk.yaml").write_text(text, encoding="utf-8")


def _named_in_rules(path: Path) -> list[str]:
    """Recipients that rules name: without them those rules would be refused."""
    rules = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return [name for rule in rules for name in rule.get("recipients", []) if name != "operator"]
