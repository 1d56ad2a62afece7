"""The zones we write are the zones Python knows, for whoever reads them."""

import io
import re
import zoneinfo
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache

import dateutil.tz  # type: ignore[import-untyped]
import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Timezone

from organizer.calendars.timezones import is_unclear, vtimezone

FIRST, LAST = 2024, 2030
HOUR = timedelta(hours=1)
# Files beside the zones of places; "localtime" is whatever the machine is set to.
ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})


@cache
def changes(zone: str) -> list[datetime]:
    """Aware UTC moments at which `zone` changes its offset, from steps of six hours and no cleverness."""
    info, found = zoneinfo.ZoneInfo(zone), []
    moment, end = datetime(FIRST, 1, 1, tzinfo=UTC), datetime(LAST + 1, 1, 1, tzinfo=UTC)
    offset = info.utcoffset(moment.astimezone(info))
    while moment < end:
        following = moment + 6 * HOUR
        new = following.astimezone(info).utcoffset()
        if new != offset:
            found.append(moment)
        moment, offset = following, new
    return found


def walls(zone: str) -> list[datetime]:
    """Wall times each half hour around the changes of `zone`, and some in calm months, all unambiguous."""
    info = zoneinfo.ZoneInfo(zone)
    around = [m + n * HOUR / 2 for m in changes(zone) for n in range(-60, 72)]
    calm = [datetime(y, m, 15, 12, tzinfo=UTC) for y in range(FIRST, LAST + 1) for m in range(1, 13)]
    edges = [datetime(FIRST, 1, 2, tzinfo=UTC), datetime(LAST, 12, 30, tzinfo=UTC)]
    naive = {m.astimezone(info).replace(tzinfo=None, fold=0) for m in [*around, *calm, *edges]}
    return sorted(w for w in naive if FIRST <= w.year <= LAST and not is_unclear(w, zone))


def shape(zone: str) -> bytes:
    return vtimezone(zone, FIRST, LAST).replace(b":" + zone.encode(), b":")


@cache
def representatives() -> list[str]:
    """One zone for each different VTIMEZONE."""
    groups: dict[bytes, str] = {}
    for zone in ZONES:
        groups.setdefault(shape(zone), zone)
    return list(groups.values())


def onsets(written: bytes) -> list[tuple[datetime, timedelta]]:
    """All (wall time, offset after it) of a VTIMEZONE, read as RFC 5545 section 3.6.5 says."""
    found: list[tuple[datetime, timedelta]] = []
    for part in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)\r\n(.*?)END:", written.decode(), re.DOTALL):
        lines = dict(line.split(":", 1) for line in part.splitlines())
        start = datetime.strptime(lines["DTSTART"], "%Y%m%dT%H%M%S")
        after = datetime.strptime(lines["TZOFFSETTO"], "%z").utcoffset() or timedelta()
        if "RRULE" in lines:
            rule = rrulestr(lines["RRULE"], dtstart=start)
            found += [(onset, after) for onset in rule.between(start, datetime(LAST + 2, 1, 1), inc=True)]
        else:
            found.append((start, after))
    return sorted(found)


@pytest.mark.parametrize("initial", sorted({zone[0] for zone in ZONES}))
def test_each_zone_says_what_zoneinfo_says(initial: str) -> None:
    for zone in (z for z in ZONES if z.startswith(initial)):
        info = zoneinfo.ZoneInfo(zone)
        known = onsets(vtimezone(zone, FIRST, LAST))
        for wall in walls(zone):
            offset = [after for onset, after in known if onset <= wall][-1]
            assert offset == info.utcoffset(wall), (zone, wall)


def test_dateutil_and_so_vobject_reads_the_same_offsets() -> None:
    wrong = defaultdict(list)
    for zone in representatives():
        info = zoneinfo.ZoneInfo(zone)
        read = dateutil.tz.tzical(io.StringIO(vtimezone(zone, FIRST, LAST).decode())).get()
        for wall in walls(zone)[::5]:
            if wall.replace(tzinfo=read).utcoffset() != info.utcoffset(wall):
                wrong[zone].append(wall)
    assert not wrong


def test_icalendar_reads_the_same_offsets() -> None:
    wrong = defaultdict(list)
    for zone in representatives():
        info = zoneinfo.ZoneInfo(zone)
        body = vtimezone(zone, FIRST, LAST).replace(b"TZID:" + zone.encode(), b"TZID:Unknown/Place")
        component = Timezone.from_ical(body)
        assert isinstance(component, Timezone)
        read = component.to_tz(lookup_tzid=False)
        for wall in walls(zone)[::5]:
            if wall.replace(tzinfo=read).utcoffset() != info.utcoffset(wall):
                wrong[zone].append(wall)
    assert not wrong


def test_there_is_never_a_list_of_dates() -> None:
    for zone in representatives():
        assert b"RDATE" not in vtimezone(zone, FIRST, LAST)


@pytest.mark.parametrize(
    ("zone", "rule"),
    [
        ("Europe/Sofia", b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
        ("America/New_York", b"RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"),
        ("Australia/Sydney", b"RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10"),
        ("Australia/Lord_Howe", b"TZOFFSETTO:+1030"),
        ("Asia/Kathmandu", b"TZOFFSETTO:+0545"),
    ],
)
def test_a_zone_with_a_yearly_rule_carries_it(zone: str, rule: bytes) -> None:
    assert rule in vtimezone(zone, 2026, 2027)


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Asia/Jerusalem", "Africa/Cairo", "America/Santiago"])
def test_a_zone_that_no_week_rule_tells_lists_its_changes_one_by_one(zone: str) -> None:
    written = vtimezone(zone, 2026, 2027)
    assert written.count(b"BEGIN:STANDARD") + written.count(b"BEGIN:DAYLIGHT") == written.count(b"DTSTART:") >= 6


def test_a_zone_without_summer_time_is_one_standard_observance() -> None:
    written = vtimezone("Asia/Kolkata", 2026, 2026)
    assert written.count(b"BEGIN:STANDARD") == 1
    assert b"DAYLIGHT" not in written
    assert b"RRULE" not in written


def test_a_past_change_of_law_stands_beside_the_rule_of_today() -> None:
    """The United States moved the beginning of summer time in 2007."""
    known = onsets(vtimezone("America/Chicago", 2006, 2008))
    starts = [onset for onset, after in known if after == timedelta(hours=-5)]
    assert starts[1:3] == [datetime(2006, 4, 2, 2), datetime(2007, 3, 11, 2)]


def test_winter_is_standard_time_in_ireland_too() -> None:
    written = vtimezone("Europe/Dublin", 2026, 2026)
    assert b"TZNAME:IST" in written.split(b"BEGIN:STANDARD")[0]


@pytest.mark.parametrize(
    ("wall", "unclear"),
    [
        (datetime(2026, 10, 25, 2, 59), False),
        (datetime(2026, 10, 25, 3, 0), True),  # happens twice
        (datetime(2026, 10, 25, 3, 59), True),
        (datetime(2026, 10, 25, 4, 0), False),
        (datetime(2026, 3, 29, 2, 59), False),
        (datetime(2026, 3, 29, 3, 30), True),  # never happens
        (datetime(2026, 3, 29, 4, 0), False),
    ],
)
def test_the_repeated_and_the_skipped_hour_are_known(wall: datetime, unclear: bool) -> None:
    assert is_unclear(wall, "Europe/Sofia") is unclear
