"""What happens by itself: offers run out, people are asked whether they still come, replies are deleted in their time."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.core.db import db, reading, retried
from organizer.core.jobs import job
from organizer.core.time import now
from organizer.events.models import Event, State

from . import asking, moves, questions, replies, seats, waitlist
from .models import Answer, Rsvp
from .moves import By

AT_ONCE = 500  # events looked at in one run


@job(every=timedelta(minutes=1), own_units=True)
def expire_offers() -> int:
    """Give on the places of offers that have run out, one event a unit of work; return how many ran out.

    While an event is cancelled its answers are frozen; offers run out when it takes place after all.
    """
    # A unit of its own, ended before the first event is held.
    events = retried(_with_old_offers)
    return sum(retried(lambda event_id=event_id: _expire(event_id)) for event_id in events)  # type: ignore[misc]


@job(every=timedelta(minutes=1), own_units=True)
def ask_who_still_comes() -> int:
    """Ask those going to what begins soon whether they still come, one event a unit of work; return how many were asked."""
    with reading():
        events = asking.due()
    return sum(retried(lambda event_id=event_id: asking.ask(event_id)) for event_id in events[:AT_ONCE])  # type: ignore[misc]


@job(every=timedelta(minutes=1), own_units=True)
def release_silent() -> int:
    """Give on the places of those who did not answer, where the rules of an event say so; return how many parties."""
    with reading():
        events = asking.release_due()
    return sum(
        retried(lambda event_id=event_id: asking.release_by_rule(event_id))  # type: ignore[misc]
        for event_id in events[:AT_ONCE]
    )


@job(every=timedelta(days=1), own_units=True)
def delete_replies() -> int:
    """Delete what people said to questions as long after the event as was promised; return how many replies."""
    deleted = 0
    while (portion := retried(replies.delete_old)) > 0:
        deleted += portion
    retried(questions.sweep)
    return deleted


def _with_old_offers() -> list[int]:
    old = sa.and_(Rsvp.answer == Answer.OFFERED, Rsvp.offer_until <= now(), Event.state == State.PUBLISHED)
    wanted = sa.select(Rsvp.event_id).join(Event, Event.id == Rsvp.event_id).where(old).distinct()
    return list(db.session.scalars(wanted.order_by(Rsvp.event_id).limit(AT_ONCE)))


def _expire(event_id: int) -> int:
    wanted = sa.select(Event).where(Event.id == event_id).options(joinedload(Event.community))
    event = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    held = seats.hold(event)
    if event.state is not State.PUBLISHED:
        return 0
    old = sa.and_(Rsvp.event_id == event_id, Rsvp.answer == Answer.OFFERED, Rsvp.offer_until <= held.moment)
    expired = db.session.scalars(sa.select(Rsvp).where(old).order_by(Rsvp.id).options(joinedload(Rsvp.account))).all()
    for rsvp in expired:
        seats.give_back(held, Answer.OFFERED, rsvp.places)
        rsvp.answer, rsvp.answered_at = Answer.CANCELLED, held.moment
        moves.announce(rsvp, Answer.OFFERED, moves.EXPIRED, By.SYSTEM)
    waitlist.promote(held)  # once, after all: the order of the queue is kept whatever ran out first
    return len(expired)
