"""Quiet hours and the hour of the daily letter stay where they are on the reader's clock, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer.core.time import at_wall, to_wall
from organizer.outreach.hours import LEAD, is_in_time, next_digest, quiet_until, zone_among
from organizer.settings import Settings

ZONES = [
    "Europe/Sofia",
    "America/New_York",
    "America/Santiago",  # clocks change at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # twice a year around Ramadan
    "Pacific/Chatham",  # a zone of three quarters
]
HOUR = timedelta(hours=1)


def chosen(**hours: int) -> Settings:
    return Settings.from_env({}, instance="/nowhere", secret_key="x" * 40, **hours)


USUAL = chosen()


@lru_cache
def jumps(zone: str) -> list[datetime]:
    """The hours of 2026 to 2028 in which the clocks of `zone` change."""
    found, moment = [], datetime(2026, 1, 1, tzinfo=UTC)
    while moment < datetime(2029, 1, 1, tzinfo=UTC):
        later = moment + HOUR
        if to_wall(later, zone) - to_wall(moment, zone) != HOUR:
            found.append(moment)
        moment = later
    return found


def is_quiet(moment: datetime, zone: str, hours: Settings) -> bool:
    """The rule in other words: count the hours of the clock from the first quiet one on."""
    begins, ends = hours.quiet_from, hours.quiet_until
    quiet, hour = set(), begins
    while hour != ends:
        quiet.add(hour)
        hour = (hour + 1) % 24
    return to_wall(moment, zone).hour in quiet


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [(22, 8), (23, 1), (0, 5), (1, 2), (2, 3), (12, 0)])
def test_around_every_change_of_clocks(zone: str, hours: tuple[int, int]) -> None:
    rule = chosen(quiet_from=hours[0], quiet_until=hours[1])
    found = jumps(zone)
    assert len(found) >= 6
    for jump in found:
        for minutes in range(-26 * 60, 26 * 60, 30):
            moment = jump + timedelta(minutes=minutes)
            end = quiet_until(moment, zone, rule)
            assert (end is not None) == is_quiet(moment, zone, rule)
            if end is not None:
                assert moment < end <= moment + timedelta(hours=25)
                assert not is_quiet(end, zone, rule)
                was_skipped = to_wall(end, zone).hour != hours[1]
                assert was_skipped or is_quiet(end - timedelta(minutes=1), zone, rule)


@pytest.mark.parametrize("zone", ZONES)
def test_the_daily_letter_comes_once_on_each_day(zone: str) -> None:
    for jump in jumps(zone):
        day = to_wall(jump - 2 * timedelta(days=1), zone).date()
        moment = at_wall(datetime.combine(day, time(0)), zone)
        for _ in range(4):
            due = next_digest(moment, zone, USUAL)
            assert to_wall(due, zone) == datetime.combine(day, time(8))
            assert next_digest(due - timedelta(seconds=1), zone, USUAL) == due
            moment, day = due, day + timedelta(days=1)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 23),
)
@settings(max_examples=300, deadline=None)
def test_any_hours_in_any_zone(naive: datetime, zone: str, begins: int, ends: int) -> None:
    moment, rule = naive.replace(tzinfo=UTC), chosen(quiet_from=begins, quiet_until=ends, digest_hour=ends)
    end = quiet_until(moment, zone, rule)
    assert (end is not None) == is_quiet(moment, zone, rule)
    if end is not None:
        assert end > moment
        assert quiet_until(end, zone, rule) is None
    due = next_digest(moment, zone, rule)
    assert moment < due <= moment + timedelta(hours=25)


@pytest.mark.parametrize(
    ("before", "expected"), [(LEAD + timedelta(seconds=1), True), (LEAD, True), (LEAD - timedelta(seconds=1), False)]
)
def test_in_time_means_early_enough_to_be_of_use(before: timedelta, expected: bool) -> None:
    moment = datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert is_in_time(moment, moment + before) is expected
    assert is_in_time(moment, None)


@pytest.mark.parametrize(
    ("names", "zone"),
    [
        (("", "Europe/Sofia", "UTC"), "Europe/Sofia"),
        (("Nowhere/At_all", "Asia/Tokyo"), "Asia/Tokyo"),
        (("", "x"), "UTC"),
    ],
)
def test_the_first_zone_that_is_one(names: tuple[str, ...], zone: str) -> None:
    assert zone_among(*names) == zone


def test_settings_name_hours(tmp_path: Path) -> None:
    usual: dict[str, Any] = {"instance": str(tmp_path)}
    assert (Settings.from_env({}, **usual).quiet_from, Settings.from_env({}, **usual).quiet_until) == (22, 8)
