"""The queue behind the places.

People wait in the order in which they joined (`queued_at`, then id). When places become free the queue is walked from
its head, and every party that fits is promoted. A party that is larger than what is free is passed over: it keeps its
position, and the log says so. A newcomer therefore gets a place only if it fits and nobody who waits would fit. Nobody is
promoted while the event is over-full, once it has started, or when it is not published. That registration has closed
keeps newcomers away, not those who wait.

What promoting means is said by the event's rules: the place is theirs (`Queue.AUTOMATIC`), or it is held for them for
some hours, and theirs when they take it (`Queue.OFFER`). With `Queue.HOST` nobody moves by themselves, and newcomers line
up behind those who wait even while places are free.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from organizer.core.db import db
from organizer.core.errors import N_, DomainError

from . import moves, seats
from .models import Answer, Rsvp
from .moves import By
from .rules import Queue
from .seats import Seats
from .signals import RsvpMoved, rsvp_moved

_BATCH = 200  # parties promoted by one look at the queue


class OfferOver(DomainError):
    """The place was held for somebody, and the time to take it has passed."""

    message = N_("The time to take this place is over. It goes to the next in the queue.")


def promote(held: Seats) -> list[Rsvp]:
    """Walk the queue by the rule of this module's docstring and return who was promoted, in order."""
    promoted: list[Rsvp] = []
    offers = held.rules.queue is Queue.OFFER
    while held.waiting > 0 and held.queue_moves and (held.free is None or held.free > 0):
        batch = _fitting(held)
        if not batch or not seats.take_batch(held, sum(r.places for r in batch), len(batch), offered=offers):
            break
        for rsvp in batch:
            _promote(rsvp, held, offers)
        promoted += batch
    if promoted and held.waiting > 0:
        moves.log_passed_over(promoted[-1], moves.PASSED_OVER, By.QUEUE)
    return promoted


def follow_rules(held: Seats) -> list[Rsvp]:
    """Make the ceiling follow the event's capacity and rules, and promote whom that lets in."""
    seats.follow_limit(held)
    return promote(held)


def leave(
    held: Seats,
    rsvp: Rsvp,
    after: Answer,
    why: str,
    by: By,
    by_id: int | None = None,
    words: str = "",
    *,
    quiet: bool = False,
) -> Rsvp:
    """Take a party out of the places or of the queue, and give on what becomes free. `quiet`: without a letter to it."""
    before = rsvp.answer
    moves.check(before, after, by)
    seats.give_back(held, before, rsvp.places)
    rsvp.answer, rsvp.answered_at = after, held.moment
    moves.announce(rsvp, before, why, by, by_id, words, quiet=quiet)
    promote(held)
    return rsvp


def first_turn(event_id: int) -> datetime | None:
    """Return when the first in the queue joined it, or None if nobody waits."""
    waiting = sa.and_(Rsvp.event_id == event_id, Rsvp.answer == Answer.WAITLISTED)
    return db.session.scalar(sa.select(sa.func.min(Rsvp.queued_at)).where(waiting))


def _fitting(held: Seats) -> list[Rsvp]:
    """The next parties in the order of the queue that fit one after another into what is free."""
    wanted = sa.select(Rsvp).where(Rsvp.event_id == held.event.id, Rsvp.answer == Answer.WAITLISTED)
    if held.free is not None:
        wanted = wanted.where(Rsvp.guests < held.free)
    fitting, free = [], held.free
    for rsvp in db.session.scalars(wanted.order_by(Rsvp.queued_at, Rsvp.id).limit(_BATCH)):
        if free is None or rsvp.places <= free:
            fitting.append(rsvp)
            free = None if free is None else free - rsvp.places
    return fitting


def _promote(rsvp: Rsvp, held: Seats, offers: bool) -> None:
    set_committed_value(rsvp, "event", held.event)
    rsvp.answer, rsvp.answered_at = Answer.OFFERED if offers else Answer.GOING, held.moment
    if offers:
        rsvp.offer_until = held.rules.offer_until(held.moment, held.event.starts_at)
    db.session.flush()
    why = moves.OFFERED_PLACE if offers else moves.PROMOTED
    moves.log(rsvp, Answer.WAITLISTED, why, By.QUEUE)
    rsvp_moved.publish(RsvpMoved(rsvp, Answer.WAITLISTED, rsvp.answer, why))
