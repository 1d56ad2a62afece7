"""Wall time and instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer.core.time import at_wall, to_wall, zone_of

ZONES = ["Europe/Sofia", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)), st.sampled_from(ZONES))
def test_what_clocks_show_leads_back_to_the_instant(naive: datetime, zone: str) -> None:
    instant = naive.replace(tzinfo=UTC, microsecond=0)
    again = at_wall(to_wall(instant, zone), zone)
    # In the repeated autumn hour the wall time names two instants; the first is meant.
    assert again == instant or again == instant - timedelta(hours=1) or again == instant - timedelta(minutes=30)


def test_the_first_pass_of_the_repeated_hour_is_meant() -> None:
    assert at_wall(datetime(2026, 10, 25, 3, 30), "Europe/Sofia") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_skipped_time_moves_forward() -> None:
    assert at_wall(datetime(2026, 3, 29, 3, 30), "Europe/Sofia") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "/etc/localtime", "Europe"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        zone_of(name)


def test_a_wall_time_carries_no_zone() -> None:
    with pytest.raises(ValueError, match="zone of its own"):
        at_wall(datetime(2026, 1, 1, tzinfo=UTC), "UTC")
