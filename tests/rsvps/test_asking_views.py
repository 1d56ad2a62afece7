"""Pages around «still coming?»: one tap for guests, a list and two decisions for hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.checkin.models import CheckIn
from organizer.core.db import db, save
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import jobs
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Answer, Rsvp
from organizer.rsvps.rules import Rules
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
DAY = timedelta(days=1)


@pytest.fixture
def asked(app: Flask, given: Given) -> dict[str, Any]:
    """An event in 47 hours with two places, both taken a week ago and asked for; one party waits."""

    def arrange() -> dict[str, Any]:
        host = make_account()
        event = make_event(make_community(host), host, starts_at=now() + timedelta(hours=47), capacity=2)
        ana, bo = (make_rsvp(event, name=name, answered_at=now() - 7 * DAY) for name in ("Ana", "Boyana"))
        waits = make_rsvp(event, name="Cy", answer=Answer.WAITLISTED)
        tokens = {"ana": manage_token(ana), "bo": manage_token(bo), "cy": manage_token(waits)}
        return {"key": event.key, "host": host.id, "keys": [ana.key, bo.key], "ids": [ana.id, bo.id, waits.id]} | tokens

    made: dict[str, Any] = given(arrange)
    with app.app_context():
        assert jobs.ask_who_still_comes() == 2
    return made


def answers(given: Given, made: dict[str, Any]) -> list[str]:
    return [str(given(lambda number=number: db.session.get_one(Rsvp, number).answer)) for number in made["ids"]]


def test_one_tap_says_that_one_still_comes(client: FlaskClient, given: Given, asked: dict[str, Any]) -> None:
    page = f"/rsvps/{asked['ana']}/still-coming"
    for _ in range(3):  # what programs do with links in mail
        assert "Are you still coming?" in client.get(page).text
    assert given(lambda: db.session.get_one(Rsvp, asked["ids"][0]).confirmed_at) is None
    assert "Are you still coming?" in client.get(f"/rsvps/{asked['ana']}").text
    for _ in range(2):
        answer = client.post(page, data={"coming": "yes"})
        assert (answer.status_code, answer.location) == (303, f"/rsvps/{asked['ana']}")
    assert "See you there" in client.get(answer.location).text
    assert "Are you still coming?" not in client.get(f"/rsvps/{asked['ana']}").text
    assert "You said that you still come" in client.get(page).text
    assert answers(given, asked) == ["going", "going", "waitlisted"]


def test_one_tap_gives_the_place_on(client: FlaskClient, given: Given, asked: dict[str, Any]) -> None:
    page = f"/rsvps/{asked['ana']}/still-coming"
    for _ in range(2):
        assert client.post(page, data={"coming": "no"}).location == f"/rsvps/{asked['ana']}"
    assert answers(given, asked) == ["cancelled", "going", "going"]
    assert client.get(page).location == f"/rsvps/{asked['ana']}"
    assert client.post(page, data={"coming": "yes"}).status_code == 303  # too late: the page says what now is true
    assert answers(given, asked) == ["cancelled", "going", "going"]
    assert "You are not coming" in client.get(f"/rsvps/{asked['ana']}").text


def test_who_is_asked_sees_where_it_is(client: FlaskClient, given: Given, asked: dict[str, Any]) -> None:
    given(lambda: setattr(db.session.scalars(db.select(Event)).one(), "hides_address", True))
    assert "ul. Shishman 12" in client.get(f"/rsvps/{asked['ana']}/still-coming").text


def test_who_waits_is_led_to_the_answer(client: FlaskClient, asked: dict[str, Any]) -> None:
    assert client.get(f"/rsvps/{asked['cy']}/still-coming").location == f"/rsvps/{asked['cy']}"


def test_a_cancelled_event_asks_nothing(client: FlaskClient, given: Given, asked: dict[str, Any]) -> None:
    given(lambda: setattr(db.session.scalars(db.select(Event)).one(), "state", "cancelled"))
    assert client.get(f"/rsvps/{asked['ana']}/still-coming").status_code == 303
    assert "Are you still coming?" not in client.get(f"/rsvps/{asked['ana']}").text


def test_a_host_sees_who_is_silent_and_gives_their_places_on(
    client: FlaskClient, given: Given, asked: dict[str, Any]
) -> None:
    sign_in(client, asked["host"])
    client.post(f"/rsvps/{asked['bo']}/still-coming", data={"coming": "yes"})
    page = f"/events/{asked['key']}/guests"
    listed = client.get(page).text
    assert "no answer yet" in listed
    assert "still comes" in listed
    tabs = {a.get_text(" ", strip=True): a["href"] for a in BeautifulSoup(listed, "html.parser").select(".tabs a")}
    assert tabs["No answer yet 1"] == f"{page}/silent"
    silent = client.get(f"{page}/silent").text
    assert "1 party was asked" in silent
    assert "Ana" in silent
    assert "Boyana" not in silent
    gone = client.post(f"{page}/silent", data={"guest": asked["keys"]}, follow_redirects=True).text
    assert "1 place has been given on." in gone
    assert "Everybody has answered" in gone
    assert answers(given, asked) == ["cancelled", "going", "going"]
    assert "Your place is for others now" in client.get(f"/rsvps/{asked['ana']}").text
    assert "nobody was ticked" in client.post(f"{page}/silent", follow_redirects=True).text


def test_the_page_of_silent_ones_says_when_places_go_by_themselves(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[str, int]:
        host = make_account()
        rules = Rules(release_hours=24).stored()
        event = make_event(make_community(host), host, starts_at=now() + timedelta(hours=47), rsvp_rules=rules)
        make_rsvp(event, name="Ana", answered_at=now() - 7 * DAY)
        return event.key, host.id

    key, host_id = given(arrange)
    sign_in(client, host_id)
    assert "Nobody was asked yet" in client.get(f"/events/{key}/guests/silent").text
    with client.application.app_context():
        jobs.ask_who_still_comes()
    assert "By the rules of this event their places are given on" in client.get(f"/events/{key}/guests/silent").text


def community_with_a_record(evenings: int) -> tuple[str, int, str]:
    """Twenty places and twenty going; at each of so many past meetups three of four came. Return a past absent, too."""
    host = make_account()
    community = make_community(host)
    people = [make_account() for _ in range(20)]
    absent = ""
    for number in range(evenings):
        past = make_event(community, host, starts_at=now() - (number + 1) * 10 * DAY)
        for place, person in enumerate(people):
            rsvp = make_rsvp(past, person)
            if (place + number) % 4:
                save(CheckIn(rsvp_id=rsvp.id, event_id=past.id))
            else:
                absent = f"/events/{past.key}/guests/{rsvp.key}"
    event = make_event(community, host, starts_at=now() + 9 * DAY, capacity=20)
    for person in people:
        make_rsvp(event, person)
    make_rsvp(event, answer=Answer.WAITLISTED, name="Waits")
    return f"/events/{event.key}/guests", host.id, absent


def test_a_host_reads_how_many_will_come_and_gives_more_places(client: FlaskClient, given: Given) -> None:
    page, host_id, _absent = given(lambda: community_with_a_record(5))
    sign_in(client, host_id)
    seen = client.get(page).text
    told = re.search(r"20 places, 20 going; (\d+)–(\d+) will probably come\.", seen)
    assert told is not None
    assert 11 <= int(told[1]) < 15 < int(told[2]) <= 18
    assert "came to 4 of 5" in seen
    box = BeautifulSoup(seen, "html.parser").select_one(".turnout")
    assert box is not None
    advised = int(box.select_one("input[name=places]")["value"])  # type: ignore[index, arg-type]
    assert advised >= 2
    given_more = client.post(f"{page}/overbooking", data={"places": advised}, follow_redirects=True).text
    assert f"{advised} places more are given." in given_more
    assert "1 party moved up." in given_more
    assert "places more than planned" not in given_more
    back = client.post(f"{page}/overbooking", data={"places": 0}, follow_redirects=True).text
    assert "Nobody loses theirs." in back
    assert "1 place more than planned" in back
    for wrong in ("-1", "21", "many"):
        client.post(f"{page}/overbooking", data={"places": wrong})
        assert "given beyond the capacity" not in client.get(page).text


def test_with_a_short_record_it_says_so(client: FlaskClient, given: Given) -> None:
    page, host_id, _absent = given(lambda: community_with_a_record(2))
    sign_in(client, host_id)
    seen = client.get(page).text
    assert "Too little is known yet." in seen
    assert "will probably come" not in seen
    assert "overbooking" not in seen


def test_a_host_excuses_and_takes_that_back(client: FlaskClient, given: Given) -> None:
    _page, host_id, absent = given(lambda: community_with_a_record(3))
    sign_in(client, host_id)
    before = client.get(absent).text
    assert "Came to 2 of 3" in before
    assert "Excuse this time" in before
    assert client.post(f"{absent}/excuse", data={"why": " "}).status_code == 422
    after = client.post(f"{absent}/excuse", data={"why": "She was ill"}, follow_redirects=True).text
    assert "Came to 2 of 2" in after
    assert "excused by a host: She was ill" in after
    again = client.post(f"{absent}/count", follow_redirects=True).text
    assert "Came to 2 of 3" in again
    assert "no longer excused" in again


def test_titles_of_events_that_a_host_does_not_run_stay_hidden(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[str, int]:
        owner, helper, guest = make_account(), make_account(), make_account()
        community = make_community(owner)
        past = make_event(community, owner, title="Secret supper", starts_at=now() - 9 * DAY, visibility="members")
        save(CheckIn(rsvp_id=make_rsvp(past, guest).id, event_id=past.id))
        event = make_event(community, helper)
        return f"/events/{event.key}/guests/{make_rsvp(event, guest).key}", helper.id

    page, helper_id = given(arrange)
    sign_in(client, helper_id)
    seen = client.get(page).text
    assert "Came to 1 of 1" in seen
    assert "Another event" in seen
    assert "Secret supper" not in seen
