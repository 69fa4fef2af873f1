"""A desk: what is watched, for whom, and every wait, as desk.yaml says."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from schemas.base import Contract, Duration
from schemas.rule import Recipient


class DeskFileError(ValueError):
    """A file of a desk is wrong: which file, which line (from 1; 0: the file as a whole), and what to do."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")
        self.path, self.line, self.message = path, line, message


class Polling(Contract):
    """When feeds and pages are fetched."""

    floor: Duration = Field(default=timedelta(minutes=1), description="Shortest interval between two polls.")
    ceiling: Duration = Field(default=timedelta(days=1), description="Longest interval while a feed answers.")
    start: Duration = Field(default=timedelta(minutes=5), description="Interval of a feed not known yet.")
    revival: Duration = Field(default=timedelta(days=30), description="Longest interval of a feed that fails.")
    retry: Duration = Field(default=timedelta(minutes=2), description="First wait after a failure; doubles.")
    retry_after_cap: Duration = Field(default=timedelta(hours=24), description="Longest Retry-After obeyed.")
    adopt_redirect_after: Duration = Field(
        default=timedelta(days=7), description="How long a permanent redirect must hold before it is adopted."
    )
    host_spacing: Duration = Field(default=timedelta(seconds=1), description="Pause between two requests to a host.")
    host_concurrency: int = Field(default=2, ge=1, description="Requests to one host at a time.")
    timeout: Duration = Field(default=timedelta(seconds=30), description="Time for a whole response.")
    page_attempts: int = Field(default=6, ge=1, description="Fetches of a page before its item has failed.")
    allow_private_addresses: bool = Field(
        default=False, description="True: loopback and private addresses may be fetched (the demo does)."
    )


class Alerting(Contract):
    """When people are told."""

    max_age: Duration = Field(default=timedelta(hours=24), description="Older articles never ring singly.")
    retry: Duration = Field(default=timedelta(minutes=1), description="First wait after a failed delivery; doubles.")
    retry_ceiling: Duration = Field(default=timedelta(hours=1), description="Longest wait between two tries.")
    give_up_after: Duration = Field(default=timedelta(days=3), description="A delivery that failed this long fails.")
    update_facts: int = Field(default=3, ge=1, description="New facts in a report that make a told story news again.")
    update_outlets: list[int] = Field(
        default=[50, 200], description="Numbers of outlets at which a told story is news again."
    )
    update_spacing: Duration = Field(
        default=timedelta(minutes=15), description="Least wait between two messages on a story; severity ignores it."
    )
    follow: Duration = Field(default=timedelta(days=7), description="How long after an alert its story is followed.")
    flood_messages: int = Field(
        default=20, ge=1, description="Messages to one recipient in `flood_window`; what goes beyond is one digest."
    )
    flood_window: Duration = Field(default=timedelta(hours=1), description="The window that messages are counted in.")
    escalate_after: Duration = Field(
        default=timedelta(minutes=30), description="A critical alert that nobody acknowledged this long is escalated."
    )
    escalate_to: list[str] = Field(
        default_factory=list, description="Names of the recipients it is escalated to; empty: it is not."
    )
    mute_for: Duration = Field(default=timedelta(days=7), description="How long a mute lasts.")
    snooze_for: Duration = Field(default=timedelta(hours=2), description="How long a snooze lasts.")
    links_valid: Duration = Field(default=timedelta(days=14), description="How long the links in a message work.")
    caught_up_after: Duration = Field(
        default=timedelta(hours=3), description="What an outage delayed longer comes in one digest, not singly."
    )
    caught_up_wait: Duration = Field(
        default=timedelta(minutes=10), description="How long what an outage delayed is gathered for that digest."
    )


class Rechecks(Contract):
    """When a relevant article's page is looked at again."""

    after: list[Duration] = Field(
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
    silent_after: Duration = Field(
        default=timedelta(hours=6), description="A silence is told when it lasts longer and is not usual for the feed."
    )
    lost_after: Duration = Field(
        default=timedelta(hours=1), description="A tier-1 feed that fails longer is lost: analysts are told."
    )
    stuck_after: Duration = Field(
        default=timedelta(minutes=15), description="Age of an unprocessed batch that is stuck."
    )


class Retention(Contract):
    """How long things are kept."""

    captures: Duration = Field(default=timedelta(days=90), description="WARC files.")
    articles: Duration = Field(default=timedelta(days=3650), description="Articles, revisions, stories, alerts.")
    items: Duration = Field(default=timedelta(days=365), description="Items, batches and deliveries.")
    keys_beyond: Duration = Field(default=timedelta(days=365), description="Keys outlive articles by this.")
    airflow: Duration = Field(default=timedelta(days=7), description="Airflow's own record of runs.")
    snapshots: Duration = Field(
        default=timedelta(days=7), description="Snapshots of the index; the newest is always kept."
    )


class Desk(Contract):
    """A desk's desk.yaml. The folder's name is the desk's id."""

    title: str = Field(description="What people call the desk.")
    recipients: list[Recipient] = Field(min_length=1, description="Who is told.")
    polling: Polling = Field(default_factory=Polling, description="When feeds and pages are fetched.")
    alerting: Alerting = Field(default_factory=Alerting, description="When people are told.")
    rechecks: Rechecks = Field(default_factory=Rechecks, description="When pages are looked at again.")
    health: Health = Field(default_factory=Health, description="When the operator is told.")
    retention: Retention = Field(default_factory=Retention, description="How long things are kept.")
