"""Which facts make us write, and to whom."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.accounts.signals import AddressProven, SignInAsked, address_proven, sign_in_asked
from organizer.core.db import db
from organizer.core.ids import hashed
from organizer.core.time import now
from organizer.events.models import Event
from organizer.events.signals import (
    EventCancelled,
    EventRestored,
    HostAdded,
    MoveTold,
    event_cancelled,
    event_restored,
    host_added,
    move_told,
)
from organizer.rsvps import moves, queries
from organizer.rsvps.models import Answer, Rsvp, Source
from organizer.rsvps.signals import (
    Invited,
    LinkAsked,
    RsvpMoved,
    StillComingAsked,
    invited,
    link_asked,
    rsvp_moved,
    still_coming_asked,
)

from . import addressees, kinds, mailings, messages, reminders, service  # noqa: F401 - three make kinds and jobs known
from .addressing import to_guest, to_invited
from .models import Audience


@sign_in_asked.subscribe
def send_code(fact: SignInAsked) -> None:
    """Write to the address, whether or not it has an account."""
    once = f"sign-in:{hashed(fact.link_token)[:32]}"
    service.write("sign_in", once, fact.email, "", fact.locale, {"code": fact.code, "link_token": fact.link_token})


@address_proven.subscribe
def write_again(fact: AddressProven) -> None:
    """Who got a letter here has shown that letters arrive."""
    addressees.clear_bounce(fact.account.email)


@rsvp_moved.subscribe
def tell_the_person(fact: RsvpMoved) -> None:
    """Confirm every answer by letter; who stands at the door needs none, and guests are counted without one."""
    rsvp = fact.rsvp
    kind = _kind_of_move(fact)
    if kind is None or fact.quiet or rsvp.email is None or rsvp.source is Source.WALK_IN:
        return
    about: dict[str, Any] = {"before": fact.before} if fact.before else {}
    if kind == "going" and fact.why in {moves.ADDED, moves.LET_IN}:
        about["by_host"] = True
    moment = int(rsvp.answered_at.timestamp() * 1_000_000)
    draft = to_guest(kind, f"{kind}:{rsvp.id}:{moment}", rsvp, about)
    service.write_all([draft])


@link_asked.subscribe
def send_link_again(fact: LinkAsked) -> None:
    """Send the private link to the holder of the address, once an hour at most."""
    if fact.rsvp.email is not None:
        service.write_all([to_guest("your_link", f"your_link:{fact.rsvp.id}:{now():%Y%m%d%H}", fact.rsvp, {})])


@invited.subscribe
def send_invitation(fact: Invited) -> None:
    """Send the link to whom a host has invited, once."""
    invitation = fact.invitation
    if invitation.email is not None:
        service.write_all([to_invited("invitation", f"invitation:{invitation.id}", invitation, {})])


@still_coming_asked.subscribe
def ask_by_letter(fact: StillComingAsked) -> None:
    """Send the question to all who were asked."""
    event = fact.event
    once = f"still_coming:{event.id}:{fact.asked_at:%Y%m%dT%H%M%S}"
    about = {"start": f"{event.starts_at:{reminders.START}}"}
    letter = mailings.row(once, "still_coming", event.id, Audience.ASKED, about, starts_at=event.starts_at)
    mailings.begin([letter])


@event_cancelled.subscribe
def tell_all_of_the_end(fact: EventCancelled) -> None:
    """Tell everybody who is going or waiting that it will not happen."""
    _tell_all(fact.event, "event_cancelled", f"{fact.event.sequence}", {})


@event_restored.subscribe
def tell_all_that_it_happens(fact: EventRestored) -> None:
    """Tell everybody who is going or waiting that it takes place after all."""
    _tell_all(fact.event, "event_restored", f"{fact.event.sequence}", {})


@move_told.subscribe
def tell_all_of_the_move(fact: MoveTold) -> None:
    """Tell everybody who is going or waiting the new time or place; who answered since then knows."""
    move = fact.move
    _tell_all(fact.event, "event_moved", f"{move.id}", {"move": move.id}, Rsvp.answered_at <= move.moved_at)


@host_added.subscribe
def tell_the_host(fact: HostAdded) -> None:
    """Tell somebody that they are a host now; who plans an event knows."""
    account, by = fact.account, fact.by
    if by is None or by.id != account.id:
        once = f"cohost:{fact.event.id}:{account.id}:{int(now().timestamp())}"
        about = {"event": fact.event.id, "by": by.id if by else None}
        locale = account.locale or fact.event.community.locale
        service.write("cohost", once, account.email, account.name, locale, about, account.id)


_INTO_GOING = {Answer.WAITLISTED: "promoted", Answer.PENDING: "approved", Answer.DECLINED: "approved"}
_INTO = {
    Answer.WAITLISTED: "waitlisted",
    Answer.OFFERED: "offer",
    Answer.PENDING: "requested",
    Answer.DECLINED: "declined",
    Answer.CANCELLED: "cancelled_by_you",
    Answer.REMOVED: "removed",
}
_CANCELLED_BY = {moves.EXPIRED: "offer_expired", moves.RELEASED: "released", moves.ACCOUNT_DELETED: None}


def _kind_of_move(fact: RsvpMoved) -> str | None:
    if fact.before == fact.after:
        return None
    if fact.after is Answer.GOING:
        return _INTO_GOING.get(fact.before, "going") if fact.before else "going"
    if fact.after is Answer.CANCELLED and fact.why in _CANCELLED_BY:
        return _CANCELLED_BY[fact.why]
    if fact.after is Answer.REMOVED and fact.before in {Answer.CANCELLED, Answer.DECLINED}:
        return None  # they know already that they are not coming
    return _INTO[fact.after]


def _tell_all(event: Event, kind: str, which: str, about: dict[str, Any], *who: sa.ColumnElement[bool]) -> None:
    told = db.session.scalars(
        sa.select(Rsvp).where(queries.reached(event), *who).options(joinedload(Rsvp.account)).order_by(Rsvp.id)
    )
    service.write_all([to_guest(kind, f"{kind}:{rsvp.id}:{which}", rsvp, about) for rsvp in told])
