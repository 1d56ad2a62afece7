"""What hosts do with the list of an event: add, let in, approve, decline, move up, remove, note, excuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from organizer.accounts.addresses import normalised
from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import db
from organizer.core.errors import N_, Busy, Invalid
from organizer.core.time import now
from organizer.events.models import Event

from . import moves, opening, parties, seats, waitlist
from .models import Answer, Rsvp, Source
from .moves import By
from .service import named


@dataclass(frozen=True)
class Approved:
    """What came of approving several: who got a place, and who is left since they did not fit."""

    approved: tuple[Rsvp, ...]
    left: tuple[Rsvp, ...]


def add_by_host(
    actor: Account,
    event: Event,
    name: str,
    email: str,
    guests: int,
    *,
    over_capacity: bool,
    source: Source,
    quiet: bool = False,
) -> Rsvp:
    """Put somebody on the list who gets a place at once; who waits or had cancelled is let in, with these guests.

    `email` may be empty; `quiet`: no letter goes there. Raises Full when the places are not free, unless
    `over_capacity`; Forbidden; Invalid.
    """
    require(actor, Action.CHANGE_GUEST_LIST, event)
    if not 0 <= guests <= opening.HOSTS_LIMIT:
        raise Invalid(N_("A party has at most %(limit)s guests."), field="guests", limit=opening.HOSTS_LIMIT)
    checked, address = named(name), normalised(email) if email.strip() else None
    held = seats.hold(event)
    opening.check_open(event, even_over=True)
    known = parties.existing(event, None, address) if address else None
    if known is not None:
        return _let_in(held, known, guests, over_capacity, actor, quiet=quiet)
    _seat(held, 1 + guests, over_capacity=over_capacity)
    values = {"email": address, "name": checked, "guests": guests, "locale": event.community.locale, "source": source}
    rsvp = parties.insert(event, Answer.GOING, values)
    if rsvp is None:
        raise Busy
    why = moves.WALKED_IN if source == Source.WALK_IN else moves.ADDED
    return moves.announce(rsvp, None, why, By.HOST, actor.id, quiet=quiet)


def let_in(actor: Account, rsvp: Rsvp, why: str, *, over_capacity: bool) -> Rsvp:
    """Give a place to somebody on the list who waits, asked, had cancelled or was removed; the log keeps `why`.

    Raises Full unless `over_capacity`, Invalid without a reason.
    """
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    reason = _reason(why)
    held = parties.hold(rsvp, even_over=True)
    return _let_in(held, rsvp, rsvp.guests, over_capacity, actor, reason)


def approve(actor: Account, rsvp: Rsvp) -> Rsvp:
    """Give a place to somebody who asked. Raises Full when the places are not free: capacity is asked again now."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    held = parties.hold(rsvp)
    seats.reread(held)
    if rsvp.answer is Answer.PENDING and not _approve(held, rsvp, actor):
        raise seats.Full
    return rsvp


def approve_all(actor: Account, event: Event, keys: frozenset[str] | None = None) -> Approved:
    """Give places to all who asked (of these `keys` only), in the order in which they asked, as far as places go.

    Whoever does not fit is left asking, and named; a smaller party after them may still fit.
    """
    require(actor, Action.CHANGE_GUEST_LIST, event)
    held = seats.hold(event)
    opening.check_open(event)
    seats.reread(held)
    wanted = sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.answer == Answer.PENDING)
    approved: list[Rsvp] = []
    left: list[Rsvp] = []
    for rsvp in db.session.scalars(wanted.order_by(Rsvp.queued_at, Rsvp.id)).all():
        if keys is None or rsvp.key in keys:
            set_committed_value(rsvp, "event", event)
            (approved if _approve(held, rsvp, actor) else left).append(rsvp)
    return Approved(tuple(approved), tuple(left))


def decline(actor: Account, rsvp: Rsvp, why: str = "") -> Rsvp:
    """Say no to somebody who asked; `why` is for the other hosts. They cannot ask again by themselves."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    held = parties.hold(rsvp)
    if rsvp.answer is Answer.DECLINED:
        return rsvp
    return waitlist.leave(held, rsvp, Answer.DECLINED, moves.REFUSED, By.HOST, actor.id, " ".join(why.split()))


def move_up(actor: Account, rsvp: Rsvp, why: str) -> Rsvp:
    """Put somebody who waits at the head of the queue; those who stood before them find `why` in their log."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    reason = _reason(why)
    held = parties.hold(rsvp)
    if rsvp.answer is not Answer.WAITLISTED:
        raise moves.NotAllowed
    first = waitlist.first_turn(rsvp.event_id)
    if first is not None and first != rsvp.queued_at:
        moves.log_passed_over(rsvp, f"{moves.OVERTAKEN}: {reason}", By.HOST, actor.id)
        rsvp.queued_at = first - timedelta(microseconds=1)
    moves.announce(rsvp, Answer.WAITLISTED, moves.MOVED_UP, By.HOST, actor.id, f"{moves.MOVED_UP}: {reason}")
    seats.reread(held)
    waitlist.promote(held)
    return rsvp


