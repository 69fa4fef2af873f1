"""The desks as their files say; a file that is broken keeps its last good copy in force."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hotline.alerts.rules import load_desk, load_rules, unknown_names
from hotline.feeds.opml import read_opml
from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import KINDS, Taxonomy, load_taxonomy
from schemas.desk import Desk, DeskFileError
from schemas.feed import FeedSource
from schemas.rule import Rule


@dataclass
class LoadedDesk:
    """One folder under desks/."""

    id: str
    desk: Desk
    sources: list[FeedSource]
    rules: list[Rule]
    taxonomy: Taxonomy
    problems: list[DeskFileError] = field(default_factory=list)

    @cached_property
    def tagger(self) -> Tagger:
        """Built when first needed: polling and delivering do without."""
        return Tagger(self.taxonomy)


def load_desks(folder: Path, last_good: Path) -> dict[str, LoadedDesk]:
    """Every desk under `folder`, by id.

    A file that cannot be read is replaced by its copy under `last_good`, and the error is among the desk's
    problems. A desk without any good copy is left out of the answer only if it is the file of another desk that
    is broken; where no desk can be loaded at all, the first error is raised.
    """
    if not folder.is_dir():
        raise DeskFileError(folder, 0, "no such folder; set HOTLINE_DESKS to the folder that holds the desks")
    loaded: dict[str, LoadedDesk] = {}
    errors: list[DeskFileError] = []
    for path in sorted(p for p in folder.iterdir() if (p / "desk.yaml").is_file()):
        try:
            loaded[path.name] = _load(path, last_good / path.name)
        except DeskFileError as error:
            errors.append(error)
    if not loaded:
        raise errors[0] if errors else DeskFileError(folder, 0, "no desk here: a desk is a folder with a desk.yaml")
    next(iter(loaded.values())).problems.extend(errors)
    return loaded


def _load(path: Path, last_good: Path) -> LoadedDesk:
    problems: list[DeskFileError] = []

    def load[T](name: str, read: Callable[[Path], T]) -> tuple[T, Path]:
        try:
            value = read(path / name)
        except DeskFileError as error:
            if not (last_good / name).is_file():
                raise
            problems.append(error)
            return read(last_good / name), last_good / name
        _keep(path / name, last_good / name)
        return value, path / name

    desk, _ = load("desk.yaml", load_desk)
    sources, _ = load("feeds.opml", read_opml)
    (rules, faults), rules_path = load("rules.yaml", load_rules)
    taxonomy, _ = load("topics.yaml", load_taxonomy)
    faults += unknown_names(rules_path, rules, desk, set(taxonomy.topics), entity_ids(taxonomy))
    for source in sources:
        source.desks = [path.name]
    return LoadedDesk(path.name, desk, sources, rules, taxonomy, problems + faults)


def entity_ids(taxonomy: Taxonomy) -> set[str]:
    """Everything that a taxonomy knows by name: parties, people, offices, bodies, companies, places, others."""
    return {id_ for group in KINDS for id_ in getattr(taxonomy, group)} | set(taxonomy.parties)


def _keep(good: Path, copy: Path) -> None:
    if copy.is_file() and copy.read_bytes() == good.read_bytes():
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_name(f"{copy.name}.new")
    shutil.copyfile(good, fresh)
    fresh.replace(copy)


def all_sources(desks: dict[str, LoadedDesk]) -> dict[str, FeedSource]:
    """The feeds of all desks by id; one that several desks name is one feed, knows them all, and rests if all pause it.

    For the rest the first desk's file counts.
    """
    merged: dict[str, FeedSource] = {}
    for desk in desks.values():
        for source in desk.sources:
            known = merged.get(source.id)
            if known is None:
                merged[source.id] = source.model_copy()
            elif desk.id not in known.desks:
                update = {"desks": [*known.desks, desk.id], "paused": known.paused and source.paused}
                merged[source.id] = known.model_copy(update=update)
    return merged


def leading(desks: dict[str, LoadedDesk], ids: list[str]) -> Desk:
    """The desk whose waits hold for a feed that several watch: the one that polls fastest."""
    candidates = [desks[i].desk for i in ids if i in desks] or [d.desk for d in desks.values()]
    return min(candidates, key=lambda desk: desk.polling.floor)
