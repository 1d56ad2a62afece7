"""Readers that know nothing but the calendar itself find the right moments in it."""

import calendar as days
from datetime import datetime, timedelta

import pytest
import vobject

from tests.calendars.test_ics import make_entry, read, renamed, written

EDGES = {
    # zone, wall time of the start → UTC, with an event of 30 minutes
    "before the gap": ("Europe/Sofia", datetime(2026, 3, 29, 2, 29), "20260329T002900Z"),
    "in the gap": ("Europe/Sofia", datetime(2026, 3, 29, 3, 10), "20260329T011000Z"),
    "over the gap": ("Europe/Sofia", datetime(2026, 3, 29, 2, 45), "20260329T004500Z"),
    "after the gap": ("Europe/Sofia", datetime(2026, 3, 29, 4, 0), "20260329T010000Z"),
    "repeated hour": ("Europe/Sofia", datetime(2026, 10, 25, 3, 15), "20261025T001500Z"),
    "after it": ("Europe/Sofia", datetime(2026, 10, 25, 4, 0), "20261025T020000Z"),
    "half-hour zone": ("Asia/Kolkata", datetime(2026, 7, 4, 18, 30), "20260704T130000Z"),
    "quarter-hour zone": ("Asia/Kathmandu", datetime(2026, 7, 4, 18, 30), "20260704T124500Z"),
    "half-hour summer time": ("Australia/Lord_Howe", datetime(2026, 12, 24, 18, 0), "20261224T070000Z"),
    "southern summer": ("America/Santiago", datetime(2026, 12, 24, 18, 0), "20261224T210000Z"),
    "southern winter": ("Australia/Sydney", datetime(2026, 7, 4, 18, 30), "20260704T083000Z"),
    "negative summer time": ("Europe/Dublin", datetime(2026, 7, 4, 18, 30), "20260704T173000Z"),
    "Ramadan": ("Africa/Casablanca", datetime(2026, 3, 1, 18, 0), "20260301T180000Z"),
    "not Ramadan": ("Africa/Casablanca", datetime(2026, 4, 1, 18, 0), "20260401T170000Z"),
    "year's end": ("Pacific/Auckland", datetime(2026, 12, 31, 23, 45), "20261231T104500Z"),
}


@pytest.mark.parametrize("name", EDGES)
def test_readers_find_the_instant(name: str) -> None:
    zone, wall, instant = EDGES[name]
    raw = written(make_entry(zone=zone, starts_wall=wall, ends_wall=wall + timedelta(minutes=30)))
    expected = datetime.strptime(instant, "%Y%m%dT%H%M%S%z")
    anonymous = renamed(raw, zone)
    event = read(anonymous)
    assert event.start == expected
    assert event.end > event.start
    other = vobject.readOne(anonymous.decode()).vevent
    assert other.dtstart.value == expected
    assert other.dtend.value > other.dtstart.value


def test_a_weekly_meeting_stays_at_its_hour_all_year() -> None:
    walls = [datetime(2026, 1, 6, 18, 30) + timedelta(weeks=n) for n in range(52)]
    entries = [
        make_entry(uid=f"{n}@x", starts_wall=wall, ends_wall=wall + timedelta(hours=2)) for n, wall in enumerate(walls)
    ]
    raw = renamed(written(*entries), "Europe/Sofia")
    for event in vobject.readOne(raw.decode()).vevent_list:
        assert (event.dtstart.value.hour, event.dtstart.value.minute) == (18, 30)
        summer = (
            days.timegm((2026, 3, 29, 1, 0, 0))
            <= event.dtstart.value.timestamp()
            < days.timegm((2026, 10, 25, 1, 0, 0))
        )
        assert event.dtstart.value.utcoffset() == timedelta(hours=3 if summer else 2)
