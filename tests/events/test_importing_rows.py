"""From rows to events: dates, places, what is refused, what is joined."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from organizer.core.errors import Invalid
from organizer.events import importing, importing_columns
from organizer.events.importing import Options, Plan, changed_groups
from organizer.events.importing_columns import BadMapping
from organizer.events.importing_rows import day_first, read_clock, read_when


def plan_of(rows: list[dict[str, Any]], **options: Any) -> Plan:
    table = importing.read_file(json.dumps(rows).encode())
    columns = options.pop("columns", None) or importing_columns.guessed(table.headers)
    return importing.planned(table, Options(columns, **options), "Europe/Sofia", "Walkers")


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-11-24", "", (datetime(2026, 11, 24), False)),
        ("20261124", "", (datetime(2026, 11, 24), False)),
        ("2026-11-24", "18:30", (datetime(2026, 11, 24, 18, 30), True)),
        ("2026-11-24T18:30", "", (datetime(2026, 11, 24, 18, 30), True)),
        ("2026-11-24 18:30:00", "", (datetime(2026, 11, 24, 18, 30), True)),
        ("2026-11-24T16:30:00Z", "", (datetime(2026, 11, 24, 18, 30), True)),
        ("2026-11-24T18:30+09:00", "", (datetime(2026, 11, 24, 11, 30), True)),
        ("24.11.2026", "", (datetime(2026, 11, 24), False)),
        ("24.11.2026 18:30", "", (datetime(2026, 11, 24, 18, 30), True)),
        ("4. 1. 2026", "", (datetime(2026, 1, 4), False)),
        ("2026/11/24", "6:30 pm", (datetime(2026, 11, 24, 18, 30), True)),
        ("4/11/2026", "", (datetime(2026, 11, 4), False)),
    ],
)
def test_dates_as_people_write_them(day: str, clock: str, expected: tuple[datetime, bool]) -> None:
    assert read_when(day, clock, "Europe/Sofia", is_day_first=True) == expected


@pytest.mark.parametrize("day", ["tomorrow", "32.1.2026", "2026-13-01", "", "1/2", "99999-01-01", "0000-00-00"])
def test_what_is_no_date_is_named(day: str) -> None:
    with pytest.raises(Invalid, match="no date"):
        read_when(day, "", "Europe/Sofia", is_day_first=True)


def test_a_date_that_may_be_two_is_refused_unless_another_row_tells() -> None:
    with pytest.raises(Invalid, match="may be two dates"):
        read_when("3/4/2026", "", "Europe/Sofia", is_day_first=None)
    assert day_first(["3/4/2026", "24/4/2026"]) is True
    assert day_first(["3/4/2026", "4/24/2026"]) is False
    assert day_first(["3/4/2026"]) is None
    assert day_first(["24/4/2026", "4/24/2026"]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("18:30", "18:30"), ("18.30", "18:30"), ("6pm", "18:00"), ("12 am", "00:00"), ("9h", "09:00")],
)
def test_clock_times(text: str, expected: str) -> None:
    assert read_clock(text).strftime("%H:%M") == expected


@pytest.mark.parametrize("text", ["25:00", "9:75", "noon", "9", "-1:00"])
def test_what_is_no_clock_time_is_named(text: str) -> None:
    with pytest.raises(Invalid, match="no time"):
        read_clock(text)


def test_days_stay_days_in_the_zone_of_the_city() -> None:
    plan = plan_of(
        [{"name": "C", "startDate": "2026-03-07", "endDate": "2026-03-09", "city": "Dallas, TX", "country": "U.S.A."}]
    )
    (event,) = plan.events
    schedule = event.row.schedule
    assert (schedule.all_day, schedule.zone) == (True, "America/Chicago")
    assert (schedule.starts_wall, schedule.ends_wall) == (datetime(2026, 3, 7), datetime(2026, 3, 10))
    assert schedule.ends_at - schedule.starts_at == timedelta(days=3, hours=-1)  # clocks go forward on the 8th
    assert event.row.spot is not None
    assert event.row.spot.latitude == pytest.approx(32.78, abs=0.01)


def test_times_stay_times() -> None:
    plan = plan_of(
        [
            {"title": "A", "start": "2026-11-24", "start time": "22:00", "end time": "01:00", "city": "Sofia"},
            {"title": "B", "start": "2026-11-24T18:00", "end": "2026-11-24", "city": "Sofia"},
            {"title": "C", "start": "2026-11-24T18:00", "city": "Sofia"},
        ]
    )
    walls = [(event.row.schedule.starts_wall, event.row.schedule.ends_wall) for event in plan.events]
    assert walls == [
        (datetime(2026, 11, 24, 22), datetime(2026, 11, 25, 1)),
        (datetime(2026, 11, 24, 18), datetime(2026, 11, 25)),
        (datetime(2026, 11, 24, 18), datetime(2026, 11, 24, 20)),
    ]
    assert not any(event.row.schedule.all_day for event in plan.events)


def test_the_same_event_under_several_topics_is_one_with_all_tags() -> None:
    row = {"name": "JSConf", "startDate": "2026-06-01", "city": "Berlin", "country": "Germany"}
    plan = plan_of(
        [row | {"topic": "javascript"}, row | {"topic": "CSS", "url": "https://x.example"}, row | {"topic": "css"}]
    )
    (event,) = plan.events
    assert event.row.tags == ("javascript", "css")
    assert event.row.website == "https://x.example"
    assert (plan.rows, plan.merged, plan.refusals) == (3, 2, ())


def test_every_row_is_accounted_for_and_every_refused_one_named() -> None:
    good = {"title": "Fine", "start": "2026-01-01", "city": "Sofia"}
    bad = [
        {"title": "", "start": "2026-01-01", "city": "Sofia"},
        {"title": "No date", "start": "", "city": "Sofia"},
        {"title": "Bad date", "start": "soon", "city": "Sofia"},
        {"title": "Backwards", "start": "2026-01-02", "end": "2026-01-01", "city": "Sofia"},
        {"title": "Nowhere", "start": "2026-01-01"},
        {"title": "x" * 141, "start": "2026-01-01", "city": "Sofia"},
        {"title": "Bad link", "start": "2026-01-01", "city": "Sofia", "url": "javascript:alert(1)"},
        {"title": "Bad pin", "start": "2026-01-01", "latitude": "91", "longitude": "0"},
        {"title": "Bad number", "start": "2026-01-01", "latitude": "north", "longitude": "0"},
        {"title": "Bad zone", "start": "2026-01-01", "city": "Sofia", "timezone": "../../etc/passwd"},
        {"title": "Bad capacity", "start": "2026-01-01", "city": "Sofia", "capacity": "many"},
        {"title": "Too long", "start": "2026-01-01", "end": "2027-01-01", "city": "Sofia"},
        {"title": "Too far", "start": "9999-12-31", "city": "Sofia"},
    ]
    plan = plan_of([good, *bad, good])
    assert [refusal.title for refusal in plan.refusals] == [row["title"][:80] for row in bad]
    assert all(refusal.line and refusal.sentence for refusal in plan.refusals)
    assert plan.rows == len(plan.events) + plan.merged + len(plan.refusals) == 15


def test_shifted_dates_do_not_change_what_an_event_is() -> None:
    rows = [{"title": "A", "start": "2026-11-24T18:00", "city": "Sofia"}]
    plain, shifted = plan_of(rows).events[0].row, plan_of(rows, shift_weeks=52).events[0].row
    assert plain.source_key == shifted.source_key
    assert shifted.schedule.starts_wall == datetime(2027, 11, 23, 18)


def test_a_pin_in_the_file_counts_as_set_by_a_human_and_tells_the_zone() -> None:
    plan = plan_of([{"title": "A", "start": "2026-11-24", "lat": "27,71", "lon": "85,32", "venue": "Temple"}])
    spot = plan.events[0].row.spot
    assert spot is not None
    assert (spot.city, spot.zone, spot.pin_by) == ("Kathmandu", "Asia/Kathmandu", "human")


def test_an_unknown_city_is_kept_and_named() -> None:
    plan = plan_of([{"title": "A", "start": "2026-11-24", "city": "Xqzz", "country": "Poland"}] * 3)
    assert plan.unlocated == (("Xqzz, Poland", 3),)
    assert plan.located_share == 0
    spot = plan.events[0].row.spot
    assert spot is not None
    assert (spot.city, spot.country, spot.latitude, spot.zone) == ("Xqzz", "PL", None, "Europe/Sofia")


def test_columns_are_guessed_or_said() -> None:
    assert importing_columns.guessed(["Заглавие", "Дата", "Град", "other"]) == {
        "title": "Заглавие",
        "starts": "Дата",
        "city": "Град",
    }
    plan = plan_of(
        [{"a": "T", "b": "2026-01-01", "c": "Sofia"}], columns={"title": "a", "starts": "b", "city": "c", "text": ""}
    )
    assert plan.events[0].row.title == "T"


@pytest.mark.parametrize(
    "columns", [{}, {"title": "a"}, {"title": "a", "starts": "gone"}, {"title": "a", "starts": "b", "hack": "c"}]
)
def test_a_mapping_that_cannot_be_is_refused(columns: dict[str, str]) -> None:
    with pytest.raises(BadMapping) as refused:
        plan_of([{"a": "T", "b": "2026-01-01"}], columns=columns or {"starts": "b"})
    assert refused.value.field


def test_digests_tell_what_changed() -> None:
    row = {"title": "A", "start": "2026-11-24", "city": "Sofia", "id": "7"}
    before = plan_of([row]).events[0].digest
    assert len(before) <= 64
    assert changed_groups(before, plan_of([row | {"start": "2026-11-25"}]).events[0].digest) == (True, False, False)
    assert changed_groups(before, plan_of([row | {"city": "Plovdiv"}]).events[0].digest) == (False, True, False)
    assert changed_groups(before, plan_of([row | {"topic": "x"}]).events[0].digest) == (False, False, True)
    assert changed_groups(None, before) == (True, True, True)


REAL = Path(__file__).parents[3] / "shared" / "data" / "conferences.json.gz"


@pytest.mark.skipif(not REAL.exists(), reason="the real data stand beside a developer's checkout only")
def test_real_data_are_accounted_for_and_nearly_all_located() -> None:
    table = importing.read_file(REAL.read_bytes())
    plan = importing.planned(table, Options(importing_columns.guessed(table.headers)), "Europe/Sofia")
    assert plan.rows == 6831
    assert len(plan.events) + plan.merged + len(plan.refusals) == 6831
    assert len(plan.events) == 6005
    assert len(plan.refusals) == 1
    assert plan.located_share >= 0.97


@pytest.mark.parametrize(
    "row",
    [
        {"date": "9999-12-31"},
        {"date": "9999-12-30", "end": "9999-12-31"},
        {"date": "0001-01-01T00:00+23:00"},
        {"date": "1.1.2030" + " " * 9000 + "x\n" * 500},
        {"capacity": "0" * 9 + "9" * 12},
        {"lat": "nan", "lon": "23"},
    ],
)
def test_a_row_beyond_all_bounds_is_refused_by_itself(row: dict[str, str]) -> None:
    plan = plan_of([{"title": "Walk", "date": "2030-05-05", "city": "Sofia"} | row], shift_weeks=2600)
    assert (len(plan.refusals), len(plan.events)) == (1, 0)
