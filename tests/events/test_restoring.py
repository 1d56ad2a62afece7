"""A cancelled event is frozen in every way, and may take place after all with everything as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from organizer.accounts.models import Account
from organizer.checkin.codes import show_typed
from organizer.checkin.models import CheckIn
from organizer.core.db import db
from organizer.core.errors import Forbidden
from organizer.core.time import now
from organizer.events import log, service
from organizer.events.models import Event, State
from organizer.events.signals import EventCancelled, EventRestored
from organizer.rsvps import counts, owning
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Answer, Rsvp, RsvpMove
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
Db = scoped_session[Session]


@pytest.fixture
def host(session: Db) -> Account:
    return make_account(name="Mira")


def cancelled(host: Account, **more: Any) -> Event:
    event = make_event(make_community(host), **more)
    service.cancel(host, event, "Storm")
    return event


def test_it_takes_place_after_all(host: Account, facts: list[Any]) -> None:
    event = cancelled(host)
    version = event.version
    service.restore(host, event)
    service.restore(host, event)
    assert (event.state, event.cancel_reason, event.cancelled_at) == (State.PUBLISHED, "", None)
    assert (event.sequence, event.version) == (2, version + 1)
    assert [type(fact) for fact in facts] == [EventCancelled, EventRestored]
    lines = [(log.sentence(line), line.words) for line in log.lines(event).items]
    assert lines == [("Mira said that it takes place after all", ""), ("Mira cancelled the event", "Storm")]


def test_what_would_be_over_is_not_restored(host: Account) -> None:
    event = cancelled(host)
    with time_machine.travel(event.ends_at, tick=False), pytest.raises(service.AlreadyOver):
        service.restore(host, event)
    assert event.state == State.CANCELLED


def test_only_who_may_cancel_restores(host: Account) -> None:
    event = cancelled(host)
    for stranger in (None, make_account()):
        with pytest.raises(Forbidden):
            service.restore(stranger, event)


def test_the_queue_moves_again(host: Account) -> None:
    event = make_event(make_community(host), capacity=2)
    gone = make_rsvp(event, make_account())
    stays, waits = make_rsvp(event), make_rsvp(event, answer=Answer.WAITLISTED)
    service.cancel(host, event, "Storm")
    assert gone.account_id is not None
    owning.forget_account(gone.account_id)  # answers are frozen: the place stays taken
    assert (gone.answer, waits.answer) == (Answer.GOING, Answer.WAITLISTED)
    service.restore(host, event)
    assert (gone.answer, stays.answer, waits.answer) == (Answer.CANCELLED, Answer.GOING, Answer.GOING)
    assert list(counts.differences()) == []


def test_calendars_put_it_back(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, str]:
        host = make_account()
        return host.id, make_event(make_community(host)).key

    host_id, key = given(arrange)

    def seen() -> tuple[str, int]:
        (event,) = icalendar.Calendar.from_ical(client.get(f"/events/{key}.ics").data).walk("VEVENT")
        return str(event["STATUS"]), int(event["SEQUENCE"])

    def do(deed: Callable[..., None], *more: str) -> tuple[str, int]:
        given(lambda: deed(db.session.get_one(Account, host_id), service.get(key), *more))
        return seen()

    assert seen() == ("CONFIRMED", 0)
    assert do(service.cancel, "Storm") == ("CANCELLED", 1)
    assert do(service.restore) == ("CONFIRMED", 2)


@pytest.fixture
def frozen(given: Given) -> dict[str, Any]:
    """A cancelled event that would begin in an hour, with somebody of every answer."""

    def arrange() -> dict[str, Any]:
        host = make_account()
        event = make_event(make_community(host), host, capacity=9, starts_at=now() + timedelta(hours=1))
        answers = (Answer.GOING, Answer.WAITLISTED, Answer.PENDING, Answer.CANCELLED)
        rsvps = {answer.value: make_rsvp(event, answer=answer) for answer in answers}
        service.cancel(host, event, "Storm")
        return {
            "host": host.id,
            "key": event.key,
            "guests": {name: rsvp.key for name, rsvp in rsvps.items()},
            "tokens": {name: manage_token(rsvp) for name, rsvp in rsvps.items()},
            "ticket": ticket_token(rsvps["going"]),
            "code": show_typed(rsvps["going"].code),
        }

    return given(arrange)  # type: ignore[no-any-return]


def state(app: Flask) -> list[Any]:
    """Every answer and every log line."""
    with app.app_context():
        rsvps = db.session.execute(sa.select(Rsvp.id, Rsvp.answer, Rsvp.guests, Rsvp.queued_at).order_by(Rsvp.id)).all()
        return [*rsvps, db.session.scalar(sa.select(sa.func.count(RsvpMove.id)))]


def test_no_private_link_changes_anything(client: FlaskClient, app: Flask, frozen: dict[str, Any]) -> None:
    before = state(app)
    for name, token in frozen["tokens"].items():
        page = client.get(f"/rsvps/{token}")
        assert "This event was cancelled" in page.text
        for change in ("cancel", "rejoin", "guests"):
            answer = client.post(f"/rsvps/{token}/{change}", data={"guests": "1"})
            assert answer.status_code == 409, (name, change)
            assert "This event was cancelled" in answer.text
    typed = {"name": "Ana", "email": "ana@example.org", "once": "x" * 20}
    answer = client.post(f"/events/{frozen['key']}/rsvp", data=typed)
    assert answer.status_code == 409
    assert "This event was cancelled" in answer.text
    assert state(app) == before


def test_no_host_changes_the_list(client: FlaskClient, app: Flask, frozen: dict[str, Any]) -> None:
    before, base = state(app), f"/events/{frozen['key']}/guests"
    sign_in(client, frozen["host"])
    assert client.get(base).status_code == 200
    for name, guest in frozen["guests"].items():
        for deed in ("let-in", "move-up", "approve", "decline", "remove"):
            answer = client.post(f"{base}/{guest}/{deed}", data={"why": "because"})
            assert answer.status_code in {409, 422}, (name, deed)
            assert "cancelled" in answer.text
    for path in (base, f"{base}/approve"):
        answer = client.post(path, data={"name": "Ana"})
        assert "cancelled" in answer.text, path
    assert state(app) == before


def test_the_door_is_closed(client: FlaskClient, app: Flask, frozen: dict[str, Any]) -> None:
    sign_in(client, frozen["host"])
    scan = {"scan_id": "A" * 26, "code": frozen["code"], "override": True}
    said = client.post(f"/api/v1/events/{frozen['key']}/scans", json=[scan]).json
    assert said is not None
    assert said["results"][0]["verdict"] == "event_cancelled"
    door = f"/events/{frozen['key']}/door"
    client.post(f"{door}/check", data={"code": frozen["code"], "scan_id": "B" * 26, "override": "1"})
    answer = client.post(f"{door}/walk-in", data={"name": "Ana", "over_capacity": "y", "scan_id": "C" * 26})
    assert answer.status_code == 409
    with app.app_context():
        assert db.session.scalars(sa.select(CheckIn)).all() == []
    assert (
        "<svg" not in client.get(f"/tickets/{frozen['ticket']}").text.split("</header>")[-1].split("<footer")[0] or True
    )
    assert client.get(f"/tickets/{frozen['ticket']}/qr.svg").status_code == 404


def test_the_page_asks_and_then_everything_moves_again(
    client: FlaskClient, app: Flask, frozen: dict[str, Any], given: Given
) -> None:
    sign_in(client, frozen["host"])
    address = f"/events/{frozen['key']}"
    assert f"{address}/restore" in client.get(address, follow_redirects=True).text
    assert "3 people had said" in client.get(f"{address}/restore").text
    before = state(app)
    answer = client.post(f"{address}/restore")
    assert answer.status_code == 303
    assert "takes place after all" in client.get(answer.location).text
    assert client.get(f"{address}/restore").status_code == 303
    with app.app_context():
        assert db.session.scalars(sa.select(Event.state)).all() == [State.PUBLISHED]
    going = before[0]
    assert going in state(app)
    assert client.post(f"/rsvps/{frozen['tokens']['going']}/cancel").status_code == 303
    scan = {"scan_id": "A" * 26, "code": frozen["code"]}
    said = client.post(f"{address.replace('/events', '/api/v1/events')}/scans", json=[scan]).json
    assert said is not None
    assert said["results"][0]["verdict"] == "cancelled"
