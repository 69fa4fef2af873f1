"""How well `hotline cluster` does on labelled articles."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from hotline.stories.lines import cluster_lines


class Score(NamedTuple):
    """Precision, recall and their harmonic mean, 0 to 1."""

    precision: float
    recall: float
    f1: float


def report(file: Path) -> str:
    """The scores of a JSON Lines file (see `evaluate`), for people. Raises ValueError where it is of neither kind."""
    with file.open(encoding="utf-8") as lines:
        scores = evaluate(json.loads(line) for line in lines if line.strip())
    return "\n".join(
        f"{name:<10} {'  '.join(f'{part} {figure:.3f}' for part, figure in value.items())}"
        if isinstance(value, dict)
        else f"{name:<10} {value}"
        for name, value in scores.items()
    )


def evaluate(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Scores labelled records, of one of two kinds.

    Pairs: `pair_id`, `label` (OK: the same story; anything else: not), `lang`, `a` and `b` with `title` and `text`.
    Each pair is clustered alone: `pairs` scores "same".
    Articles: `cluster` (the true one), `title`, `text` or `body`, and optionally `published` or `published_at`,
    `language`, `publisher`. They arrive as they stand: `pairs` scores every two of them, `b_cubed` the clusters.
    """
    rows = list(records)
    if not rows:
        raise ValueError("nothing to score: the file has no records")
    if all("label" in row for row in rows):
        return {"documents": 2 * len(rows), "pairs": score_pairs(rows)._asdict()}
    if all("cluster" in row for row in rows):
        found = [line["story_id"] for line in cluster_lines(_line(str(n), row) for n, row in enumerate(rows))]
        truth = [row["cluster"] for row in rows]
        return {
            "documents": len(rows),
            "stories": len(set(found)),
            "pairs": same_pairs(truth, found)._asdict(),
            "b_cubed": b_cubed(truth, found)._asdict(),
        }
    raise ValueError("every record needs `label` with `a` and `b` (pairs), or every record needs `cluster` (articles)")


def score_pairs(rows: Iterable[Mapping[str, Any]]) -> Score:
    """The score of "same" on labelled pairs, each clustered alone."""
    truth, found = [], []
    for row in rows:
        both = [_line(side, {"language": row.get("lang"), **row[side]}) for side in ("a", "b")]
        one, two = cluster_lines(both)
        truth.append(row["label"] == "OK")
        found.append(one["story_id"] == two["story_id"])
    return _score(sum(t and f for t, f in zip(truth, found, strict=True)), sum(found), sum(truth))


def same_pairs(truth: Sequence[str], found: Sequence[str]) -> Score:
    """The score of "in the same cluster" over every two items."""
    pairs = list(combinations(range(len(truth)), 2))
    same = [truth[a] == truth[b] for a, b in pairs]
    said = [found[a] == found[b] for a, b in pairs]
    return _score(sum(s and t for s, t in zip(same, said, strict=True)), sum(said), sum(same))


def b_cubed(truth: Sequence[str], found: Sequence[str]) -> Score:
    """B³ (Bagga and Baldwin, 1998): precision and recall of each item's cluster, averaged over the items."""
    true_members, found_members = _members(truth), _members(found)
    precision = recall = 0.0
    for true, said in zip(truth, found, strict=True):
        both = len(true_members[true] & found_members[said])
        precision += both / len(found_members[said])
        recall += both / len(true_members[true])
    precision, recall = precision / len(truth), recall / len(truth)
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def _members(labels: Sequence[str]) -> dict[str, set[int]]:
    members = defaultdict(set)
    for item, label in enumerate(labels):
        members[label].add(item)
    return members


def _score(both: int, said: int, true: int) -> Score:
    return Score(both / said if said else 0.0, both / true if true else 0.0, 2 * both / (said + true or 1))


def _line(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "title": row.get("title"),
        "body": row.get("text") or row.get("body"),
        "published_at": row.get("published_at") or row.get("published"),
        "language": row.get("language") or row.get("lang"),
        "publisher": row.get("publisher"),
    }