def remove(actor: Account, rsvp: Rsvp, why: str, block: bool = True, *, quiet: bool = False) -> Rsvp:
    """Take somebody off the list; with `block` they cannot answer this event again by themselves.

    `quiet`: they are not written to.
    """
    event = parties.event_of(rsvp)
    require(actor, Action.CHANGE_GUEST_LIST, event)
    held = parties.hold(rsvp, even_over=True)
    if rsvp.answer == Answer.REMOVED:
        return rsvp
    rsvp.blocked = block
    return waitlist.leave(held, rsvp, Answer.REMOVED, why.strip(), By.HOST, actor.id, quiet=quiet)


def set_note(actor: Account, rsvp: Rsvp, note: str) -> None:
    """Keep a note for the hosts, at most 300 characters; the person never sees it."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    rsvp.note = note.strip()[:300]
    db.session.flush()


def excuse(actor: Account, rsvp: Rsvp, why: str) -> Rsvp:
    """Do not count that somebody withdrew late or did not come; the log keeps `why`. Raises Invalid without a reason."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    return _count(actor, rsvp, moves.EXCUSED, f"{moves.EXCUSED}: {_reason(why)}", excused=True)


def count_again(actor: Account, rsvp: Rsvp) -> Rsvp:
    """Take an excuse back."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    return _count(actor, rsvp, moves.COUNTED_AGAIN, "", excused=False)


def _count(actor: Account, rsvp: Rsvp, why: str, words: str, *, excused: bool) -> Rsvp:
    parties.hold(rsvp, even_over=True)
    if rsvp.answer not in {Answer.GOING, Answer.CANCELLED}:
        raise moves.NotAllowed
    if rsvp.excused is not excused:
        rsvp.excused = excused
        moves.announce(rsvp, rsvp.answer, why, By.HOST, actor.id, words)
    return rsvp


def _approve(held: seats.Seats, rsvp: Rsvp, actor: Account) -> bool:
    if held.free is not None and rsvp.places > held.free:
        return False
    seats.squeeze_in(held, rsvp.places)
    rsvp.answer, rsvp.answered_at = Answer.GOING, held.moment
    moves.announce(rsvp, Answer.PENDING, moves.APPROVED, By.HOST, actor.id)
    return True


def _let_in(
    held: seats.Seats,
    rsvp: Rsvp,
    guests: int,
    over_capacity: bool,
    actor: Account,
    reason: str = "",
    *,
    quiet: bool = False,
) -> Rsvp:
    before = rsvp.answer
    if before is Answer.GOING:
        return rsvp
    if before is Answer.OFFERED:
        seats.give_back(held, before, rsvp.places)  # and takes as many as it needs now
    _seat(held, 1 + guests, over_capacity=over_capacity, waited=before is Answer.WAITLISTED)
    if before is Answer.WAITLISTED and waitlist.first_turn(rsvp.event_id) not in {None, rsvp.queued_at}:
        moves.log_passed_over(rsvp, f"{moves.OVERTAKEN}: {reason}" if reason else moves.OVERTAKEN, By.HOST, actor.id)
    rsvp.answer, rsvp.guests, rsvp.blocked, rsvp.answered_at = Answer.GOING, guests, False, now()
    parties.forget_withdrawal(rsvp)
    moves.announce(
        rsvp, before, moves.LET_IN, By.HOST, actor.id, f"{moves.LET_IN}: {reason}" if reason else "", quiet=quiet
    )
    if before is Answer.OFFERED:
        waitlist.promote(held)
    return rsvp


def _seat(held: seats.Seats, places: int, *, over_capacity: bool, waited: bool = False) -> None:
    seats.reread(held)
    if not over_capacity and held.free is not None and places > held.free:
        raise seats.Full
    seats.squeeze_in(held, places, waited=waited)


def _reason(why: str) -> str:
    reason = " ".join(why.split())[:160]
    if not reason:
        raise Invalid(N_("Please say why, for the other hosts."), field="why")
    return reason
