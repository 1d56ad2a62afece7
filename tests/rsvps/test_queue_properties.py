"""Any sequence of moves keeps the laws of the queue: found by Hypothesis, step by step."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import joinedload

from organizer.accounts.models import Account
from organizer.core.db import db, unit_of_work
from organizer.core.errors import DomainError, Invalid
from organizer.events.models import Event
from organizer.rsvps import hosting, moves, opening, seats, service, waitlist
from organizer.rsvps.models import Answer, Listing, Rsvp, RsvpMove, Source
from tests.factories import make_account, make_event
from tests.rsvps.laws import broken_laws

PEOPLE = st.integers(0, 7)
GUESTS = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just("join"), PEOPLE, GUESTS),
    st.tuples(st.just("join"), PEOPLE, GUESTS),
    st.tuples(st.just("cancel"), PEOPLE),
    st.tuples(st.just("guests"), PEOPLE, GUESTS),
    st.tuples(st.just("capacity"), st.one_of(st.none(), st.integers(0, 9))),
    st.tuples(st.just("remove"), PEOPLE, st.booleans()),
    st.tuples(st.just("add"), PEOPLE, GUESTS, st.booleans()),
)
REFUSALS = (seats.Full, Invalid, moves.NotAllowed, opening.TakenOff)


class World:
    """One event, its host, and eight people who may do anything."""

    def __init__(self) -> None:
        host = make_account()
        self.host_id = host.id
        self.event_id = make_event(host=host, capacity=4, guests_limit=3).id

    @property
    def host(self) -> Account:
        return db.session.get_one(Account, self.host_id)

    @property
    def event(self) -> Event:
        wanted = sa.select(Event).where(Event.id == self.event_id).options(joinedload(Event.community))
        return db.session.scalars(wanted.execution_options(populate_existing=True)).one()

    def of(self, person: int) -> Rsvp | None:
        return db.session.scalar(
            sa.select(Rsvp).where(Rsvp.event_id == self.event_id, Rsvp.email == f"p{person}@example.org")
        )

    def do(self, kind: str, *given: Any) -> None:
        if kind == "capacity":
            event = self.event
            event.capacity = given[0]
            db.session.flush()
            waitlist.follow_rules(seats.hold(event))
            return
        person, name, email = given[0], f"P{given[0]}", f"p{given[0]}@example.org"
        rsvp = self.of(person)
        if kind == "join":
            usual = {"listing": Listing.HIDDEN, "locale": "en", "once": f"once-{person}"}
            service.answer(None, self.event, name=name, email=email, guests=given[1], **usual)
        elif kind == "add":
            hosting.add_by_host(
                self.host, self.event, name, email, given[1], over_capacity=given[2], source=Source.HOST
            )
        elif rsvp is not None and kind == "cancel":
            service.cancel(rsvp)
        elif rsvp is not None and kind == "guests":
            service.change_guests(rsvp, given[1])
        elif rsvp is not None:
            hosting.remove(self.host, rsvp, "test", block=given[1])

    def queue(self) -> list[int]:
        rows = sa.select(Rsvp.id).where(Rsvp.event_id == self.event_id, Rsvp.answer == Answer.WAITLISTED)
        return list(db.session.scalars(rows.order_by(Rsvp.queued_at, Rsvp.id)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_every_sequence_keeps_the_laws(app: Flask, steps: list[tuple[Any, ...]]) -> None:
    with app.app_context():
        with unit_of_work():
            world = World()
        for step in steps:
            before = world.queue()
            try:
                with unit_of_work():
                    world.do(*step)
            except REFUSALS:
                pass
            except DomainError as other:
                pytest.fail(f"{step}: {other!r}")
            assert broken_laws(world.event_id) == [], step
            _order_is_kept(before, world.queue(), step)
        _log_is_whole(world)
        db.session.rollback()


def _order_is_kept(before: list[int], after: list[int], step: tuple[Any, ...]) -> None:
    stayed = [party for party in after if party in before]
    moved_to_the_end = after[len(stayed) :] if after[: len(stayed)] == stayed else None
    assert moved_to_the_end is not None, step
    assert stayed == [party for party in before if party in after], step
    if step[0] in ("cancel", "capacity"):
        assert moved_to_the_end == []


def _log_is_whole(world: World) -> None:
    """Each log leads in allowed moves from nothing to what the RSVP is now."""
    for rsvp in db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == world.event_id)):
        log = db.session.scalars(sa.select(RsvpMove).where(RsvpMove.rsvp_id == rsvp.id).order_by(RsvpMove.id)).all()
        stands = ""
        for move in log:
            assert move.before == stands
            moves_by = moves.ALLOWED.get((Answer(stands) if stands else None, Answer(move.after)), frozenset())
            assert move.by in moves_by or (move.why == moves.PASSED_OVER and move.by == "queue")
            stands = move.after
        assert (stands, log[-1].places) == (rsvp.answer, rsvp.places)
