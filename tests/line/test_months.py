"""What `maintain` does with months gone by, on a real node."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.line.context import Line
from hotline.line.maintain import SCATTERED, retain, segments
from hotline.search.indices import Kind, install
from hotline.search.store import Store, Write
from hotline.settings import Settings
from tests.stories.samples import FIRE, NOW, article

pytestmark = pytest.mark.elasticsearch
MONTHS = ("2031.04", "2031.05", "2031.06")
LAZY = {"segments_per_tier": 50, "max_merge_at_once": 50}  # Elasticsearch leaves the segments of this test alone
JUNE = datetime(2031, 6, 2, 3, tzinfo=UTC)


def held(store: Store) -> list[int]:
    """Segments of each month."""
    return [segments(store.client, store.indices.index_for(Kind.ARTICLES, month)) for month in MONTHS]


def test_past_months_become_one_segment_once_and_this_month_is_left_alone(store: Store, tmp_path: Path) -> None:
    line = Line(Settings(home=tmp_path, index_prefix=store.indices.prefix), clock=lambda: JUNE)
    line.__dict__["store"] = store
    install(store.client, store.indices, NOW)
    for month, writes in zip(MONTHS, (1, SCATTERED + 2, SCATTERED + 2), strict=True):
        index = store.indices.index_for(Kind.ARTICLES, month)
        store.client.options(ignore_status=400).indices.create(index=index)
        store.client.indices.put_settings(index=index, settings={"index.merge.policy": LAZY})
        for number in range(writes):
            id_ = f"{month}-{number}"
            store.write([Write(Kind.ARTICLES, id_, article(FIRE, id_), month)])
            store.refresh(Kind.ARTICLES)
    before = held(store)
    assert before[1] > SCATTERED < before[2]
    retain(line)
    deadline = time.monotonic() + 30
    while held(store)[1] > 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert held(store) == [before[0], 1, before[2]]
    assert store.count(Kind.ARTICLES) == 1 + 2 * (SCATTERED + 2), "nothing is lost"
