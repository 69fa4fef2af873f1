"""Hours as a recipient's clock shows them: quiet ones, and when digests come. Summer time is the zone's own matter."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.rule import Digest, DigestEvery, Weekday


def quiet_until(hours: str | None, timezone: str, now: datetime) -> datetime | None:
    """When the quiet `hours` (`22:00-07:00`) end in which `now` is; None outside them. They may go past midnight."""
    if hours is None:
        return None
    begins, ends = (time.fromisoformat(text) for text in hours.split("-"))
    zone = ZoneInfo(timezone)
    here = now.astimezone(zone)
    clock = here.time()
    if begins <= ends:
        is_quiet, ends_tomorrow = begins <= clock < ends, False
    else:
        is_quiet, ends_tomorrow = clock >= begins or clock < ends, clock >= begins
    if not is_quiet:
        return None
    return _at(here, ends, zone, days=1 if ends_tomorrow else 0)


def last_period(digest: Digest, timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """Start and end of the latest period of a digest that is over at `now`."""
    zone = ZoneInfo(timezone)
    here = now.astimezone(zone)
    if digest.every is DigestEvery.HOURLY:
        # Counted in UTC: the hour that summer time repeats comes twice, the one it leaves out not at all.
        end = now.astimezone(UTC) - timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
        return end - timedelta(hours=1), end
    length = 1 if digest.every is DigestEvery.DAILY else 7
    back = 0 if length == 1 else (here.weekday() - list(Weekday).index(digest.day)) % 7
    end = _at(here, digest.at, zone, days=-back)
    if end > now:
        back += length
        end = _at(here, digest.at, zone, days=-back)
    return _at(here, digest.at, zone, days=-back - length), end


def _at(day: datetime, clock: time, zone: ZoneInfo, *, days: int) -> datetime:
    """That time of the day `days` later, in UTC. A time that summer time leaves out is the moment of the change."""
    local = datetime.combine(day.date() + timedelta(days=days), clock, zone)
    return local.astimezone(UTC)
