"""Answering an event: join, change, withdraw, and what hosts do with the list.

A person is a signed-in account or whoever holds the private link; the caller of a function that takes an `Rsvp` has
that proof. An address alone proves nothing: answering again with it changes nothing and reveals nothing but that a
letter was sent. Whether the address belongs to an account makes no difference at all, so nobody learns it.
"""

from __future__ import annotations

from organizer.accounts.addresses import normalised
from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import db
from organizer.core.errors import N_, Busy, Invalid
from organizer.core.ids import hashed, same
from organizer.core.time import now
from organizer.events.models import Event

from . import moves, opening, parties, seats
from .models import Answer, Listing, Rsvp, Source
from .moves import By
from .signals import LinkAsked, RsvpMoved, link_asked, rsvp_moved

ACTIVE = frozenset({Answer.GOING, Answer.WAITLISTED})


def answer(
    actor: Account | None,
    event: Event,
    *,
    name: str,
    email: str,
    guests: int,
    listing: Listing,
    locale: str,
    once: str = "",
) -> Rsvp:
    """Give the person a place, or the last position in the queue. The same answer again changes nothing.

    For an account its own address counts, and its name unless one is given. `once` is a secret of the form that was
    sent: who sends the same form again has the proof that the answer is theirs (`proves`). An existing answer is
    brought to what is asked only with a proof; without one a letter with the private link goes to its address.
    Raises what `opening` defines, or Invalid with its field.
    """
    if (refused := opening.refusal(actor, event)) is not None:
        raise refused
    require(actor, Action.ANSWER_EVENT, event)
    opening.check_party(event, guests)
    account_id, address = (actor.id, actor.email) if actor else (None, normalised(email))
    values = {
        "account_id": account_id,
        "email": address,
        "name": _name(name or (actor.name if actor else "")),
        "guests": guests,
        "listing": listing,
        "locale": locale,
        "once_hash": hashed(once) if once else None,
        "source": Source.WEB,
    }
    held = seats.hold(event)
    opening.check_open(event)
    given = seats.admit(held, 1 + guests)
    rsvp = parties.insert(event, given, values)
    if rsvp is not None:
        return _announce(rsvp, None, moves.JOINED, By.PERSON, actor)
    seats.give_back(held, given, 1 + guests)
    known = parties.existing(event, account_id, address)
    if known is None:
        raise Busy  # a random code met twice: once in 10^15; the next try has another
    return _again(actor, known, guests, once)


def proves(rsvp: Rsvp, actor: Account | None, once: str = "") -> bool:
    """Tell whether `actor`, or who sent the form with `once`, may see and change `rsvp`."""
    if actor is not None and rsvp.account_id == actor.id:
        return True
    return bool(once and rsvp.once_hash) and same(hashed(once), rsvp.once_hash or "")


def change_guests(rsvp: Rsvp, guests: int, actor: Account | None = None) -> Rsvp:
    """Bring `guests` people along instead. Fewer free their places at once; more need free places.

    Who waits keeps the position. Raises Full when the places are not free, Invalid beyond the event's limit.
    """
    held = _hold(rsvp)
    _check_active(rsvp)
    if guests == rsvp.guests:
        return rsvp
    before = rsvp.guests
    if guests > before or guests < 0:  # fewer are always welcome, also where the limit has been lowered meanwhile
        opening.check_party(rsvp.event, guests)
    if guests > before:
        if rsvp.answer == Answer.GOING:
            seats.grow(held, guests - before)
    elif rsvp.answer == Answer.GOING:
        seats.give_back(held, rsvp.answer, before - guests, leaves=False)
    rsvp.guests = guests
    _announce(rsvp, rsvp.answer, moves.MORE_GUESTS if guests > before else moves.FEWER_GUESTS, By.PERSON, actor)
    if guests < before:
        seats.reread(held)
        seats.promote(held)
    return rsvp


def cancel(rsvp: Rsvp, actor: Account | None = None, *, by: By = By.PERSON, why: str = moves.WITHDREW) -> Rsvp:
    """Withdraw: the places are free at once and go to who waits. Cancelling twice changes nothing."""
    held = _hold(rsvp)
    if rsvp.answer not in ACTIVE:
        return rsvp
    return _leave(held, rsvp, Answer.CANCELLED, why, by, actor)


def rejoin(rsvp: Rsvp, guests: int | None = None, actor: Account | None = None) -> Rsvp:
    """Come back after cancelling: a place if one is free, else the end of the queue.

    Raises TakenOff for somebody whom a host removed and blocked.
    """
    held = _hold(rsvp)
    if rsvp.answer in ACTIVE:
        return rsvp
    if rsvp.blocked:
        raise opening.TakenOff
    party = rsvp.guests if guests is None else guests
    opening.check_party(rsvp.event, party)
    moves.check(rsvp.answer, Answer.GOING, By.PERSON)
    before, rsvp.guests = rsvp.answer, party
    rsvp.answer = seats.admit(held, 1 + party)
    rsvp.queued_at = rsvp.answered_at = now()
    return _announce(rsvp, before, moves.JOINED_AGAIN, By.PERSON, actor)


def set_listing(rsvp: Rsvp, listing: Listing) -> None:
    """Change how the person appears among those who come."""
    seats.hold(parties.event_of(rsvp))
    rsvp.listing = listing
    db.session.flush()


