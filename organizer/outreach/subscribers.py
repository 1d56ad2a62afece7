"""Which facts make us write, and to whom."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.accounts.signals import SignInAsked, sign_in_asked
from organizer.core.db import db
from organizer.core.ids import hashed
from organizer.core.time import now
from organizer.events.models import Event
from organizer.events.signals import EventCancelled, EventChanged, event_cancelled, event_changed
from organizer.rsvps import moves
from organizer.rsvps.models import STANDING, Answer, Rsvp, Source
from organizer.rsvps.signals import LinkAsked, RsvpMoved, link_asked, rsvp_moved

from . import kinds, mailings, service  # noqa: F401 - the first two make kinds of letters and jobs known
from .addressing import to_guest


@sign_in_asked.subscribe
def send_code(fact: SignInAsked) -> None:
    """Write to the address, whether or not it has an account."""
    once = f"sign-in:{hashed(fact.link_token)[:32]}"
    service.write("sign_in", once, fact.email, "", fact.locale, {"code": fact.code, "link_token": fact.link_token})


@rsvp_moved.subscribe
def tell_the_person(fact: RsvpMoved) -> None:
    """Confirm every answer by letter; who stands at the door needs none, and guests are counted without one."""
    rsvp = fact.rsvp
    kind = _kind_of_move(fact)
    if kind is None or rsvp.email is None or rsvp.source is Source.WALK_IN:
        return
    about: dict[str, Any] = {}
    if kind == "going" and fact.why in {moves.ADDED, moves.LET_IN}:
        about["by_host"] = True
    if fact.before is Answer.GOING and fact.after is not Answer.GOING:
        about["was_going"] = True  # has the event in the calendar
    moment = int(rsvp.answered_at.timestamp() * 1_000_000)
    draft = to_guest(kind, f"{kind}:{rsvp.id}:{moment}", rsvp, about)
    service.write_all([draft])


@link_asked.subscribe
def send_link_again(fact: LinkAsked) -> None:
    """Send the private link to the holder of the address, once an hour at most."""
    if fact.rsvp.email is not None:
        service.write_all([to_guest("your_link", f"your_link:{fact.rsvp.id}:{now():%Y%m%d%H}", fact.rsvp, {})])


@event_cancelled.subscribe
def tell_all_of_the_end(fact: EventCancelled) -> None:
    """Tell everybody who is going or waiting that it will not happen."""
    _tell_all(fact.event, "event_cancelled", f"{fact.event.sequence}", {})


@event_changed.subscribe
def tell_all_of_the_move(fact: EventChanged) -> None:
    """Tell everybody who is going or waiting the new time or place."""
    if fact.moved and fact.move is not None and not fact.event.is_over:
        _tell_all(fact.event, "event_moved", f"{fact.move.id}", {"move": fact.move.id})


def _kind_of_move(fact: RsvpMoved) -> str | None:
    if fact.before == fact.after:
        return None
    if fact.after is Answer.GOING:
        return "promoted" if fact.before is Answer.WAITLISTED else "going"
    return {
        Answer.WAITLISTED: "waitlisted",
        Answer.CANCELLED: None if fact.why == moves.ACCOUNT_DELETED else "cancelled_by_you",
        Answer.REMOVED: None if fact.before is Answer.CANCELLED else "removed",
    }.get(fact.after)


def _tell_all(event: Event, kind: str, which: str, about: dict[str, Any]) -> None:
    told = db.session.scalars(
        sa.select(Rsvp)
        .where(Rsvp.event_id == event.id, Rsvp.answer.in_(STANDING), Rsvp.email.is_not(None))
        .options(joinedload(Rsvp.account))
        .order_by(Rsvp.id)
    )
    service.write_all([to_guest(kind, f"{kind}:{rsvp.id}:{which}", rsvp, about) for rsvp in told])
