"""Comparing the tallies with the rows they count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from organizer.core.db import db
from organizer.events.models import Event

from . import seats, waitlist
from .models import Rsvp, Tally
from .rules import Rules

COUNTED = ("taken", "going", "waiting", "held")  # columns of the tally that count rows; the ceiling follows from them


@dataclass(frozen=True)
class Difference:
    """An event whose tally does not say what its rows say; (taken, going, waiting, held, ceiling) of each."""

    event_id: int
    key: str
    title: str
    tally: tuple[int | None, ...]
    rows: tuple[int | None, ...]


def differences() -> Iterator[Difference]:
    """Find all events whose tally is wrong, in one statement. An event without a tally and without answers is right."""
    counted = (
        sa.select(Rsvp.event_id, *(count.label(name) for name, count in seats.counting().items()))
        .group_by(Rsvp.event_id)
        .subquery()
    )
    events = sa.select(Event).options(sa.orm.load_only(Event.key, Event.title, Event.capacity, Event.rsvp_rules))
    rows = db.session.execute(
        events.add_columns(
            *(Tally.event_id, *(getattr(Tally, name) for name in COUNTED), Tally.ceiling),
            *(sa.func.coalesce(counted.c[name], 0) for name in COUNTED),
        )
        .outerjoin(Tally, Tally.event_id == Event.id)
        .outerjoin(counted, counted.c.event_id == Event.id)
        .where(sa.or_(Tally.event_id.is_not(None), counted.c.event_id.is_not(None)))
        .order_by(Event.id)
    )
    for event, has_tally, *numbers in rows:
        kept = tuple(numbers[:5]) if has_tally is not None else (0, 0, 0, 0, None)
        there = tuple(numbers[5:])
        truth = (*there, seats.ceiling_of(Rules.of(event).limit(event.capacity), there[0]))
        if kept != truth:
            yield Difference(event.id, event.key, event.title, kept, truth)


def repair(found: Difference) -> None:
    """Set the tally of one event by its rows, under the lock of its seats, and promote whom that lets in."""
    event = db.session.get_one(Event, found.event_id)
    held = seats.hold(event)
    db.session.execute(sa.delete(Tally).where(Tally.event_id == event.id))
    seats.reread(held)
    waitlist.promote(held)
