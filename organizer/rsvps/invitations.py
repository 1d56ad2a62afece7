"""Invitations to one event: by mail, to a member, or by a link for a number of people.

Whoever holds the link is invited; which address it was sent to only says whose it is. A use is taken by one conditional
write, so that two people at once never share the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer import settings
from organizer.accounts.addresses import BadAddress, normalised
from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import changed, db, save
from organizer.core.errors import N_, DomainError, Invalid, NotFound, TooMany
from organizer.core.ids import KEY_LENGTH, KEY_PATTERN, mac, same
from organizer.core.time import now
from organizer.events.models import Event

from . import opening
from .models import Invitation, Rsvp
from .signals import Invited, invited

MOST_USES, MOST_AT_ONCE, MOST_A_DAY = 1000, 100, 500


class Void(DomainError):
    """The invitation opens nothing any more."""

    status = 410
    message = N_("This invitation is no longer good. Please ask the hosts for another.")


class Standing(StrEnum):
    """Where an invitation stands, as hosts see it."""

    OPEN = "open"
    USED = "used"
    DECLINED = "declined"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Sent:
    """What came of inviting several: who was invited now, who had been before, which addresses cannot be read."""

    invited: tuple[Invitation, ...]
    known: tuple[str, ...]
    unreadable: tuple[str, ...]


def token_of(invitation: Invitation) -> str:
    """Return the secret of the invitation's address: its key and 130 bits."""
    return invitation.key + mac(settings.current().secret(), "invitation", invitation.key)


def find(token: str) -> Invitation | None:
    """Return the invitation whose link holds `token`, good or not; None for anything unknown or forged."""
    key = token[:KEY_LENGTH]
    found = None
    if KEY_PATTERN.fullmatch(key):
        found = db.session.scalar(sa.select(Invitation).where(Invitation.key == key))
    return found if found is not None and same(token, token_of(found)) else None


def standing(invitation: Invitation) -> Standing:
    """Say where it stands now."""
    if invitation.revoked_at is not None:
        return Standing.REVOKED
    if invitation.used >= invitation.uses:
        return Standing.USED
    if invitation.ends_at is not None and invitation.ends_at <= now():
        return Standing.ENDED
    return Standing.DECLINED if invitation.declined_at is not None else Standing.OPEN


def usable(token: str, event: Event) -> Invitation:
    """Return the invitation to `event` that `token` names. Raises NotFound, or Void if it is revoked, ended or used up."""
    found = find(token)
    if found is None or found.event_id != event.id:
        raise NotFound(N_("There is no such invitation."))
    if (refused := void(found)) is not None:
        raise refused
    return found


def void(invitation: Invitation) -> Void | None:
    """Return the refusal of an invitation that opens nothing any more, or None."""
    return None if standing(invitation) in {Standing.OPEN, Standing.DECLINED} else Void()


def of_account(actor: Account | None, event: Event) -> Invitation | None:
    """Return an invitation to `event` that was sent to this account or its proven address, and is good."""
    if actor is None:
        return None
    whose = sa.or_(Invitation.account_id == actor.id, Invitation.email == actor.email)
    rows = db.session.scalars(sa.select(Invitation).where(Invitation.event_id == event.id, whose))
    return next((one for one in rows if void(one) is None), None)


def use(invitation: Invitation) -> None:
    """Take one of its uses for somebody who has just answered. Raises Void if the last one is gone."""
    taken = changed(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used < Invitation.uses, Invitation.revoked_at.is_(None))
        .values(used=Invitation.used + 1, declined_at=None)
    )
    if not taken:
        raise Void


def invite(actor: Account, event: Event, addresses: Sequence[str], words: str = "") -> Sent:
    """Invite people by mail; each gets a letter with a link of their own. Who was invited before is left alone.

    Raises Invalid (field `addresses`) for none or more than a hundred at once, TooMany beyond five hundred a day.
    """
    require(actor, Action.CHANGE_GUEST_LIST, event)
    opening.check_open(event)
    good, bad = _readable(addresses)
    if not good and not bad:
        raise Invalid(N_("Whom do you want to invite?"), field="addresses")
    _check_many(event, len(good))
    known = set(
        db.session.scalars(
            sa.select(Invitation.email).where(Invitation.event_id == event.id, Invitation.email.in_(good))
        )
    )
    fresh = [_new(actor, event, email=address, words=words) for address in good if address not in known]
    return Sent(tuple(fresh), tuple(sorted(filter(None, known))), tuple(bad))


