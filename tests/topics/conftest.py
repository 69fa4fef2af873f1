"""The desk's tagger, built once."""

import json
from pathlib import Path
from typing import Any

import pytest

from hotline.topics.tagger import Tagger
from hotline.topics.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[2]
TEXTS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "texts.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Short texts written for these tests: look-alikes, texts about both parties, and headlines alone."""


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger(load_taxonomy(ROOT / "desks/us_russia/topics.yaml"))


@pytest.fixture(scope="session")
def toy() -> Tagger:
    return Tagger(load_taxonomy(ROOT / "tests/desks/us_china/topics.yaml"))
