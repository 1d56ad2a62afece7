"""Reading invitations: the hosts' list, and whom they could invite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities.models import Membership, Standing
from organizer.core.db import db
from organizer.core.ids import folded
from organizer.events.models import Event
from organizer.web.paging import Page, cut, decode, encode

from .models import Invitation, Rsvp

PAGE, CANDIDATES = 50, 20


def name_of(account_id: int | None) -> str:
    """Return the name of an account, "" for none."""
    return db.session.scalar(sa.select(Account.name).where(Account.id == account_id)) or ""


def key_of_event(event_id: int) -> str:
    """Return the key of an event that is known by number."""
    return db.session.scalars(sa.select(Event.key).where(Event.id == event_id)).one()


def invitations_of(event: Event, cursor: str = "") -> Page[Invitation]:
    """Return a page of all invitations to an event, the newest first."""
    wanted = sa.select(Invitation).where(Invitation.event_id == event.id)
    after = decode(cursor, datetime.fromisoformat, int) if cursor else None
    if after:
        wanted = wanted.where(sa.tuple_(Invitation.created_at, Invitation.id) < after)
    rows = db.session.scalars(wanted.order_by(Invitation.created_at.desc(), Invitation.id.desc()).limit(PAGE + 1)).all()
    return cut(rows, PAGE, lambda one: encode(one.created_at, one.id), backwards=False, has_cursor=after is not None)


def members_to_invite(event: Event, search: str = "", keys: Sequence[str] | None = None) -> list[Account]:
    """Return members of the event's community who have not answered, by name: those with these `keys`, or twenty.

    Their addresses are for letters only: a host may not see them.
    """
    answered = sa.select(Rsvp.account_id).where(Rsvp.event_id == event.id, Rsvp.account_id.is_not(None))
    wanted = (
        sa.select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.community_id == event.community_id,
            Membership.standing == Standing.ACTIVE,
            Account.id.not_in(answered),
        )
        .order_by(Account.name_folded, Account.id)
    )
    if keys is not None:
        return list(db.session.scalars(wanted.where(Account.key.in_(keys[:100]))))
    if sought := folded(search.strip()):
        wanted = wanted.where(Account.name_folded.contains(sought, autoescape=True))
    return list(db.session.scalars(wanted.where(Account.name != "").limit(CANDIDATES)))
