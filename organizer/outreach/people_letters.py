"""Letters to people who are asked for something: to come, or to help."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer import settings
from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event, EventHost, State
from organizer.rsvps import invitations
from organizer.rsvps.models import Invitation

from .event_letters import event_values
from .letters import Contents, Gone, Sheet, kind


def _event(event_id: object) -> Event:
    """Return the event, its community and venue loaded. Raises Gone."""
    event = db.session.scalar(
        sa.select(Event).where(Event.id == event_id).options(joinedload(Event.community), joinedload(Event.venue))
    )
    if event is None:
        raise Gone
    return event


def _invitation(sheet: Sheet) -> tuple[Invitation, Event]:
    found = db.session.get(Invitation, sheet.about.get("invitation"))
    if found is None:
        raise Gone
    return found, _event(found.event_id)


def _invites(sheet: Sheet) -> bool:
    found, event = _invitation(sheet)
    return (
        invitations.standing(found) is invitations.Standing.OPEN
        and event.state is State.PUBLISHED
        and not event.is_over
    )


@kind("invitation", holds=_invites)
def invitation(sheet: Sheet) -> Contents:
    """Who invites to what, in their own words, and the link to answer."""
    found, event = _invitation(sheet)
    by = db.session.get(Account, found.created_by_id) if found.created_by_id else None
    link = f"{settings.current().url}/invitations/{invitations.token_of(found)}"
    values = {"invited_by": by.name if by else "", "words": found.words, "invitation_url": link}
    return _contents(event, sheet, values, link)


def _hosts(sheet: Sheet) -> bool:
    event = _event(sheet.about.get("event"))
    helps = db.session.get(EventHost, (event.id, sheet.account_id)) if sheet.account_id else None
    return helps is not None and not event.is_over


@kind("cohost", holds=_hosts)
def cohost(sheet: Sheet) -> Contents:
    """That one is now a host of an event, and what that means. `by`: the account that said so."""
    event = _event(sheet.about.get("event"))
    by = db.session.get(Account, sheet.about.get("by")) if sheet.about.get("by") else None
    return _contents(event, sheet, {"by": by.name if by else "", "knows_online": True}, "")


def _contents(event: Event, sheet: Sheet, values: dict[str, Any], link: str) -> Contents:
    reader = db.session.get(Account, sheet.account_id) if sheet.account_id else None
    usual = event_values(event, reader)
    return Contents(
        usual | values,
        list_name=event.community.name,
        list_id=event.community.slug,
        link=link or str(usual["event_url"]),
    )
