"""Times, dates and numbers as people say them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel, force_locale

from organizer.core.time import at_wall
from organizer.web import filters

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    app = Flask("bare")
    Babel(app, default_locale="en")
    with app.test_request_context(), time_machine.travel(NOW, tick=False):
        yield


def event(starts: str, ends: str, *, zone: str = "Europe/Sofia", all_day: bool = False) -> SimpleNamespace:
    begin, end = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    return SimpleNamespace(
        starts_wall=begin,
        ends_wall=end,
        zone=zone,
        all_day=all_day,
        starts_at=at_wall(begin, zone),
        ends_at=at_wall(end, zone),
    )


@pytest.mark.parametrize(
    ("starts", "ends", "all_day", "said"),
    [
        ("2026-11-28 18:30", "2026-11-28 20:30", False, "Sat 28 Nov, 18:30–20:30"),
        ("2027-01-02 09:05", "2027-01-02 10:00", False, "Sat 2 Jan 2027, 09:05–10:00"),
        ("2026-11-28 22:00", "2026-11-29 02:00", False, "Sat 28 Nov, 22:00–02:00"),
        ("2026-11-28 18:30", "2026-11-29 16:00", False, "Sat 28 Nov, 18:30 – Sun 29 Nov, 16:00"),
        ("2026-11-28 00:00", "2026-11-29 00:00", True, "Sat 28 Nov"),
        ("2026-11-28 00:00", "2026-12-01 00:00", True, "Sat 28 Nov – Mon 30 Nov"),
        ("2027-05-28 00:00", "2027-05-30 00:00", True, "Fri 28 May – Sat 29 May 2027"),
        ("2026-12-31 00:00", "2027-01-02 00:00", True, "Thu 31 Dec 2026 – Fri 1 Jan 2027"),
        ("2026-11-28 18:30", "2026-11-28 18:30", False, "Sat 28 Nov, 18:30"),
    ],
)
def test_when(starts: str, ends: str, all_day: bool, said: str) -> None:
    assert filters.when(event(starts, ends, all_day=all_day)) == said


def test_when_takes_rows_as_mappings_too() -> None:
    assert filters.when(vars(event("2026-11-28 18:30", "2026-11-28 20:30"))) == "Sat 28 Nov, 18:30–20:30"


def test_when_in_the_visitors_zone() -> None:
    walk = event("2026-11-28 18:30", "2026-11-28 20:30")
    assert filters.when(walk, "America/New_York") == "Sat 28 Nov, 11:30–13:30"
    assert filters.when(walk, "Asia/Tokyo") == "Sun 29 Nov, 01:30–03:30"


def test_other_languages() -> None:
    walk = event("2026-11-28 18:30", "2026-11-28 20:30")
    with force_locale("bg"):
        assert filters.when(walk) == "сб, 28 ное, 18:30–20:30"
        assert filters.day(date(2027, 1, 2)) == "сб, 2 яну 2027 г."
        assert filters.number(1234567) == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"
        assert filters.country("BG") == "България"
    with force_locale("de"):
        assert filters.when(walk) == "Sa., 28. Nov., 18:30–20:30"
    with force_locale("en_US"):
        assert filters.clock(datetime(2026, 11, 28, 18, 30)) == "18:30"


def test_hours_stand_alone_only_within_a_day() -> None:
    assert filters.hours(event("2026-11-28 18:30", "2026-11-28 20:30")) == "18:30–20:30"
    assert filters.hours(event("2026-11-28 18:30", "2026-11-29 20:30")) == ""
    assert filters.hours(event("2026-11-28 00:00", "2026-11-29 00:00", all_day=True)) == ""


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ("2026-11-24 18:00", "today"),
        ("2026-11-25 00:30", "tomorrow"),
        ("2026-11-27 18:00", "in 3 days"),
        ("2026-12-10 18:00", "in 2 weeks"),
        ("2027-02-24 18:00", "in 3 months"),
        ("2029-02-24 18:00", "in 2 years"),
        ("2026-11-23 18:00", "yesterday"),
        ("2026-11-20 18:00", "4 days ago"),
        ("2026-11-24 13:00", "happening now"),
    ],
)
def test_in_days_counts_days_of_the_events_own_zone(starts: str, said: str) -> None:
    ends = (datetime.fromisoformat(starts) + timedelta(hours=2)).isoformat()
    assert filters.in_days(event(starts, ends)) == said


def test_tomorrow_begins_at_midnight_there() -> None:
    assert filters.in_days(event("2026-11-25 00:30", "2026-11-25 01:00", zone="Asia/Tokyo")) == "tomorrow"
    with time_machine.travel(datetime(2026, 11, 24, 15, 10, tzinfo=UTC), tick=False):
        assert filters.in_days(event("2026-11-25 01:30", "2026-11-25 02:00", zone="Asia/Tokyo")) == "today"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"), (86400, "yesterday"), (86400 * 20, "2 weeks ago")],
)
def test_ago(seconds: int, said: str) -> None:
    assert filters.ago(NOW - timedelta(seconds=seconds)) == said


def test_zones_by_their_letters_or_their_city() -> None:
    assert filters.zone_name("Europe/Sofia", datetime(2026, 11, 28, 18, 30)) == "EET"
    assert filters.zone_name("Europe/Sofia", datetime(2026, 7, 28, 18, 30)) == "EEST"
    assert filters.zone_name("Asia/Almaty", datetime(2026, 7, 28, 18, 30)) == "Almaty time"


def test_small_things() -> None:
    assert filters.tile(date(2026, 11, 28)) == ("Sat", "28", "Nov")
    assert filters.iso(NOW) == "2026-11-24T12:00:00Z"
    assert filters.number(1234) == "1,234"
    assert filters.country("") == ""
    assert filters.country("XQ") == "XQ"
    assert filters.long_day(date(2026, 11, 28)) == "Saturday 28 November 2026"


def test_a_list_of_days_is_said_quickly() -> None:
    """A guard against formatting through Babel each time (about 120 µs); the limit leaves room for a busy machine."""
    walks = [event(f"2026-11-{d:02} 18:30", f"2026-11-{d:02} 20:30") for d in range(1, 29)]
    for walk in walks:
        filters.when(walk)
    begin = perf_counter()
    for _ in range(50):
        for walk in walks:
            filters.when(walk)
    assert (perf_counter() - begin) / (50 * len(walks)) < 60e-6
