"""To whom a letter about an answer goes, under which name and in which language."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities.models import Community
from organizer.core.db import db
from organizer.events.models import Event
from organizer.rsvps.models import Invitation, Rsvp

from .service import Draft


def to_guest(kind: str, once: str, rsvp: Rsvp, about: dict[str, Any]) -> Draft:
    """Return a letter to the person of `rsvp`: to the account's address if there is one. One has to be there."""
    account = db.session.get(Account, rsvp.account_id) if rsvp.account_id is not None else None
    return Draft(
        kind=kind,
        once=once,
        address=(account.email if account else None) or rsvp.email or "",
        person=rsvp.name,
        locale=(account.locale if account else "") or rsvp.locale,
        about={"rsvp": rsvp.id, **about},
        account_id=rsvp.account_id,
    )


def to_invited(kind: str, once: str, invitation: Invitation, about: dict[str, Any]) -> Draft:
    """Return a letter to whom a host has invited: in their language if they have an account, else in the community's."""
    account = db.session.get(Account, invitation.account_id) if invitation.account_id is not None else None
    locale = account.locale if account else ""
    if not locale:
        spoken = sa.select(Community.locale).join(Event, Event.community_id == Community.id)
        locale = db.session.scalar(spoken.where(Event.id == invitation.event_id)) or "en"
    return Draft(
        kind=kind,
        once=once,
        address=(account.email if account else None) or invitation.email or "",
        person=invitation.name or (account.name if account else ""),
        locale=locale,
        about={"invitation": invitation.id, **about},
        account_id=invitation.account_id,
    )
