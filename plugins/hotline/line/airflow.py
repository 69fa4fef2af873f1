"""What the DAG files share: assets, defaults and the way from a run to the line. The only module that knows Airflow."""

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Context, DeltaTriggerTimetable, IdentityMapper, PartitionedAssetTimetable
from airflow.sdk.exceptions import AirflowSkipException

from hotline.settings import settings

CAPTURES = Asset("captures")
ARTICLES = Asset("articles")

DEFAULTS: dict[str, Any] = {
    "owner": "hotline",
    "retries": 4,
    "retry_delay": timedelta(seconds=5),
    "execution_timeout": timedelta(minutes=3),
}


def poll_schedule() -> DeltaTriggerTimetable:
    """How often feeds are asked for: HOTLINE_POLL_SECONDS."""
    return DeltaTriggerTimetable(timedelta(seconds=settings().poll_seconds))


def on_each(asset: Asset) -> PartitionedAssetTimetable:
    """A run for every key (batch) of the asset. Plain asset schedules strand events that come in bursts."""
    return PartitionedAssetTimetable(assets=asset, default_partition_mapper=IdentityMapper())


def key_of(context: Context) -> str | None:
    """The batch that the run is about; None for a run by hand, which then drains."""
    key = context["dag_run"].partition_key
    return str(key) if key else None


def owner_of(context: Context) -> str:
    """Who takes leases: the run, so that a task that is tried again goes on with what it had."""
    return f"{context['dag_run'].dag_id}/{context['run_id']}"


def announce(context: Context, asset: Asset, keys: list[str]) -> None:
    """An event for each batch. Without any the task is skipped: no new items, no event."""
    if not keys:
        raise AirflowSkipException("nothing new")
    context["outlet_events"][asset].add_partitions(keys)
