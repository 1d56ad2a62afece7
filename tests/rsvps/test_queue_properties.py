"""Any sequence of moves keeps the laws of the queue: found by Hypothesis, step by step."""

from __future__ import annotations

from dataclasses import replace
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
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import asking, hosting, jobs, moves, opening, ruling, seats, service, waitlist
from organizer.rsvps.models import Answer, Listing, Rsvp, RsvpMove, Source
from organizer.rsvps.rules import Queue, Rules
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
    st.tuples(st.just("accept"), PEOPLE),
    st.tuples(st.just("run out"), PEOPLE),
    st.tuples(st.just("approve"), PEOPLE),
    st.tuples(st.just("approve all")),
    st.tuples(st.just("decline"), PEOPLE),
    st.tuples(st.just("move up"), PEOPLE),
    st.tuples(st.just("let in"), PEOPLE, st.booleans()),
    st.tuples(st.just("queue"), st.sampled_from(Queue)),
    st.tuples(st.just("overbook"), st.integers(0, 3)),
    st.tuples(st.just("confirm"), PEOPLE),
    st.tuples(st.just("excuse"), PEOPLE),
    st.tuples(st.just("release")),
)
MODES = st.sampled_from(
    [{}, {"queue": "offer"}, {"queue": "host"}, {"mode": "approval"}, {"mode": "approval", "queue": "offer"}]
)
REFUSALS = (seats.Full, Invalid, moves.NotAllowed, opening.TakenOff, waitlist.OfferOver)


DECISIONS: dict[str, Any] = {
    "approve": hosting.approve,
    "decline": hosting.decline,
    "move up": lambda host, rsvp: hosting.move_up(host, rsvp, "test"),
    "accept": lambda _host, rsvp: service.accept(rsvp),
    "confirm": lambda _host, rsvp: service.confirm(rsvp),
    "excuse": lambda host, rsvp: hosting.excuse(host, rsvp, "test"),
}


class World:
    """One event, its host, and eight people who may do anything."""

    def __init__(self, rules: dict[str, Any]) -> None:
        host = make_account()
        self.host_id = host.id
        self.event_id = make_event(host=host, capacity=4, guests_limit=3, rsvp_rules=rules).id

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
        if kind in ("queue", "overbook", "approve all", "release"):
            self._rule(kind, *given)
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
        elif rsvp is not None and kind in DECISIONS:
            DECISIONS[kind](self.host, rsvp)
        elif rsvp is not None and kind == "let in":
            hosting.let_in(self.host, rsvp, "test", over_capacity=given[1])
        elif rsvp is not None and kind == "run out":
            if rsvp.answer is Answer.OFFERED:
                rsvp.offer_until = now()
                db.session.flush()
                jobs._expire(self.event_id)
        elif rsvp is not None:
            hosting.remove(self.host, rsvp, "test", block=given[1])

    def _rule(self, kind: str, *given: Any) -> None:
        event = self.event
        if kind == "approve all":
            hosting.approve_all(self.host, event)
        elif kind == "queue":
            ruling.change(self.host, event, replace(Rules.of(event), queue=given[0]))
        elif kind == "release":
            going = sa.and_(Rsvp.event_id == self.event_id, Rsvp.answer == Answer.GOING)
            db.session.execute(sa.update(Rsvp).where(going).values(asked_at=now()))
            keys = frozenset(db.session.scalars(sa.select(Rsvp.key).where(going)))
            asking.release(self.host, event, keys)
        else:
            ruling.overbook(self.host, event, given[0])

    def queue(self) -> list[int]:
        rows = sa.select(Rsvp.id).where(Rsvp.event_id == self.event_id, Rsvp.answer == Answer.WAITLISTED)
        return list(db.session.scalars(rows.order_by(Rsvp.queued_at, Rsvp.id)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=MODES, steps=st.lists(STEPS, min_size=3, max_size=16))
def test_every_sequence_keeps_the_laws(app: Flask, rules: dict[str, Any], steps: list[tuple[Any, ...]]) -> None:
    with app.app_context():
        with unit_of_work():
            world = World(rules)
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
            if step[0] != "move up":
                _order_is_kept(before, world.queue(), step)
        _log_is_whole(world)
        db.session.rollback()


def _order_is_kept(before: list[int], after: list[int], step: tuple[Any, ...]) -> None:
    stayed = [party for party in after if party in before]
    moved_to_the_end = after[len(stayed) :] if after[: len(stayed)] == stayed else None
    assert moved_to_the_end is not None, step
    assert stayed == [party for party in before if party in after], step
    if step[0] in ("cancel", "capacity", "approve", "approve all", "accept", "run out", "let in", "release"):
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