def invite_members(actor: Account, event: Event, members: Sequence[Account], words: str = "") -> Sent:
    """Invite accounts (the caller has looked that they are members of the community)."""
    require(actor, Action.CHANGE_GUEST_LIST, event)
    opening.check_open(event)
    _check_many(event, len(members))
    emails = [member.email for member in members]
    known = set(
        db.session.scalars(
            sa.select(Invitation.email).where(Invitation.event_id == event.id, Invitation.email.in_(emails))
        )
    )
    fresh = [
        _new(actor, event, email=member.email, account_id=member.id, name=member.name, words=words)
        for member in members
        if member.email not in known
    ]
    return Sent(tuple(fresh), tuple(sorted(filter(None, known))), ())


def make_link(actor: Account, event: Event, name: str, uses: int, ends_at: datetime | None) -> Invitation:
    """Make a link that lets `uses` people answer until `ends_at`. Raises Invalid (fields `uses`, `ends`)."""
    require(actor, Action.CHANGE_GUEST_LIST, event)
    opening.check_open(event)
    if not 1 <= uses <= MOST_USES:
        raise Invalid(N_("Between 1 and %(most)s people."), field="uses", most=MOST_USES)
    if ends_at is not None and ends_at <= now():
        raise Invalid(N_("That is already over. Please check the date."), field="ends")
    named = " ".join(name.split())[:80]
    return save(Invitation(event_id=event.id, name=named, uses=uses, ends_at=ends_at, created_by_id=actor.id))


def revoke(actor: Account, event: Event, key: str) -> None:
    """Make an invitation void; who has answered with it keeps the place. Doing it again changes nothing."""
    require(actor, Action.CHANGE_GUEST_LIST, event)
    found = db.session.scalar(sa.select(Invitation).where(Invitation.event_id == event.id, Invitation.key == key))
    if found is None:
        raise NotFound(N_("There is no such invitation."))
    if found.revoked_at is None:
        found.revoked_at = now()
        db.session.flush()


def decline(invitation: Invitation) -> None:
    """Say that one cannot come. The invitation stays good: minds change."""
    if invitation.declined_at is None and invitation.uses == 1 and invitation.used == 0:
        invitation.declined_at = now()
        db.session.flush()


def unanswered(event_id: int) -> sa.Select[Invitation]:
    """Select the personal invitations that are open and that nobody has answered, also not without the link."""
    answered = sa.select(Rsvp.email).where(Rsvp.event_id == event_id, Rsvp.email.is_not(None))
    return sa.select(Invitation).where(
        Invitation.event_id == event_id,
        Invitation.email.is_not(None),
        Invitation.used == 0,
        Invitation.revoked_at.is_(None),
        Invitation.declined_at.is_(None),
        sa.or_(Invitation.ends_at.is_(None), Invitation.ends_at > now()),
        Invitation.email.not_in(answered),
    )


def invited_not_answered(event: Event) -> list[Invitation]:
    """Return who was invited in person and has not answered, with accounts."""
    wanted = unanswered(event.id).options(joinedload(Invitation.account))
    return list(db.session.scalars(wanted.order_by(Invitation.id)))


def _readable(addresses: Sequence[str]) -> tuple[list[str], list[str]]:
    good, bad = dict[str, None](), []
    for written in addresses:
        try:
            good[normalised(written)] = None
        except BadAddress:
            bad.append(written[:80])
    return list(good), bad


def _check_many(event: Event, more: int) -> None:
    """A site must not become a way to write to strangers in masses."""
    if more > MOST_AT_ONCE:
        raise Invalid(N_("At most %(most)s at once, please."), field="addresses", most=MOST_AT_ONCE)
    day_ago = now() - timedelta(days=1)
    today = db.session.scalar(
        sa.select(sa.func.count()).where(Invitation.event_id == event.id, Invitation.created_at > day_ago)
    )
    if (today or 0) + more > MOST_A_DAY:
        raise TooMany(N_("That is enough invitations for one day. Please go on tomorrow."), retry_after=24 * 3600)


def _new(
    actor: Account, event: Event, *, email: str, account_id: int | None = None, name: str = "", words: str = ""
) -> Invitation:
    words = words.strip()[:500]
    made = save(
        Invitation(
            event_id=event.id, email=email, account_id=account_id, name=name, words=words, created_by_id=actor.id
        )
    )
    invited.publish(Invited(made))
    return made
