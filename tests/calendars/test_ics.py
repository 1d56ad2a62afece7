"""What is written is what readers read, whatever people type."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from organizer.calendars.ics import CalendarEntry, Head, Method, Status, calendar, event_lines, fold, text

NASTY = [
    "Line one\nline two\r\nline three",
    "Bare\rreturn",
    "Commas, semicolons; and back\\slashes \\n \\N \\, C:\\News",
    "x\nBEGIN:VEVENT\nUID:evil\nEND:VEVENT",
    "END:VEVENT\r\nEND:VCALENDAR",
    "Colon: \"quotes\" 'n' ^carets^ =equals=",
    "  leading and trailing  ",
    "Фоторазходка из Капана 📷👩‍👩‍👧‍👦 " * 9,
    "📷" * 40,
    "е" * 200,
    "tab\there",
    "\u200bzero\u200fwidth and RTL \u05e2\u05d1\u05e8\u05d9\u05ea",
    " " * 150 + "x",
]

numbers = itertools.count()


def make_entry(**given: Any) -> CalendarEntry:
    """A photo walk on a summer evening in Sofia."""
    usual: dict[str, Any] = {
        "uid": "k7m2q9x4ab@organizer.invalid",
        "sequence": 0,
        "created": datetime(2026, 1, 1, 10, tzinfo=UTC),
        "changed": datetime(2026, 1, 2, 10, 30, 5, tzinfo=UTC),
        "starts_wall": datetime(2026, 7, 4, 18, 30),
        "ends_wall": datetime(2026, 7, 4, 21, 0),
        "zone": "Europe/Sofia",
        "all_day": False,
        "title": "Photo walk",
    }
    return CalendarEntry(**usual | given)


def written(*entries: CalendarEntry, head: Head | None = None) -> bytes:
    return calendar(head or Head(name="Walks"), map(event_lines, entries))


def read(raw: bytes) -> icalendar.Event:
    [event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert not event.errors
    return event


def renamed(raw: bytes, zone: str) -> bytes:
    """Give the zone a name never seen, so that a reader must take its rules from the calendar itself."""
    return raw.replace(zone.encode(), f"Test/{next(numbers)}".encode())


def plain(value: str) -> str:
    """A text as it may be read back: one kind of line break, no control characters."""
    for break_ in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        value = value.replace(break_, "\n")
    return "".join(c for c in value if c in "\t\n" or not (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0))


def test_the_whole_text_of_an_event() -> None:
    entry = make_entry(
        sequence=3,
        title="Photo walk, part 2",
        description="Bring a camera.\nhttps://meet.example/events/k7m2q9x4ab",
        location="Капана, Plovdiv",
        latitude=42.1502,
        longitude=24.7489,
        url="https://meet.example/events/k7m2q9x4ab/photo-walk",
        categories=("photo", "walk; outside"),
        organizer_name='Sofia "Light" Walkers',
        organizer_mail="organizer@meet.example",
    )
    assert event_lines(entry).splitlines() == [
        "BEGIN:VEVENT",
        "UID:k7m2q9x4ab@organizer.invalid",
        "DTSTAMP:20260102T103005Z",
        "DTSTART;TZID=Europe/Sofia:20260704T183000",
        "DTEND;TZID=Europe/Sofia:20260704T210000",
        "SUMMARY:Photo walk\\, part 2",
        "DESCRIPTION:Bring a camera.\\nhttps://meet.example/events/k7m2q9x4ab",
        "LOCATION:Капана\\, Plovdiv",
        "GEO:42.150200;24.748900",
        "URL:https://meet.example/events/k7m2q9x4ab/photo-walk",
        "CATEGORIES:photo,walk\\; outside",
        "ORGANIZER;CN=\"Sofia 'Light' Walkers\":mailto:organizer@meet.example",
        "STATUS:CONFIRMED",
        "SEQUENCE:3",
        "CREATED:20260101T100000Z",
        "LAST-MODIFIED:20260102T103005Z",
        "END:VEVENT",
    ]


def test_the_head_says_name_source_and_how_often_to_ask() -> None:
    head = Head(
        name="Sofia; walks",
        description="All of them",
        url="https://meet.example/c/sofia",
        source="https://meet.example/c/sofia.ics",
        zone="Europe/Sofia",
        colour="coral",
        refresh=timedelta(hours=4),
    )
    lines = calendar(head, []).decode().split("\r\n")
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Organizer//Organizer calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Sofia\\; walks",
        "X-WR-CALNAME:Sofia\\; walks",
        "DESCRIPTION:All of them",
        "X-WR-CALDESC:All of them",
        "URL:https://meet.example/c/sofia",
        "SOURCE;VALUE=URI:https://meet.example/c/sofia.ics",
        "X-WR-TIMEZONE:Europe/Sofia",
        "COLOR:coral",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
        "END:VCALENDAR",
        "",
    ]


def test_an_empty_calendar_is_a_calendar() -> None:
    raw = calendar(Head(), [])
    assert icalendar.Calendar.from_ical(raw).walk("VEVENT") == []
    assert vobject.readOne(raw.decode()).name == "VCALENDAR"


def test_a_mailed_calendar_says_what_it_asks_for() -> None:
    assert b"METHOD:CANCEL\r\n" in written(make_entry(), head=Head(method=Method.CANCEL))


@pytest.mark.parametrize("value", NASTY)
def test_icalendar_and_vobject_read_nasty_text_back(value: str) -> None:
    raw = written(make_entry(title=value, description=value, location=value, organizer_name=value))
    event = read(raw)
    other = vobject.readOne(raw.decode()).vevent
    for name in ("summary", "description", "location"):
        assert str(event[name]) == plain(value)
        assert getattr(other, name).value == plain(value)
    assert str(event["uid"]) == "k7m2q9x4ab@organizer.invalid"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
@example("\x00\x1c\x1d\x1e\x85\u2028\ufeff")
@settings(max_examples=150, deadline=None)
def test_any_text_survives_and_stays_in_its_line(value: str) -> None:
    raw = written(make_entry(title=value or "-", description=value, url="https://x.example/" + value))
    assert raw.count(b"\r\nBEGIN:VEVENT\r\n") == raw.count(b"\r\nEND:VEVENT\r\n") == 1
    assert str(read(raw)["summary"]) == plain(value or "-")
    if value:
        assert str(read(raw)["description"]) == plain(value)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=600))
@example("е" * 38)
@example("x" * 75)
@example("x" * 76)
@example("x" * 74 + "📷")
@settings(max_examples=300, deadline=None)
def test_folding_keeps_lines_short_characters_whole_and_the_text_the_same(line: str) -> None:
    raw = fold(line)
    assert raw.endswith(b"\r\n")
    pieces = raw.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert "".join([pieces[0].decode(), *(piece[1:].decode() for piece in pieces[1:])]) == line


def test_half_a_character_from_a_broken_import_does_not_break_the_feed() -> None:
    assert str(read(written(make_entry(title="half \ud83d")))["summary"]) == "half ?"


def test_text_escapes_a_typed_backslash_n_as_itself() -> None:
    assert text("C:\\News\nnext") == "C:\\\\News\\nnext"


def test_icalendar_writes_the_same_bytes() -> None:
    """Properties sorted, as icalendar sorts them: the same lines, byte by byte."""
    raw = written(
        make_entry(
            title="Разходка, част 2; " * 8,
            description="First\nSecond \\ third",
            location="Капана, Plovdiv",
            url="https://meet.example/events/k7m2q9x4ab/photo-walk",
            categories=("photo", "walk"),
            organizer_name="Sofia Walkers",
            organizer_mail="organizer@meet.example",
        )
    )
    theirs = icalendar.Calendar.from_ical(raw).to_ical(sorted=False).replace(b"\r\n ", b"").splitlines()
    ours = raw.replace(b"\r\n ", b"").splitlines()
    assert sorted(theirs) == sorted(line.replace(b'CN="Sofia Walkers"', b'CN="Sofia Walkers"') for line in ours)


@pytest.mark.parametrize(
    ("first", "after", "starts", "ends"),
    [
        (date(2026, 5, 9), date(2026, 5, 10), "20260509", "20260510"),
        (date(2026, 5, 9), date(2026, 5, 12), "20260509", "20260512"),
        (date(2026, 12, 31), date(2027, 1, 1), "20261231", "20270101"),
        (date(2028, 2, 28), date(2028, 3, 1), "20280228", "20280301"),
    ],
)
def test_an_all_day_event_ends_on_the_day_after(first: date, after: date, starts: str, ends: str) -> None:
    midnight = datetime.min.time()
    entry = make_entry(
        all_day=True,
        starts_wall=datetime.combine(first, midnight),
        ends_wall=datetime.combine(after, midnight),
    )
    raw = written(entry)
    assert f"DTSTART;VALUE=DATE:{starts}\r\nDTEND;VALUE=DATE:{ends}\r\n".encode() in raw
    assert b"VTIMEZONE" not in raw
    assert (read(raw).start, read(raw).end) == (first, after)


def test_a_cancelled_event_takes_no_time_of_anybody() -> None:
    raw = written(make_entry(status=Status.CANCELLED))
    assert b"STATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r\n" in raw


def test_one_zone_component_covers_all_the_years_of_its_events() -> None:
    early = make_entry(
        starts_wall=datetime(2006, 3, 20, 18), ends_wall=datetime(2006, 3, 20, 20), zone="America/Chicago"
    )
    late = make_entry(
        starts_wall=datetime(2026, 3, 20, 18), ends_wall=datetime(2026, 3, 20, 20), zone="America/Chicago"
    )
    raw = written(early, late, make_entry(), make_entry(zone="Etc/UTC"))
    assert raw.count(b"BEGIN:VTIMEZONE") == 2
    assert b"DTSTART:20260704T183000Z" in raw
    events = vobject.readOne(renamed(raw, "America/Chicago").decode()).vevent_list
    hours = [event.dtstart.value.astimezone(UTC).hour for event in events]
    assert hours == [0, 23, 15, 18]  # in March 2006 Chicago was still on winter time
