"""The calendar in a letter is the feed's event, and each is newer for a calendar program than the one before."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from sqlalchemy.orm import Session, scoped_session

from organizer.calendars import feeds
from organizer.core.db import unit_of_work
from organizer.events import service as events
from organizer.events.models import Event
from organizer.outreach.models import Letter
from organizer.rsvps import hosting
from organizer.rsvps import service as rsvps
from organizer.rsvps.models import Rsvp, Source
from tests.calendars.test_ics import renamed
from tests.factories import make_account
from tests.outreach.reading import arranged, calendar_of, come, composed, moved, outbox

Sess = scoped_session[Session]


def of_feed(event: Event) -> icalendar.Event:
    read = icalendar.Calendar.from_ical(feeds.single(event.id))
    assert read["METHOD"] == "PUBLISH"
    (found,) = read.walk("VEVENT")
    assert isinstance(found, icalendar.Event)
    return found


def last(kind: str) -> Letter:
    return outbox(kind)[-1]


def test_who_comes_gets_the_event_of_the_feed_as_somebody_who_has_accepted(session: Sess) -> None:
    _, event = arranged(title="Фоторазходка; мъгла, светлина " * 4)
    with unit_of_work():
        mira = make_account(email="mira@example.org", name="Мира „Светлината“ Иванова-Александрова, от Пловдив")
    come(event, "", actor=mira)
    mail = composed(last("going"))
    method, entry = calendar_of(mail)
    assert method == "REQUEST"
    for name in ("UID", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "ORGANIZER", "STATUS"):
        assert entry[name] == of_feed(event)[name], name
    attendee = entry["ATTENDEE"]
    assert str(attendee) == "mailto:mira@example.org"
    assert attendee.params["PARTSTAT"] == "ACCEPTED"
    assert attendee.params["RSVP"] == "FALSE"
    assert attendee.params["CN"] == mira.name
    assert entry["ORGANIZER"].params["CN"] == "Light Walks"
    assert "ATTENDEE" not in of_feed(event)
    assert mail.calendar is not None
    lines = mail.calendar.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    other = vobject.readOne(mail.calendar.content.decode())
    assert other.method.value == "REQUEST"
    assert other.vevent.attendee.value == "mailto:mira@example.org"
    assert other.vevent.summary.value == str(entry["SUMMARY"])


def leave(rsvp: Rsvp) -> None:
    with unit_of_work():
        rsvps.cancel(rsvp)


def come_back(rsvp: Rsvp) -> None:
    with unit_of_work():
        rsvps.rejoin(rsvp)


def test_leaving_takes_it_out_and_coming_back_puts_it_in_again(session: Sess) -> None:
    """RFC 5546: a CANCEL raises SEQUENCE (3.2.5); what has a higher one, or the same and a later stamp, is newer (2.1.5)."""
    owner, event = arranged()
    rsvp = come(event, "mira@example.org")
    seen = [calendar_of(composed(last("going")))]
    leave(rsvp)
    seen.append(calendar_of(composed(last("cancelled_by_you"))))
    come_back(rsvp)
    seen.append(calendar_of(composed(last("going"))))
    moved(owner, event, 2)
    seen.append(calendar_of(composed(last("event_moved"))))
    leave(rsvp)
    seen.append(calendar_of(composed(last("cancelled_by_you"))))
    come_back(rsvp)
    with unit_of_work():
        events.cancel(owner, event, "Storm.")
    seen.append(calendar_of(composed(last("event_cancelled"))))
    assert [method for method, _ in seen] == ["REQUEST", "CANCEL", "REQUEST", "REQUEST", "CANCEL", "CANCEL"]
    numbers = [int(entry["SEQUENCE"]) for _, entry in seen]
    assert numbers == [0, 1, 2, 3, 4, 6]
    stamps = [entry["DTSTAMP"].dt for _, entry in seen]
    assert stamps == sorted(stamps)
    assert {str(entry["UID"]) for _, entry in seen} == {str(of_feed(event)["UID"])}
    assert [str(entry["STATUS"]) for _, entry in seen] == [
        "CANCELLED" if method == "CANCEL" else "CONFIRMED" for method, _ in seen
    ]
    assert {str(entry["ATTENDEE"]) for _, entry in seen} == {"mailto:mira@example.org"}


def test_who_never_left_has_the_sequence_of_the_feed_whatever_happens(session: Sess) -> None:
    owner, event = arranged()
    rsvp = come(event, "mira@example.org")
    with unit_of_work():
        rsvps.change_guests(rsvp, 2)
    for n in range(1, 4):
        moved(owner, event, 1)
        _, entry = calendar_of(composed(last("event_moved")))
        assert entry["SEQUENCE"] == of_feed(event)["SEQUENCE"] == n
        assert entry["DTSTART"].dt == event.starts_at


def test_who_only_waited_has_nothing_to_take_out(session: Sess) -> None:
    owner, event = arranged(capacity=1)
    come(event, "first@example.org")
    waits = come(event, "second@example.org")
    assert composed(last("waitlisted")).calendar is None
    moved(owner, event, 2)
    assert [composed(letter).calendar is None for letter in outbox("event_moved")] == [False, True]
    leave(waits)
    assert composed(last("cancelled_by_you")).calendar is None


def test_a_promotion_puts_it_in_and_a_removal_takes_it_out(session: Sess) -> None:
    owner, event = arranged(capacity=1)
    first = come(event, "first@example.org")
    second = come(event, "second@example.org")
    leave(first)
    assert calendar_of(composed(last("promoted")))[0] == "REQUEST"
    with unit_of_work():
        hosting.remove(owner, second, "Sorry.", block=False)
    mail = composed(last("removed"))
    method, entry = calendar_of(mail)
    assert (method, entry["SEQUENCE"], entry["STATUS"]) == ("CANCEL", 1, "CANCELLED")
    assert mail.calendar is not None
    assert b"Sorry" not in mail.calendar.content
    with unit_of_work():
        added = hosting.add_by_host(owner, event, "Bo", "bo@example.org", 0, over_capacity=True, source=Source.HOST)
    assert str(calendar_of(composed(last("going")))[1]["ATTENDEE"]) == f"mailto:{added.email}"


def test_a_letter_written_again_is_the_same_letter(session: Sess) -> None:
    _, event = arranged()
    come(event, "mira@example.org")
    first, again = composed(last("going")), composed(last("going"))
    assert first.calendar == again.calendar


@pytest.mark.parametrize(
    ("zone", "starts", "hours", "begins"),
    [
        ("Europe/Sofia", datetime(2027, 3, 27, 18, 30), 2, "20270327T183000"),
        ("Europe/Sofia", datetime(2027, 3, 28, 18, 30), 2, "20270328T183000"),
        ("Europe/Sofia", datetime(2027, 10, 31, 3, 30), 2, "20271031T003000Z"),  # shown twice: said in UTC
        ("America/Santiago", datetime(2027, 9, 4, 23, 0), 3, "20270904T230000"),  # over a midnight that is skipped
        ("Australia/Lord_Howe", datetime(2027, 10, 3, 9, 0), 2, "20271003T090000"),
    ],
)
def test_clocks_that_change(session: Sess, zone: str, starts: datetime, hours: int, begins: str) -> None:
    _, event = arranged(zone=zone, starts_wall=starts, ends_wall=starts + timedelta(hours=hours))
    come(event, "mira@example.org")
    mail = composed(last("going"))
    assert mail.calendar is not None
    assert begins.encode() in mail.calendar.content
    assert calendar_of(mail)[1]["DTSTART"].dt == event.starts_at
    read: Any = vobject.readOne(renamed(mail.calendar.content, zone).decode()).vevent
    assert (read.dtstart.value, read.dtend.value) == (event.starts_at, event.ends_at)


def test_whole_days(session: Sess) -> None:
    _, event = arranged(
        all_day=True, starts_wall=datetime(2027, 12, 31), ends_wall=datetime(2028, 1, 2), title="Photo days"
    )
    rsvp = come(event, "mira@example.org")
    _, entry = calendar_of(composed(last("going")))
    assert (entry.start, entry.end) == (date(2027, 12, 31), date(2028, 1, 2))
    leave(rsvp)
    assert calendar_of(composed(last("cancelled_by_you")))[1].start == date(2027, 12, 31)


@pytest.mark.parametrize("name", ['Bo "The\r\nATTENDEE:mailto:evil@example.org', "Li; CN=x:mailto:y,z", "Ж" * 80])
def test_nothing_typed_ends_its_line(session: Sess, name: str) -> None:
    owner, event = arranged()
    with unit_of_work():
        hosting.add_by_host(owner, event, name, "bo@example.org", 0, over_capacity=False, source=Source.HOST)
    mail = composed(last("going"))
    assert mail.calendar is not None
    assert mail.calendar.content.count(b"\r\nATTENDEE") == 1
    assert str(calendar_of(mail)[1]["ATTENDEE"]) == "mailto:bo@example.org"
    assert vobject.readOne(mail.calendar.content.decode()).vevent.attendee.value == "mailto:bo@example.org"
