"""Reading answers: positions, who comes, one's own."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from organizer.core.db import db

from .models import Answer, Rsvp


@dataclass(frozen=True)
class Position:
    """The `number`-th of `waiting` parties in the queue; the first is 1."""

    number: int
    waiting: int


def position(rsvp: Rsvp) -> Position | None:
    """Return where a party stands in the queue, or None if it does not wait. One statement."""
    if rsvp.answer != Answer.WAITLISTED:
        return None
    before = sa.or_(Rsvp.queued_at < rsvp.queued_at, sa.and_(Rsvp.queued_at == rsvp.queued_at, Rsvp.id <= rsvp.id))
    number, waiting = db.session.execute(
        sa.select(sa.func.count().filter(before), sa.func.count()).where(
            Rsvp.event_id == rsvp.event_id, Rsvp.answer == Answer.WAITLISTED
        )
    ).one()
    return Position(number, waiting)
