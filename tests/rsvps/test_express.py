"""The one statement of newcomers on PostgreSQL: as exact as step by step, also while others wait; or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from flask import Flask

from organizer.core.db import db
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import express, seats
from organizer.rsvps.models import Answer, Rsvp, RsvpMove, Tally
from organizer.rsvps.rules import Queue, Rules
from tests.factories import make_event
from tests.rsvps.laws import broken_laws
from tests.rsvps.test_race import answers, at_once, drop_the_referee, join

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
def only_express(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way is shut."""

    def shut(_event: Event) -> NoReturn:
        raise AssertionError("step by step")

    monkeypatch.setattr(seats, "hold", shut)


@pytest.mark.usefixtures("only_express")
@pytest.mark.parametrize("rules", [{}, {"queue": "host"}])
def test_who_waits_for_the_lock_sees_what_is_true_then(app: Flask, given: Given, rules: dict[str, Any]) -> None:
    event_id = given(lambda: make_event(capacity=3, rsvp_rules=rules).id)
    assert at_once(app, [lambda n=n: join(event_id, f"p{n}") for n in range(20)]) == []  # type: ignore[misc]
    with app.app_context():
        assert answers(event_id) == [Answer.GOING] * 3 + [Answer.WAITLISTED] * 17
        logged = db.session.execute(sa.select(RsvpMove.rsvp_id, RsvpMove.before, RsvpMove.after, RsvpMove.places))
        rows = db.session.scalars(sa.select(Rsvp).order_by(Rsvp.id))
        assert sorted(logged) == [(rsvp.id, "", rsvp.answer, 1) for rsvp in rows]
        assert broken_laws(event_id) == []


def test_step_by_step_it_is_as_exact(app: Flask, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(express, "join", lambda *given: None)
    event_id = given(lambda: make_event(capacity=1).id)
    assert at_once(app, [lambda n=n: join(event_id, f"p{n}") for n in range(20)]) == []  # type: ignore[misc]
    with app.app_context():
        assert answers(event_id) == [Answer.GOING] + [Answer.WAITLISTED] * 19
        assert broken_laws(event_id) == []


@pytest.mark.usefixtures("only_express")
def test_parties_take_their_places(app: Flask, given: Given) -> None:
    event_id = given(lambda: make_event(capacity=5).id)
    given(lambda: [join(event_id, name, guests) for name, guests in (("ana", 2), ("boris", 2), ("vera", 1))])
    with app.app_context():
        assert answers(event_id) == [Answer.GOING, Answer.WAITLISTED, Answer.GOING]
        assert broken_laws(event_id) == []


def test_with_the_host_s_queue_nobody_goes_past_who_waits(app: Flask, given: Given) -> None:
    event_id = given(lambda: make_event(capacity=2, rsvp_rules=Rules(queue=Queue.HOST).stored()).id)
    given(lambda: [join(event_id, name, guests) for name, guests in (("ana", 0), ("boris", 1), ("vera", 0))])
    with app.app_context():
        assert answers(event_id) == [Answer.GOING, Answer.WAITLISTED, Answer.WAITLISTED]


@pytest.mark.usefixtures("only_express")
def test_the_queue_has_the_order_of_the_lock_whatever_clocks_say(app: Flask, given: Given) -> None:
    def arrange() -> int:
        event_id = make_event(capacity=1).id
        ahead = now() + timedelta(minutes=3)  # another server's clock
        db.session.execute(sa.update(Tally).where(Tally.event_id == event_id).values(changed_at=ahead))
        return event_id

    event_id = given(arrange)
    for name in ("ana", "boris", "vera"):
        given(lambda name=name: join(event_id, name))
    with app.app_context():
        rows = db.session.execute(sa.select(Rsvp.email).order_by(Rsvp.queued_at))
        assert [email.partition("@")[0] for (email,) in rows] == ["ana", "boris", "vera"]


CHANGES: dict[str, Any] = {
    "capacity": 1,
    "rsvp_rules": {"queue": "host"},
    "state": "cancelled",
    "starts_at": now() + timedelta(days=1),
    "ends_at": now() + timedelta(days=9),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_was_read_and_changed_meanwhile_is_read_again(app: Flask, given: Given, name: str) -> None:
    event_id = given(lambda: make_event(capacity=2).id)
    with app.app_context():
        event = db.session.get_one(Event, event_id)
        db.session.commit()
        given(lambda: db.session.execute(sa.update(Event).where(Event.id == event_id).values({name: CHANGES[name]})))
        row = {"email": "ana@example.org", "name": "Ana", "guests": 0, "locale": "en", "source": "web"}
        assert express.join(event, row, "", None) is None
        assert db.session.scalar(sa.select(Event.version).where(Event.id == event_id)) == event.version


def test_without_a_tally_it_is_left_to_the_other_way(app: Flask, given: Given) -> None:
    def arrange() -> int:
        event_id = make_event(capacity=1).id
        db.session.execute(sa.delete(Tally))
        return event_id

    event_id = given(arrange)
    given(lambda: [join(event_id, "ana"), join(event_id, "boris")])
    with app.app_context():
        assert answers(event_id) == [Answer.GOING, Answer.WAITLISTED]
        assert broken_laws(event_id) == []


@pytest.mark.usefixtures("only_express", "spoiled")
def test_without_the_guard_it_oversells(app: Flask, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    event_id = given(lambda: make_event(capacity=1).id)
    monkeypatch.setitem(express._STATEMENTS, True, express._statement(sa.true()))
    raised = at_once(app, [lambda n=n: join(event_id, f"p{n}") for n in range(4)])  # type: ignore[misc]
    assert [type(error) for error in raised] == [sa.exc.IntegrityError] * 3  # the referee
    with app.app_context():
        drop_the_referee()
    assert at_once(app, [lambda n=n: join(event_id, f"q{n}") for n in range(4)]) == []  # type: ignore[misc]
    with app.app_context():
        assert answers(event_id).count(Answer.GOING) == 5
        assert "more places are taken than there are" in broken_laws(event_id)
