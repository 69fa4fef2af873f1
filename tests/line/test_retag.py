"""Another version of a taxonomy: what `hotline eval taxonomy --against` foretells is what a replay does."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from hotline.cli import app
from hotline.line.raising import raise_alerts
from hotline.line.replay import replay
from hotline.search.indices import Kind
from hotline.search.store import Store
from hotline.topics.taxonomy import load_taxonomy
from schemas.article import Article
from tests.line.rig import ROOT, Rig, rig

pytestmark = pytest.mark.elasticsearch
PIECES = ("helsinki-talks-open", "ankara-exchange-wire", "tanker-insurers-sanctioned", "water-utilities-advisory",
          "bombers-off-alaska", "vysylka-diplomatov", "st-petersburg-pier-budget", "kharkiv-trams-back")  # fmt: skip


@pytest.fixture
def world(store: Store, elasticsearch_url: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(store, elasticsearch_url, tmp_path, [ROOT / "desks/us_russia"]) as made:
        made.poll()
        for piece in PIECES:
            made.room.publish(piece)
        made.settle()
        yield made


def _another_version(old: Path, new: Path) -> None:
    """Tankers are a matter of energy no more, water is one of culture, and what happens in Alaska is a look-alike."""
    taxonomy = yaml.safe_load(old.read_text(encoding="utf-8"))
    taxonomy["version"] = "another"
    for words in ("strong", "terms"):
        taxonomy["topics"]["energy"][words]["en"] = ["peat"]
    taxonomy["topics"]["culture_sport"]["strong"]["en"] += ["water*", "utilit*", "hack*", "pump*", "advisor*"]
    groups = ("people", "offices", "bodies", "companies", "places")
    entities = [key for group in groups for key, entity in taxonomy[group].items() if entity.get("party")]
    taxonomy["lookalikes"].append({"terms": ["Alaska"], "mutes": [*taxonomy["parties"], *entities]})
    new.write_text(yaml.safe_dump(taxonomy, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _views(world: Rig) -> dict[str, tuple[int, list[str], str]]:
    """What the desk thinks of each article, by the id, and the version that it says so by."""
    views = {article.id: article.desks["us_russia"] for article in world.all(Article, Kind.ARTICLES)}
    return {id_: (v.relevance, sorted(t.id for t in v.topics), v.taxonomy) for id_, v in views.items()}


def _foretold(world: Rig, other: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The changes that the command lists, by the article's id."""
    monkeypatch.setattr("hotline.line.context.open_line", world.fresh)
    desk = world.line.settings.desks / "us_russia"
    said = CliRunner().invoke(app, ["eval", "taxonomy", "--against", str(other), "--desk", str(desk)])
    assert said.exit_code == 0, said.output
    lines = [
        (line.split("  ", 1)[0], line.split("  ", 1)[1])
        for line in said.output.splitlines()
        if re.match(r"[0-9a-f]{16,}  ", line)
    ]
    assert f"{len(lines)} would change" in said.output
    return dict(lines)


def _change(old: tuple[int, list[str], str], new: tuple[int, list[str], str]) -> str:
    grades = [f"relevance {old[0]} → {new[0]}"] if old[0] != new[0] else []
    lost, gained = sorted(set(old[1]) - set(new[1])), sorted(set(new[1]) - set(old[1]))
    return "  ".join([*grades, " ".join([*(f"−{t}" for t in lost), *(f"+{t}" for t in gained)])]).strip()


def test_a_replay_with_another_version_does_what_was_foretold(
    world: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = world.line.settings.desks / "us_russia/topics.yaml", tmp_path / "other.yaml"
    _another_version(file, other)
    before, quiet = _views(world), world.picture()
    assert quiet["alerts"], "something rang while it was new"
    foretold = _foretold(world, other, monkeypatch)

    file.write_bytes(other.read_bytes())
    start, end = world.now() - timedelta(days=1), world.now() + timedelta(minutes=1)
    counts = replay(world.fresh(), start, end, "test")
    raise_alerts(world.fresh())

    after = _views(world)
    assert counts["changed"] == len(after), "articles of which nothing else changes name the new version, too"
    assert {version for *_, version in after.values()} == {load_taxonomy(file).version}
    happened = {id_: _change(old, after[id_]) for id_, old in before.items() if old[:2] != after[id_][:2]}
    assert {change for rest in happened.values() for change in rest.split()} >= {"−energy", "+culture_sport", "0"}
    assert foretold.keys() == happened.keys()
    assert all(foretold[id_].endswith(change) for id_, change in happened.items())
    assert world.picture() == quiet, "the past does not ring, and stories, items and revisions stay"
    assert replay(world.fresh(), start, end, "test")["changed"] == 0, "once is enough"
