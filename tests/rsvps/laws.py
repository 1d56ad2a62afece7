"""What must hold for an event's answers after every move."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from organizer.core.db import db, reading
from organizer.core.time import now
from organizer.events.models import Event, State
from organizer.rsvps import counts, seats
from organizer.rsvps.models import Answer, Rsvp, Tally
from organizer.rsvps.rules import Queue, Rules


def broken_laws(event_id: int) -> list[str]:
    """Return which laws the rows of this event break."""
    with current_app.app_context(), reading():  # a session of its own: what is committed, not what somebody remembers
        return _broken(event_id)


def _broken(event_id: int) -> list[str]:
    event = db.session.get_one(Event, event_id)
    tally = db.session.get_one(Tally, event_id)
    has_places = Rsvp.answer.in_([Answer.GOING, Answer.OFFERED])
    going = db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == event_id, has_places)).all()
    waiting = db.session.scalars(
        sa.select(Rsvp).where(Rsvp.event_id == event_id, Rsvp.answer == Answer.WAITLISTED)
    ).all()
    taken = sum(rsvp.places for rsvp in going)
    free = None if tally.ceiling is None else tally.ceiling - taken
    queue_moves = event.state == State.PUBLISHED and now() < event.starts_at
    queue_moves = queue_moves and Rules.of(event).queue is not Queue.HOST
    broken = []
    if free is not None and free < 0:
        broken.append("more places are taken than there are")
    if queue_moves and any(free is None or rsvp.places <= free for rsvp in waiting):
        broken.append("a place is free beside a party that fits and waits")
    if tally.ceiling != seats.ceiling_of(Rules.of(event).limit(event.capacity), taken):
        broken.append("the ceiling is neither the capacity nor what is taken")
    if list(counts.differences()):
        broken.append("the tally does not say what the rows say")
    people = [rsvp.email for rsvp in [*going, *waiting]]
    if len(people) != len(set(people)):
        broken.append("somebody is on the list twice")
    return broken
