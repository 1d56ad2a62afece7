"""Many at once: never one place too many, and a proof that it is the guard which sees to that."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import joinedload

from organizer.core.db import db, reading, retried
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import counts, express, moves, seats, service
from organizer.rsvps.models import STANDING, Answer, Listing, Rsvp, Tally
from organizer.rsvps.rules import Rules
from tests.factories import make_event
from tests.rsvps.laws import broken_laws

Given = Callable[[Callable[[], Any]], Any]


def at_once(app: Flask, works: list[Callable[[], object]]) -> list[BaseException]:
    """Run all `works`, each in a thread and unit of work of its own, started together; return what they raised."""
    raised: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            with app.app_context():
                retried(work, tries=20, patience=60)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def join(event_id: int, name: str, guests: int = 0) -> Rsvp:
    event = db.session.scalars(sa.select(Event).where(Event.id == event_id).options(joinedload(Event.community))).one()
    return service.answer(
        None,
        event,
        name=name,
        email=f"{name}@example.org",
        guests=guests,
        listing=Listing.HIDDEN,
        locale="en",
        once=f"once-{name}",
    )


def answers(event_id: int) -> list[Answer]:
    rows = sa.select(Rsvp.answer).where(Rsvp.event_id == event_id).order_by(Rsvp.queued_at, Rsvp.id)
    return list(db.session.scalars(rows))


def test_fifty_at_once_for_one_place(app: Flask, given: Given) -> None:
    event_id = given(lambda: make_event(capacity=1).id)
    raised = at_once(app, [lambda n=n: join(event_id, f"p{n}") for n in range(50)])  # type: ignore[misc]
    assert raised == []
    with app.app_context():
        assert answers(event_id) == [Answer.GOING] + [Answer.WAITLISTED] * 49
        assert broken_laws(event_id) == []


def test_one_person_many_times_at_once(app: Flask, given: Given) -> None:
    event_id = given(lambda: make_event(capacity=5).id)
    assert at_once(app, [lambda: join(event_id, "mira")] * 20) == []
    with app.app_context():
        assert answers(event_id) == [Answer.GOING]
        assert broken_laws(event_id) == []


def test_the_first_answers_at_once_make_one_tally(app: Flask, given: Given) -> None:
    def arrange() -> int:
        event = make_event(capacity=3)
        db.session.execute(sa.delete(Tally).where(Tally.event_id == event.id))
        return event.id

    event_id = given(arrange)
    assert at_once(app, [lambda n=n: join(event_id, f"p{n}") for n in range(12)]) == []  # type: ignore[misc]
    with app.app_context():
        assert answers(event_id).count(Answer.GOING) == 3
        assert broken_laws(event_id) == []


def test_a_storm_of_joining_changing_and_leaving(app: Flask, given: Given) -> None:
    event_id = given(lambda: make_event(capacity=7).id)
    dice = random.Random(14)

    def person(number: int, steps: list[tuple[str, int]]) -> None:
        for step, guests in steps:
            retried(lambda step=step, guests=guests: act(number, step, guests), tries=20, patience=60)

    def act(number: int, step: str, guests: int) -> None:
        try:
            if step == "join":
                join(event_id, f"p{number}", guests)
                return
            rsvp = db.session.scalar(sa.select(Rsvp).where(Rsvp.email == f"p{number}@example.org"))
            if rsvp is not None and step == "cancel":
                service.cancel(rsvp)
            elif rsvp is not None and rsvp.answer in STANDING:
                service.change_guests(rsvp, guests)
        except (seats.Full, moves.NotAllowed):
            db.session.rollback()

    def life(number: int) -> Callable[[], None]:
        kinds = ["join", "cancel", "guests", "join", "guests"]
        steps = [(dice.choice(kinds), dice.randint(0, 2)) for _ in range(6)]
        return lambda: person(number, steps)

    raised = at_once(app, [life(number) for number in range(16)])
    assert raised == []
    with app.app_context():
        assert broken_laws(event_id) == []


@pytest.fixture
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on SQLite: see test_express for the other way."""
    monkeypatch.setattr(express, "join", lambda *given: None)


@pytest.mark.usefixtures("spoiled", "step_by_step")
def test_without_the_guard_places_are_oversold(app: Flask, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes out lock, conditional write and check constraint: what is left looks, then writes, and gives too much."""
    event_id = given(lambda: make_event(capacity=1).id)
    with app.app_context():
        drop_the_referee()
    everybody_looked = threading.Barrier(8)

    looked: dict[int, tuple[int, int]] = {}

    def hold_nothing(event: Event) -> seats.Seats:
        taken, ceiling = looked[threading.get_ident()]
        return seats.Seats(event, now(), Rules.of(event), taken, 0, ceiling)

    def write_unconditionally(held: seats.Seats, when: seats.When, *, places: int = 0, **differences: int) -> bool:
        values = {name: getattr(Tally, name) + by for name, by in differences.items() if by}
        db.session.execute(sa.update(Tally).where(Tally.event_id == held.event.id).values(**values))
        return True

    def attempt(number: int) -> None:
        with app.app_context(), reading():
            row = db.session.execute(sa.select(Tally.taken, Tally.ceiling).where(Tally.event_id == event_id)).one()
        looked[threading.get_ident()] = (row[0], row[1])
        everybody_looked.wait(20)
        join(event_id, f"p{number}")

    monkeypatch.setattr(seats, "hold", hold_nothing)
    monkeypatch.setattr(seats, "_write", write_unconditionally)
    raised = at_once(app, [lambda n=n: attempt(n) for n in range(8)])  # type: ignore[misc]
    assert raised == []
    with app.app_context():
        assert answers(event_id).count(Answer.GOING) == 8
        assert "more places are taken than there are" in broken_laws(event_id)


@pytest.mark.usefixtures("step_by_step")
def test_with_only_the_referee_nobody_is_oversold(app: Flask, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a bug in the guard cannot oversell: the check constraint refuses."""
    event_id = given(lambda: make_event(capacity=1).id)
    monkeypatch.setitem(seats._CHANGES, seats.When.FITS, seats._CHANGE)
    monkeypatch.setattr(seats.Seats, "have_room", lambda self, places: True)
    raised = at_once(app, [lambda n=n: join(event_id, f"p{n}") for n in range(4)])  # type: ignore[misc]
    assert len(raised) == 3
    assert all(isinstance(error, sa.exc.IntegrityError) for error in raised)
    with app.app_context():
        assert answers(event_id) == [Answer.GOING]
        assert list(counts.differences()) == []


def drop_the_referee() -> None:
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("ALTER TABLE tally DROP CONSTRAINT ck_tally_never_oversold"))
        db.session.commit()
        return
    made = db.session.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'tally'"))
    lines = [line for line in str(made).splitlines() if "never_oversold" not in line]
    bare = "\n".join(lines).replace('CREATE TABLE "tally"', "CREATE TABLE bare").replace(",\n)", "\n)")
    for statement in (
        bare,
        "INSERT INTO bare SELECT * FROM tally",
        "DROP TABLE tally",
        "ALTER TABLE bare RENAME TO tally",
    ):
        db.session.execute(sa.text(statement))
    db.session.commit()
