"""The instants of reminders over every change of clocks 2026–2028 in six zones, told without the function under test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from organizer.core.time import at_wall
from organizer.outreach.reminders import DAY, LONGEST_BEFORE, MORNING, reminders, thanks

ZONES = (
    *("Europe/Sofia", "America/New_York", "America/Santiago"),
    *("Australia/Lord_Howe", "Pacific/Auckland", "Africa/Casablanca"),  # by half an hour; in the south; around Ramadan
)


@dataclass(frozen=True)
class Meeting:
    """As much of an event as reminders look at."""

    starts_wall: datetime
    zone: str
    all_day: bool = False
    length: timedelta = timedelta(hours=2)

    @property
    def ends_wall(self) -> datetime:
        return self.starts_wall + self.length

    @property
    def starts_at(self) -> datetime:
        return at_wall(self.starts_wall, self.zone)


def shown(instant: datetime, zone: str) -> datetime:
    """What clocks show at an instant: the one thing about zones that is never unclear."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def changes(zone: str) -> list[datetime]:
    """The hours of 2026–2028 (UTC) in which clocks are changed."""
    found, hour = [], datetime(2026, 1, 1, tzinfo=UTC)
    while hour.year < 2029:
        after = hour + timedelta(hours=1)
        if shown(after, zone) - shown(hour, zone) != timedelta(hours=1):
            found.append(hour)
        hour = after
    return found


def first_shown(wall: datetime, zone: str) -> datetime:
    """The first instant at which clocks show `wall`, searched minute by minute; of a time that they skip, what comes
    as long after the change as it would have come without one."""
    start = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    for minute in range(30 * 60):
        instant = start + timedelta(minutes=minute)
        if shown(instant, zone) == wall:
            return instant
        if shown(instant, zone) > wall:
            before = instant - timedelta(minutes=1)
            return before + (wall - shown(before, zone))
    raise AssertionError("a day has no such time")


CASES = [(zone, change) for zone in ZONES for change in changes(zone)]


def test_there_are_enough_changes() -> None:
    assert len(CASES) == 36  # with three starts each, 108


@pytest.mark.parametrize("case", ["on the day", "the day after", "the day after, at the hour of the change"])
@pytest.mark.parametrize(("zone", "change"), CASES, ids=[f"{zone}-{change:%Y-%m-%d}" for zone, change in CASES])
def test_reminders_over_a_change_of_clocks(zone: str, change: datetime, case: str) -> None:
    before, after = shown(change, zone), shown(change + timedelta(hours=1), zone)
    day = after.date()
    starts = datetime.combine(day, time(18, 30))
    if case != "on the day":
        starts += timedelta(days=1)
    if case.endswith("change"):
        # Half an hour or a quarter into what clocks skip or show twice on the day before.
        jump = abs(after - before - timedelta(hours=1))
        edge = min(before + timedelta(hours=1), after)
        starts = datetime.combine(day + timedelta(days=1), (edge + jump / 2).time())
    turns = {turn.kind: turn for turn in reminders(Meeting(starts, zone))}
    assert turns[DAY].at == first_shown(starts - timedelta(days=1), zone)
    start = first_shown(starts, zone)
    assert turns[DAY].at < turns[DAY].until <= start
    assert start - turns[DAY].at <= LONGEST_BEFORE
    if starts.hour >= 11:
        morning = first_shown(datetime.combine(starts.date(), time(8)), zone)
        assert turns[MORNING].at == turns[DAY].until == morning
        assert turns[MORNING].until == start
    else:
        assert MORNING not in turns


def test_a_day_with_a_change_is_shorter_or_longer() -> None:
    spring = reminders(Meeting(datetime(2027, 3, 28, 18, 30), "Europe/Sofia"))
    autumn = reminders(Meeting(datetime(2027, 10, 31, 18, 30), "Europe/Sofia"))
    lengths = [turns[1].until - turns[0].at for turns in (spring, autumn)]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


@pytest.mark.parametrize(
    ("starts", "kinds"),
    [(time(10, 59), [DAY]), (time(11, 0), [DAY, MORNING]), (time(0, 0), [DAY]), (time(23, 59), [DAY, MORNING])],
)
def test_the_morning_is_for_what_begins_at_eleven_or_later(starts: time, kinds: list[str]) -> None:
    turns = reminders(Meeting(datetime.combine(datetime(2026, 11, 28), starts), "Europe/Sofia"))
    assert [turn.kind for turn in turns] == kinds


def test_whole_days_are_reminded_of_on_the_evening_before() -> None:
    (turn,) = reminders(Meeting(datetime(2026, 11, 28), "Europe/Sofia", all_day=True, length=timedelta(days=2)))
    assert turn.at == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    assert turn.until == datetime(2026, 11, 27, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "length", "all_day", "day"),
    [
        (datetime(2026, 11, 28, 18, 30), timedelta(hours=2), False, 29),
        (datetime(2026, 11, 28, 22, 0), timedelta(hours=5), False, 29),  # until three: still that evening's party
        (datetime(2026, 11, 27, 22, 0), timedelta(hours=10), False, 29),  # until eight
        (datetime(2026, 11, 28, 1, 0), timedelta(hours=2), False, 29),  # all of it at night
        (datetime(2026, 11, 27), timedelta(days=2), True, 29),
    ],
)
def test_thanks_come_at_ten_of_the_day_after(starts: datetime, length: timedelta, all_day: bool, day: int) -> None:
    turn = thanks(Meeting(starts, "Europe/Sofia", all_day, length))
    assert turn.at == datetime(2026, 11, day, 8, 0, tzinfo=UTC)
