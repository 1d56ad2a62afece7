"""Wall time and instants: what people were promised, on every clock of the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer.core.errors import Invalid
from organizer.core.time import to_wall
from organizer.events.schedule import LONGEST, Clock, clock_at, instants, plan

ZONES = ["Europe/Sofia", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
ZONES += ["Pacific/Apia", "America/Sao_Paulo", "Asia/Beirut", "Europe/Dublin"]
walls = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)).map(lambda w: w.replace(second=0, microsecond=0))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_without_an_end_it_lasts_two_hours() -> None:
    found = plan(wall("2026-11-28T18:30"), None, "Europe/Sofia")
    assert (found.starts_at, found.ends_at) == (
        datetime(2026, 11, 28, 16, 30, tzinfo=UTC),
        datetime(2026, 11, 28, 18, 30, tzinfo=UTC),
    )
    assert found.ends_wall == wall("2026-11-28T20:30")


def test_it_may_last_over_midnight_and_several_days() -> None:
    night = plan(wall("2026-12-31T21:00"), wall("2027-01-01T04:00"), "Europe/Sofia")
    assert night.ends_at - night.starts_at == timedelta(hours=7)
    assert plan(wall("2026-11-27T18:00"), wall("2026-11-29T12:00"), "Europe/Sofia").ends_wall.day == 29


def test_whole_days_run_from_midnight_to_midnight() -> None:
    one = plan(wall("2026-11-28T18:30"), None, "Europe/Sofia", all_day=True)
    assert (one.starts_wall, one.ends_wall) == (wall("2026-11-28T00:00"), wall("2026-11-29T00:00"))
    three = plan(wall("2026-11-28T00:00"), wall("2026-11-30T15:00"), "Europe/Sofia", all_day=True)
    assert three.ends_wall == wall("2026-12-01T00:00")
    with pytest.raises(Invalid):
        plan(wall("2026-11-28T00:00"), wall("2026-11-28T00:00"), "Europe/Sofia", all_day=True)


def test_whole_days_stay_whole_where_midnight_is_skipped() -> None:
    found = plan(wall("2018-11-04T00:00"), None, "America/Sao_Paulo", all_day=True)
    assert (found.starts_wall, found.ends_wall) == (wall("2018-11-04T00:00"), wall("2018-11-05T00:00"))
    assert found.ends_at - found.starts_at == timedelta(hours=23)


def test_a_skipped_hour_becomes_what_clocks_show_then() -> None:
    found = plan(wall("2027-03-28T03:30"), None, "Europe/Sofia")
    assert found.starts_wall == wall("2027-03-28T04:30")
    assert clock_at(wall("2027-03-28T03:30"), "Europe/Sofia") == Clock.SKIPPED


def test_a_repeated_hour_means_its_first_pass() -> None:
    found = plan(wall("2026-10-25T03:30"), None, "Europe/Sofia")
    assert found.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.ends_at - found.starts_at == timedelta(hours=2)
    assert clock_at(wall("2026-10-25T03:30"), "Europe/Sofia") == Clock.REPEATED
    assert clock_at(wall("2026-10-25T05:30"), "Europe/Sofia") == Clock.PLAIN


@pytest.mark.parametrize(
    ("starts", "ends", "zone", "field"),
    [
        ("2026-11-28T18:30", "2026-11-28T18:30", "Europe/Sofia", "ends"),
        ("2026-11-28T18:30", "2026-11-27T18:30", "Europe/Sofia", "ends"),
        ("2026-11-28T18:30", "2027-02-28T18:30", "Europe/Sofia", "ends"),
        ("2026-11-28T18:30", None, "Europe/Sophia", "zone"),
        ("2026-11-28T18:30", None, "../../etc/passwd", "zone"),
        ("0026-11-28T18:30", None, "Europe/Sofia", "starts"),
        ("9999-12-31T23:30", None, "Europe/Sofia", "starts"),
        ("2026-11-28T18:30", "9999-12-31T23:59", "Europe/Sofia", "ends"),
    ],
)
def test_nonsense_is_refused_at_its_field(starts: str, ends: str | None, zone: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        plan(wall(starts), wall(ends) if ends else None, zone)
    assert caught.value.field == field


@settings(max_examples=300, deadline=None)
@given(
    walls, st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=59)), st.sampled_from(ZONES), st.booleans()
)
def test_a_schedule_is_sound_wherever_it_is(
    start: datetime, length: timedelta | None, zone: str, all_day: bool
) -> None:
    try:
        found = plan(start, start + length if length else None, zone, all_day)
    except Invalid:  # an end inside the skipped hour, before the moved start
        assert Clock.SKIPPED in (clock_at(start, zone), clock_at(start + (length or timedelta()), zone))
        return
    assert found.starts_at < found.ends_at
    assert found.ends_wall - found.starts_wall <= LONGEST
    if not all_day:
        assert to_wall(found.starts_at, zone) == found.starts_wall
        assert to_wall(found.ends_at, zone) == found.ends_wall
        assert plan(found.starts_wall, found.ends_wall, zone) == found or clock_at(found.ends_wall, zone) != Clock.PLAIN
    else:
        assert found.starts_wall.time() == found.ends_wall.time() == datetime.min.time()


@settings(max_examples=200, deadline=None)
@given(walls, st.timedeltas(timedelta(0), timedelta(days=59)), st.sampled_from(ZONES))
def test_rederived_instants_are_never_reversed(start: datetime, length: timedelta, zone: str) -> None:
    starts_at, ends_at = instants(start, start + length, zone)
    assert starts_at < ends_at
