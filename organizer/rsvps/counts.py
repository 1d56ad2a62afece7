"""Comparing the tallies with the rows they count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from organizer.core.db import db
from organizer.events.models import Event

from . import seats
from .models import Answer, Rsvp, Tally


@dataclass(frozen=True)
class Difference:
    """An event whose tally does not say what its rows say; (taken, going, waiting, ceiling) of each."""

    event_id: int
    key: str
    title: str
    tally: tuple[int, int, int, int | None]
    rows: tuple[int, int, int, int | None]


def differences() -> Iterator[Difference]:
    """Find all events whose tally is wrong, in one statement. An event without a tally and without answers is right."""
    going, waits = Rsvp.answer == Answer.GOING, Rsvp.answer == Answer.WAITLISTED
    counted = (
        sa.select(
            Rsvp.event_id,
            sa.func.coalesce(sa.func.sum(Rsvp.guests + 1).filter(going), 0).label("taken"),
            sa.func.count().filter(going).label("going"),
            sa.func.count().filter(waits).label("waiting"),
        )
        .group_by(Rsvp.event_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(
            *(Event.id, Event.key, Event.title, Event.capacity),
            *(Tally.event_id, Tally.taken, Tally.going, Tally.waiting, Tally.ceiling),
            *(sa.func.coalesce(counted.c[name], 0) for name in ("taken", "going", "waiting")),
        )
        .outerjoin(Tally, Tally.event_id == Event.id)
        .outerjoin(counted, counted.c.event_id == Event.id)
        .where(sa.or_(Tally.event_id.is_not(None), counted.c.event_id.is_not(None)))
        .order_by(Event.id)
    )
    for event_id, key, title, capacity, has_tally, *numbers in rows:
        kept = (0, 0, 0, None) if has_tally is None else (numbers[0], numbers[1], numbers[2], numbers[3])
        truth = (numbers[4], numbers[5], numbers[6], seats.ceiling_of(capacity, numbers[4]))
        if kept != truth:
            yield Difference(event_id, key, title, kept, truth)


def repair(found: Difference) -> None:
    """Set the tally of one event by its rows, under the lock of its seats, and promote whom that lets in."""
    event = db.session.get_one(Event, found.event_id)
    held = seats.hold(event)
    db.session.execute(sa.delete(Tally).where(Tally.event_id == event.id))
    seats.reread(held)
    seats.promote(held)
