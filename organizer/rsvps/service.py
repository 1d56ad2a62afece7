"""Answering an event: join, change, withdraw. What hosts do with the list is in `hosting`.

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

from . import admission, express, invitations, moves, opening, parties, questions, replies, seats, waitlist
from .admission import Entry
from .models import STANDING, Answer, Listing, Rsvp, Source
from .moves import By
from .signals import LinkAsked, link_asked

NOTHING_BROUGHT = Entry()


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
    entry: Entry = NOTHING_BROUGHT,
    said: replies.Said | None = None,
) -> Rsvp:
    """Give the person a place, the last position in the queue, or a request for a host to decide, as the rules say.

    The same answer again changes nothing. For an account its own address counts, and its name unless one is given.
    `once` is a secret of the form that was sent: who sends the same form again has the proof that the answer is theirs
    (`proves`). An existing answer is brought to what is asked only with a proof; without one a letter with the private
    link goes to its address. `said` answers the questions of hosts. Raises what `opening` and `admission` define, or
    Invalid with its field.
    """
    invitation = invitations.usable(entry.invitation, event) if entry.invitation else None
    refused = opening.shut(event) if invitation else opening.refusal(actor, event)
    if refused is not None:
        raise refused
    if invitation is None:  # who is invited may know of what others may not see
        require(actor, Action.ANSWER_EVENT, event)
    opening.check_party(event, guests)
    account_id, address = (actor.id, actor.email) if actor else (None, normalised(email))
    values = {
        "account_id": account_id,
        "email": address,
        "name": named(name or (actor.name if actor else "")),
        "guests": guests,
        "listing": listing,
        "locale": locale,
        "once_hash": hashed(once) if once else None,
        "source": Source.WEB,
    }
    admitted = admission.admit(actor, event, entry, invitation)
    replied = replies.check(said or replies.Said(questions.asked(event)), guests)
    if admitted == admission.PLAINLY:
        rsvp = express.join(event, values, moves.JOINED, actor.id if actor else None)
        if rsvp is not None:
            replies.store(rsvp, replied)
            return moves.tell(rsvp, None, moves.JOINED)
    held = seats.hold(event)
    opening.check_open(event)
    given = Answer.PENDING if admitted.asks else seats.admit(held, 1 + guests)
    if admitted.invitation is not None:
        values["invitation_id"] = admitted.invitation.id
    rsvp = parties.insert(event, given, values)
    if rsvp is not None:
        if admitted.invitation is not None:
            invitations.use(admitted.invitation)
        replies.store(rsvp, replied)
        return _announce(rsvp, None, moves.ASKED if admitted.asks else moves.JOINED, actor)
    seats.give_back(held, given, 1 + guests)
    known = parties.existing(event, account_id, address)
    if known is None:
        raise Busy  # a random code met twice: once in 10^15; the next try has another
    return _again(actor, known, guests, once, replied)


def proves(rsvp: Rsvp, actor: Account | None, once: str = "") -> bool:
    """Tell whether `actor`, or who sent the form with `once`, may see and change `rsvp`."""
    if actor is not None and rsvp.account_id == actor.id:
        return True
    return _sent_this_form(rsvp, once)


def change_guests(rsvp: Rsvp, guests: int, actor: Account | None = None) -> Rsvp:
    """Bring `guests` people along instead. Fewer free their places at once; more need free places.

    Who waits keeps the position. Raises Full when the places are not free, Invalid beyond the event's limit, EditsOver
    for more when it is too late.
    """
    held = parties.hold(rsvp)
    if rsvp.answer not in STANDING:
        raise moves.NotAllowed
    if guests == rsvp.guests:
        return rsvp
    before = rsvp.guests
    if guests > before or guests < 0:  # fewer are always welcome, also where the limit has been lowered meanwhile
        opening.check_party(rsvp.event, guests)
        opening.check_editable(rsvp.event)
    if guests > before:
        if rsvp.answer is Answer.OFFERED:
            raise seats.Full(N_("These places are held for you as you are. Take them first, then bring more."))
        if rsvp.answer is Answer.GOING:
            seats.grow(held, guests - before)
    else:
        seats.give_back(held, rsvp.answer, before - guests, leaves=False)
    rsvp.guests = guests
    _announce(rsvp, rsvp.answer, moves.MORE_GUESTS if guests > before else moves.FEWER_GUESTS, actor)
    if guests < before:
        seats.reread(held)
        waitlist.promote(held)
    return rsvp


def cancel(rsvp: Rsvp, actor: Account | None = None, *, by: By = By.PERSON, why: str = moves.WITHDREW) -> Rsvp:
    """Withdraw, or decline a place that is held: it is free at once and goes to who waits. Twice changes nothing.

    Always possible while the event is to come; who gives a place back late is marked.
    """
    held = parties.hold(rsvp)
    if rsvp.answer not in STANDING:
        return rsvp
    if rsvp.answer is Answer.GOING and by is By.PERSON:
        rsvp.late = held.rules.is_late(held.moment, held.event.starts_at)
    waitlist.leave(held, rsvp, Answer.CANCELLED, why, by, actor.id if actor else None)
    rsvp.offer_until = None  # set and past, it says that an offer ran out
    return rsvp


def rejoin(rsvp: Rsvp, guests: int | None = None, actor: Account | None = None) -> Rsvp:
    """Come back after leaving, by the rules of today: a place if one is free, else the end of the queue, or a request.

    Raises TakenOff for somebody whom a host removed and blocked, or whose request was declined; what `admission.back`
    and `opening.window` give.
    """
    held = parties.hold(rsvp)
    if rsvp.answer in STANDING:
        return rsvp
    if rsvp.blocked or rsvp.answer is Answer.DECLINED:
        raise opening.TakenOff
    if (shut := opening.window(rsvp.event)) is not None:
        raise shut
    party = rsvp.guests if guests is None else guests
    opening.check_party(rsvp.event, party)
    asks = admission.back(actor, rsvp.event, rsvp).asks
    moves.check(rsvp.answer, Answer.PENDING if asks else Answer.GOING, By.PERSON)
    before, rsvp.guests = rsvp.answer, party
    rsvp.answer = Answer.PENDING if asks else seats.admit(held, 1 + party)
    rsvp.queued_at = rsvp.answered_at = now()
    parties.forget_withdrawal(rsvp)
    return _announce(rsvp, before, moves.ASKED if asks else moves.JOINED_AGAIN, actor)


def accept(rsvp: Rsvp, actor: Account | None = None) -> Rsvp:
    """Take the place that is held. Twice changes nothing. Raises OfferOver once it is not held any more."""
    held = parties.hold(rsvp)
    if rsvp.answer is Answer.GOING:
        return rsvp
    if rsvp.answer is not Answer.OFFERED or rsvp.offer_until is None or rsvp.offer_until <= held.moment:
        raise waitlist.OfferOver
    seats.accept(held, rsvp.places)
    rsvp.answer, rsvp.answered_at, rsvp.offer_until = Answer.GOING, held.moment, None
    return _announce(rsvp, Answer.OFFERED, moves.ACCEPTED, actor)


def confirm(rsvp: Rsvp, actor: Account | None = None) -> Rsvp:
    """Say that one still comes. Twice changes nothing. Raises NotAllowed for who has no place."""
    held = parties.hold(rsvp)
    if rsvp.answer is not Answer.GOING:
        raise moves.NotAllowed
    if rsvp.confirmed_at is None:
        rsvp.confirmed_at = held.moment
        _announce(rsvp, Answer.GOING, moves.CONFIRMED, actor)
    return rsvp


def set_listing(rsvp: Rsvp, listing: Listing) -> None:
    """Change how the person appears among those who come."""
    seats.hold(parties.event_of(rsvp))
    rsvp.listing = listing
    db.session.flush()


def named(name: str) -> str:
    """Return a name without needless blanks, at most 80 characters. Raises Invalid if nothing is left."""
    cleaned = " ".join(name.split())[:80]
    if not cleaned:
        raise Invalid(N_("Please tell us your name."), field="name")
    return cleaned


def _announce(rsvp: Rsvp, before: Answer | None, why: str, actor: Account | None) -> Rsvp:
    return moves.announce(rsvp, before, why, By.PERSON, actor.id if actor else None)


def _again(actor: Account | None, rsvp: Rsvp, guests: int, once: str, replied: list[replies.Checked]) -> Rsvp:
    """Bring an answer that exists to what is asked, if there is a proof that it is the same person's."""
    if actor is not None and rsvp.account_id is None and rsvp.email == actor.email:
        rsvp.account_id = actor.id  # the address of an account is proven
        db.session.flush()
    if not proves(rsvp, actor, once):
        link_asked.publish(LinkAsked(rsvp))
        return rsvp
    if _sent_this_form(rsvp, once):
        # Late or twice: what the person has said since then stands. Only a form that was changed asks for more.
        if not rsvp.blocked and (rsvp.answer not in STANDING or guests == moves.guests_at_first(rsvp)):
            if rsvp.answer in STANDING:
                replies.repeat(rsvp, replied)
            return rsvp
    elif actor is not None and once:
        rsvp.once_hash = hashed(once)
    if rsvp.answer not in STANDING:
        rejoin(rsvp, guests, actor)
        replies.put(rsvp, replied)
        return rsvp
    change_guests(rsvp, guests, actor)
    replies.revise(rsvp, replied)
    return rsvp


def _sent_this_form(rsvp: Rsvp, once: str) -> bool:
    return bool(once and rsvp.once_hash) and same(hashed(once), rsvp.once_hash or "")
