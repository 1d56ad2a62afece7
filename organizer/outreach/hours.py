"""When a letter may come, by the reader's own clock: quiet hours, and the hour of the daily letter.

Hours are wall times in the reader's zone, so they stay where they are when clocks change: one that is skipped moves forward
by the gap, one that is repeated means its first pass (`core.time.at_wall`), its second if that has gone by.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from organizer.core.time import at_wall, to_wall, zone_of
from organizer.settings import Settings

LEAD = timedelta(hours=3)  # a letter about an event is of use if it comes at least this long before
_DAY = timedelta(days=1)


def zone_among(*names: str) -> str:
    """Return the first of `names` that is a time zone, UTC if none is."""
    for name in names:
        try:
            zone_of(name)
        except ValueError:
            continue
        return name
    return "UTC"


def quiet_until(moment: datetime, zone: str, chosen: Settings) -> datetime | None:
    """Return when the quiet hours end in which `moment` lies in `zone`; None if it lies in none."""
    begins, ends = chosen.quiet_from, chosen.quiet_until
    wall = to_wall(moment, zone)
    # Hours since they began, over midnight: 23:00 and 1:00 are one and three hours after 22:00.
    if (wall.hour - begins) % 24 >= (ends - begins) % 24:
        return None
    day = wall.date() + _DAY if wall.hour >= ends else wall.date()
    end = datetime.combine(day, time(ends))
    first = at_wall(end, zone)
    # Clocks were put back over the end of the night: it ends when they show it for the second time.
    return first if first > moment else end.replace(tzinfo=zone_of(zone), fold=1).astimezone(UTC)


def next_digest(moment: datetime, zone: str, chosen: Settings) -> datetime:
    """Return when the first daily letter after `moment` goes out in `zone`."""
    today = to_wall(moment, zone).date()
    for day in (today, today + _DAY):
        instant = at_wall(datetime.combine(day, time(chosen.digest_hour)), zone)
        if instant > moment:
            return instant
    raise AssertionError("a day has passed twice")


def is_in_time(instant: datetime, starts_at: datetime | None) -> bool:
    """Whether a letter that comes at `instant` is of use for an event that begins at `starts_at` (None: for ever)."""
    return starts_at is None or instant + LEAD <= starts_at
