"""Calendars of events that hide their address: what stands instead, and in whose."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest
from flask.testing import FlaskClient

from organizer.calendars import feeds
from organizer.calendars.service import keep_lines
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Answer
from tests.calendars.asking import Given
from tests.factories import make_event, make_rsvp

ROOM = "https://meet.example/room"


def entry(raw: bytes) -> Any:
    [event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    return event


def hidden(**given: Any) -> Any:
    return make_event(hides_address=True, online_url=ROOM, is_online=True, **given)


@pytest.mark.parametrize("answer", [None, *Answer])
def test_only_who_is_going_or_hosts_is_told(session: Any, answer: Answer | None) -> None:
    event = hidden()
    told = entry(feeds.single(event.id, own=True, answer=answer))
    if answer in (None, Answer.GOING):
        assert str(told["location"]) == "Café Kanatitsa, ul. Shishman 12, Sofia, Bulgaria"
        assert told["geo"].to_ical() == "42.6934;23.3301"
        assert ROOM in told["description"]
    else:
        assert str(told["location"]) == "Sofia, Bulgaria"
        assert told["geo"].to_ical() == "42.695;23.332452"
        assert ROOM not in told["description"]
        assert "The exact address is shown to those who are going." in told["description"]


def test_what_is_kept_for_public_feeds_is_what_everybody_may_know(session: Any) -> None:
    event = hidden()
    keep_lines([event.id])
    told = entry(feeds.build(feeds.site_feed()).data)
    assert str(told["location"]) == "Sofia, Bulgaria"  # not "Online": it has a place, too


def test_one_that_is_only_online_says_so(session: Any) -> None:
    event = hidden()
    event.venue = None
    event.city = event.country = ""
    session.flush()
    assert str(entry(feeds.single(event.id))["location"]) == "Online"
    assert str(entry(feeds.single(event.id, own=True))["location"]) == ROOM


def test_an_answer_has_its_event_as_a_file(client: FlaskClient, given: Given) -> None:
    going, waits = given(
        lambda: [manage_token(make_rsvp(hidden(), answer=answer)) for answer in (Answer.GOING, Answer.WAITLISTED)]
    )
    answer = client.get(f"/rsvps/{going}.ics")
    assert "Shishman" in entry(answer.data)["location"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    waiting = entry(client.get(f"/rsvps/{waits}.ics").data)
    assert (str(waiting["location"]), str(waiting["summary"])) == ("Sofia, Bulgaria", "Waitlist: Photo walk")
    assert client.get(f"/rsvps/{going[:-1]}x.ics").status_code == 404
    assert f"/rsvps/{going}.ics" in client.get(f"/rsvps/{going}").text
    assert f"/rsvps/{waits}.ics" not in client.get(f"/rsvps/{waits}").text