def add_by_host(
    actor: Account, event: Event, name: str, email: str, guests: int, *, over_capacity: bool, source: Source
) -> Rsvp:
    """Put somebody on the list who gets a place at once; who waits or had cancelled is let in, with these guests.

    `email` may be empty. Raises Full when the places are not free, unless `over_capacity`; Forbidden; Invalid.
    """
    require(actor, Action.CHANGE_GUEST_LIST, event)
    if not 0 <= guests <= opening.HOSTS_LIMIT:
        raise Invalid(N_("A party has at most %(limit)s guests."), field="guests", limit=opening.HOSTS_LIMIT)
    named, address = _name(name), normalised(email) if email.strip() else None
    held = seats.hold(event)
    opening.check_open(event, even_over=True)
    known = parties.existing(event, None, address) if address else None
    if known is not None:
        return _let_in(held, known, guests, over_capacity, actor)
    _seat_by_host(held, 1 + guests, over_capacity=over_capacity)
    values = {"email": address, "name": named, "guests": guests, "locale": event.community.locale, "source": source}
    rsvp = parties.insert(event, Answer.GOING, values)
    if rsvp is None:
        raise Busy
    return _announce(rsvp, None, moves.WALKED_IN if source == Source.WALK_IN else moves.ADDED, By.HOST, actor)


def let_in(actor: Account, rsvp: Rsvp, *, over_capacity: bool) -> Rsvp:
    """Give a place to somebody on the list who waits, had cancelled or was removed. Raises Full unless `over_capacity`."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    held = _hold(rsvp, even_over=True)
    return _let_in(held, rsvp, rsvp.guests, over_capacity, actor)


def remove(actor: Account, rsvp: Rsvp, why: str, block: bool = True) -> Rsvp:
    """Take somebody off the list; with `block` they cannot answer this event again by themselves."""
    event = parties.event_of(rsvp)
    require(actor, Action.CHANGE_GUEST_LIST, event)
    held = _hold(rsvp, even_over=True)
    if rsvp.answer == Answer.REMOVED:
        return rsvp
    rsvp.blocked = block
    return _leave(held, rsvp, Answer.REMOVED, why.strip(), By.HOST, actor)


def set_note(actor: Account, rsvp: Rsvp, note: str) -> None:
    """Keep a note for the hosts, at most 300 characters; the person never sees it."""
    require(actor, Action.CHANGE_GUEST_LIST, parties.event_of(rsvp))
    rsvp.note = note.strip()[:300]
    db.session.flush()


def _let_in(held: seats.Seats, rsvp: Rsvp, guests: int, over_capacity: bool, actor: Account) -> Rsvp:
    if rsvp.answer == Answer.GOING:
        return rsvp
    _seat_by_host(held, 1 + guests, over_capacity=over_capacity, waited=rsvp.answer == Answer.WAITLISTED)
    before, rsvp.answer, rsvp.guests, rsvp.blocked = rsvp.answer, Answer.GOING, guests, False
    rsvp.answered_at = now()
    return _announce(rsvp, before, moves.LET_IN, By.HOST, actor)


def _seat_by_host(held: seats.Seats, places: int, *, over_capacity: bool, waited: bool = False) -> None:
    seats.reread(held)
    if not over_capacity and held.free is not None and places > held.free:
        raise seats.Full
    seats.squeeze_in(held, places, waited=waited)


def _leave(held: seats.Seats, rsvp: Rsvp, after: Answer, why: str, by: By, actor: Account | None) -> Rsvp:
    before = rsvp.answer
    moves.check(before, after, by)
    seats.give_back(held, before, rsvp.places)
    rsvp.answer = after
    rsvp.answered_at = now()
    _announce(rsvp, before, why, by, actor)
    seats.promote(held)
    return rsvp


def _announce(rsvp: Rsvp, before: Answer | None, why: str, by: By, actor: Account | None) -> Rsvp:
    db.session.flush()
    moves.log(rsvp, before, why, by, actor.id if actor else None)
    rsvp_moved.publish(RsvpMoved(rsvp, before, rsvp.answer, why))
    return rsvp


def _again(actor: Account | None, rsvp: Rsvp, guests: int, once: str) -> Rsvp:
    """Bring an answer that exists to what is asked, if there is a proof that it is the same person's."""
    if actor is not None and rsvp.account_id is None and rsvp.email == actor.email:
        rsvp.account_id = actor.id  # the address of an account is proven
        db.session.flush()
    if not proves(rsvp, actor, once):
        link_asked.publish(LinkAsked(rsvp))
        return rsvp
    if once and same(hashed(once), rsvp.once_hash or ""):
        # Late or twice: what the person has said since then stands. Only a form that was changed asks for more.
        if not rsvp.blocked and (rsvp.answer not in ACTIVE or guests == moves.guests_at_first(rsvp)):
            return rsvp
    elif actor is not None and once:
        rsvp.once_hash = hashed(once)
    if rsvp.answer not in ACTIVE:
        return rejoin(rsvp, guests, actor)
    return change_guests(rsvp, guests, actor)


def _hold(rsvp: Rsvp, *, even_over: bool = False) -> seats.Seats:
    """Hold the event's places and read the RSVP afresh: it may have moved while we waited for the lock."""
    event = parties.event_of(rsvp)
    held = seats.hold(event)
    db.session.refresh(rsvp, ["answer", "guests", "queued_at", "blocked"])
    opening.check_open(event, even_over=even_over)
    return held


def _check_active(rsvp: Rsvp) -> None:
    if rsvp.answer not in ACTIVE:
        raise moves.NotAllowed


def _name(name: str) -> str:
    cleaned = " ".join(name.split())[:80]
    if not cleaned:
        raise Invalid(N_("Please tell us your name."), field="name")
    return cleaned
