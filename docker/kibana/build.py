"""Compiles what Kibana shows (data views, saved searches, a dashboard a desk) from the YAML beside this file.

    python docker/kibana/build.py [OUT [DESKS]]

OUT is what Kibana's saved-object import takes, one JSON object a line (default: dist/kibana.ndjson). DESKS is the
folder of desks (default: desks). Dashboards are compiled by kb-dashboard-core; data views and saved searches, which it
only refers to, here.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import yaml
from kb_dashboard_core import render
from kb_dashboard_core.loader import DashboardConfig

type SavedObject = dict[str, Any]

HERE = Path(__file__).parent
# The forms of Kibana 8.8, which every later Kibana migrates by itself; a newer form would shut out older ones.
FORM = {"coreMigrationVersion": "8.8.0", "managed": False}
DATA_VIEW_FORM = FORM | {"typeMigrationVersion": "8.0.0"}
SEARCH_FORM = FORM | {"typeMigrationVersion": "8.0.0"}
INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"


def saved_objects(desks: Path) -> list[SavedObject]:
    """Every saved object, those referred to before those that refer.

    Raises: KeyError or ValueError where a placeholder or a key of the YAML is not known, pydantic.ValidationError where
    the dashboard is not what kb-dashboard-core understands.
    """
    views = _yaml("data_views.yaml", {})
    searches = _yaml("searches.yaml", None)
    objects = [_data_view(id_, view) for id_, view in views.items()]
    objects += [_search(search) for search in searches["once"]]
    for desk in sorted(path.parent for path in desks.glob("*/desk.yaml")):
        names = {"desk": desk.name, "desk_title": _read(desk / "desk.yaml")["title"]}
        objects += [_search(_filled(search, names)) for search in searches["each_desk"]]
        objects += [
            _search(_filled(search, names | {"topic": topic, "topic_title": title}))
            for topic, title in _topics(desk / "topics.yaml")
            for search in searches["each_topic"]
        ]
        objects += _dashboards(names)
    return objects


def _topics(path: Path) -> Iterator[tuple[str, str]]:
    for id_, topic in _read(path)["topics"].items():
        yield id_, topic["title"]


def _data_view(id_: str, view: dict[str, Any]) -> SavedObject:
    attributes = {"title": view["index"], "name": view["title"], "allowNoIndex": True}
    if view["time"]:
        attributes["timeFieldName"] = view["time"]
    return {"type": "index-pattern", "id": id_, "attributes": attributes, "references": [], **DATA_VIEW_FORM}


def _search(search: dict[str, Any]) -> SavedObject:
    source = {
        "query": {"query": search["query"], "language": "lucene"},
        "filter": [],
        "indexRefName": INDEX_REFERENCE,
    }
    attributes = {
        "title": search["title"],
        "description": search["description"],
        "columns": search["columns"],
        "sort": [[search["sort"], "desc"]],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, ensure_ascii=False)},
    }
    references = [{"type": "index-pattern", "id": search["data_view"], "name": INDEX_REFERENCE}]
    return {"type": "search", "id": search["id"], "attributes": attributes, "references": references, **SEARCH_FORM}


def _dashboards(names: dict[str, str]) -> list[SavedObject]:
    config = DashboardConfig.model_validate(_yaml("dashboard.yaml", names))
    return [_mended(render(dashboard).model_dump(mode="json", by_alias=True)) for dashboard in config.dashboards]


def _mended(dashboard: SavedObject) -> SavedObject:
    """The dashboard with the names of its saved searches as Kibana looks them up.

    A reference is called `<panel>:<name>` and the panel says `<name>`; kb-dashboard-core 0.4.1 puts the long form into
    both, which Kibana before 9.2 answers with "Could not find reference".
    """
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    for panel in panels:
        if "panelRefName" in panel:
            panel["panelRefName"] = panel["panelRefName"].removeprefix(f"{panel['panelIndex']}:")
    dashboard["attributes"]["panelsJSON"] = json.dumps(panels, ensure_ascii=False)
    return dashboard


def _filled(value: Any, names: dict[str, str]) -> Any:
    """`value` with the placeholders in its strings filled in."""
    if isinstance(value, str):
        return Template(value).substitute(names)
    if isinstance(value, list):
        return [_filled(member, names) for member in value]
    if isinstance(value, dict):
        return {key: _filled(member, names) for key, member in value.items()}
    return value


def _yaml(name: str, names: dict[str, str] | None) -> Any:
    value = _read(HERE / name)
    return value if names is None else _filled(value, names)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> None:
    """Writes the saved objects; for the arguments see above."""
    defaults = ["dist/kibana.ndjson", "desks"]
    out, desks = (Path(name) for name in arguments + defaults[len(arguments) :])
    objects = saved_objects(desks)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects), encoding="utf-8")
    sys.stdout.write(f"{len(objects)} saved objects written to {out}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
