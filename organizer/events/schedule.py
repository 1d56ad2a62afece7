"""When an event is: the wall time that people were promised, and the instants derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from organizer.core.errors import N_, Invalid
from organizer.core.time import at_wall, to_wall, zone_of

USUAL_LENGTH = timedelta(hours=2)
LONGEST = timedelta(days=60)
"""No event lasts longer; lists and maps rely on it to look only so far back for what is still going on."""
EARLIEST, LATEST = (datetime(year, 1, 1) for year in (1970, 2200))  # noqa: DTZ001 (wall times)


@dataclass(frozen=True)
class Schedule:
    """Wall times are naive, in `zone`; instants are aware UTC. All-day: from 00:00 to 00:00 of the day after the last."""

    starts_wall: datetime
    ends_wall: datetime
    zone: str
    all_day: bool
    starts_at: datetime
    ends_at: datetime


class Clock(StrEnum):
    """What clocks do at a wall time."""

    PLAIN = "plain"
    SKIPPED = "skipped"  # put forward over it: clocks never show it
    REPEATED = "repeated"  # put back: clocks show it twice


def clock_at(wall: datetime, zone: str) -> Clock:
    """Say whether clocks in `zone` show `wall` once, never or twice (PEP 495)."""
    place = zone_of(zone)
    first = wall.replace(tzinfo=place, fold=0)
    if first.astimezone(UTC).astimezone(place).replace(tzinfo=None) != wall:
        return Clock.SKIPPED
    if first.utcoffset() != wall.replace(tzinfo=place, fold=1).utcoffset():
        return Clock.REPEATED
    return Clock.PLAIN


def plan(starts_wall: datetime, ends_wall: datetime | None, zone: str, all_day: bool = False) -> Schedule:
    """Return the schedule of an event that starts and ends at these wall times in `zone`.

    Without an end it lasts two hours, or the whole day. A skipped wall time becomes what clocks show then (03:30 → 04:30),
    a repeated one means its first pass. Seconds are dropped. Raises Invalid, naming the field, for an unknown zone, an end
    that is not after the start, more than 60 days, and years outside 1970–2199.
    """
    try:
        zone_of(zone)
    except ValueError as error:
        raise Invalid(N_("There is no such time zone."), "zone") from error
    for wall, field in ((starts_wall, "starts"), (ends_wall, "ends")):
        if wall is not None and not EARLIEST <= wall < LATEST:
            raise Invalid(N_("Please check the year."), field)
    if all_day:
        starts_wall, ends_wall = _whole_days(starts_wall, ends_wall)
    starts_wall, starts_at = _shown(starts_wall, zone, all_day)
    if ends_wall is None:
        ends_at = starts_at + USUAL_LENGTH
        ends_wall = to_wall(ends_at, zone)
        ends_at = max(at_wall(ends_wall, zone), starts_at + timedelta(minutes=1))
    else:
        if ends_wall <= starts_wall and not all_day:
            raise Invalid(N_("The end must be after the start."), "ends")
        ends_wall, ends_at = _shown(ends_wall, zone, all_day)
    if ends_at <= starts_at:
        raise Invalid(N_("The end must be after the start."), "ends")
    if ends_wall - starts_wall > LONGEST:
        raise Invalid(N_("An event lasts 60 days at most. Please make several."), "ends")
    return Schedule(starts_wall, ends_wall, zone, all_day, starts_at, ends_at)


def _whole_days(starts_wall: datetime, ends_wall: datetime | None) -> tuple[datetime, datetime]:
    first = datetime.combine(starts_wall.date(), time())
    if ends_wall is None:
        return first, first + timedelta(days=1)
    after = datetime.combine(ends_wall.date(), time())
    if after < ends_wall:
        after += timedelta(days=1)
    if after <= first:
        raise Invalid(N_("The last day must not be before the first."), "ends")
    return first, after


def _shown(wall: datetime, zone: str, all_day: bool) -> tuple[datetime, datetime]:
    """The wall time as clocks will show it, and its instant. Days stay days, even where midnight is skipped."""
    instant = at_wall(wall.replace(second=0, microsecond=0), zone)
    return (wall, instant) if all_day else (to_wall(instant, zone), instant)


def instants(starts_wall: datetime, ends_wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """Derive both instants by today's rules of `zone`, at least a minute apart: for events that were planned by older rules."""
    starts_at = at_wall(starts_wall, zone)
    return starts_at, max(at_wall(ends_wall, zone), starts_at + timedelta(minutes=1))
