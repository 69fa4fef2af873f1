"""A desk: what is watched, for whom, and every wait, as desk.yaml says."""

from datetime import timedelta

from pydantic import Field

from schemas.base import Contract
from schemas.rule import Recipient


class Polling(Contract):
    """When feeds and pages are fetched."""

    floor: timedelta = Field(default=timedelta(minutes=1), description="Shortest interval between two polls.")
    ceiling: timedelta = Field(default=timedelta(days=1), description="Longest interval while a feed answers.")
    start: timedelta = Field(default=timedelta(minutes=5), description="Interval of a feed not known yet.")
    revival: timedelta = Field(default=timedelta(days=30), description="Longest interval of a feed that fails.")
    retry: timedelta = Field(default=timedelta(minutes=2), description="First wait after a failure; doubles.")
    retry_after_cap: timedelta = Field(default=timedelta(hours=24), description="Longest Retry-After obeyed.")
    adopt_redirect_after: timedelta = Field(
        default=timedelta(days=7), description="How long a permanent redirect must hold before it is adopted."
    )
    host_spacing: timedelta = Field(default=timedelta(seconds=1), description="Pause between two requests to a host.")
    host_concurrency: int = Field(default=2, ge=1, description="Requests to one host at a time.")
    timeout: timedelta = Field(default=timedelta(seconds=30), description="Time for a whole response.")
    page_attempts: int = Field(default=6, ge=1, description="Fetches of a page before its item has failed.")
    allow_private_addresses: bool = Field(
        default=False, description="True: loopback and private addresses may be fetched (the demo does)."
    )


class Alerting(Contract):
    """When people are told."""

    max_age: timedelta = Field(default=timedelta(hours=24), description="Older articles never ring singly.")
    retry: timedelta = Field(default=timedelta(minutes=1), description="First wait after a failed delivery; doubles.")
    retry_ceiling: timedelta = Field(default=timedelta(hours=1), description="Longest wait between two tries.")
    give_up_after: timedelta = Field(default=timedelta(days=3), description="A delivery that failed this long fails.")


class Rechecks(Contract):
    """When a relevant article's page is looked at again."""

    after: list[timedelta] = Field(
        default=[
            timedelta(minutes=15),
            timedelta(hours=1),
            timedelta(hours=6),
            timedelta(days=1),
            timedelta(days=3),
        ],
        description="Ages of the article at which its page is looked at again.",
    )


class Health(Contract):
    """When the operator is told."""

    failing_after: int = Field(default=5, ge=1, description="Polls failed in a row that make a feed failing.")
    silent_after: timedelta = Field(default=timedelta(days=2), description="No new entry for so long makes silence.")
    stuck_after: timedelta = Field(
        default=timedelta(minutes=15), description="Age of an unprocessed batch that is stuck."
    )


class Retention(Contract):
    """How long things are kept."""

    captures: timedelta = Field(default=timedelta(days=90), description="WARC files.")
    articles: timedelta = Field(default=timedelta(days=3650), description="Articles, revisions, stories, alerts.")
    items: timedelta = Field(default=timedelta(days=365), description="Items, batches and deliveries.")
    keys_beyond: timedelta = Field(default=timedelta(days=365), description="Keys outlive articles by this.")
    airflow: timedelta = Field(default=timedelta(days=7), description="Airflow's own record of runs.")


class Desk(Contract):
    """A desk's desk.yaml. The folder's name is the desk's id."""

    title: str = Field(description="What people call the desk.")
    recipients: list[Recipient] = Field(min_length=1, description="Who is told.")
    polling: Polling = Field(default_factory=Polling, description="When feeds and pages are fetched.")
    alerting: Alerting = Field(default_factory=Alerting, description="When people are told.")
    rechecks: Rechecks = Field(default_factory=Rechecks, description="When pages are looked at again.")
    health: Health = Field(default_factory=Health, description="When the operator is told.")
    retention: Retention = Field(default_factory=Retention, description="How long things are kept.")
