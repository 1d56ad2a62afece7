"""Letters to people who are asked for something: to come, or to help."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event, EventHost, State
from organizer.rsvps import invitations
from organizer.rsvps.models import Invitation
from organizer.web.paths import public_url

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


def _name(account_id: object) -> str:
    account = db.session.get(Account, account_id) if account_id is not None else None
    return account.name if account else ""


def invitation_of(sheet: Sheet) -> tuple[Invitation, Event]:
    """Return the invitation that a letter is about, and its event. Raises Gone."""
    if sheet.sample is not None:
        return sheet.sample.invitation, sheet.sample.rsvp.event
    found = db.session.get(Invitation, sheet.about.get("invitation"))
    if found is None:
        raise Gone
    return found, _event(found.event_id)


def _invites(sheet: Sheet) -> bool:
    found, event = invitation_of(sheet)
    return (
        invitations.standing(found) is invitations.Standing.OPEN
        and event.state is State.PUBLISHED
        and not event.is_over
    )


@kind("invitation", holds=_invites)
def invitation(sheet: Sheet) -> Contents:
    """Who invites to what, in their own words, and the link to answer."""
    found, event = invitation_of(sheet)
    by = sheet.sample.host if sheet.sample else _name(found.created_by_id)
    link = link_of(found)
    values = {"invited_by": by, "words": found.words, "invitation_url": link}
    return about_event(event, sheet, values, link)


def _hosts(sheet: Sheet) -> bool:
    event = _event(sheet.about.get("event"))
    helps = db.session.get(EventHost, (event.id, sheet.account_id)) if sheet.account_id else None
    return helps is not None and not event.is_over


@kind("cohost", holds=_hosts)
def cohost(sheet: Sheet) -> Contents:
    """That one is now a host of an event, and what that means. `by`: the account that said so."""
    event = _event(sheet.about.get("event"))
    return about_event(event, sheet, {"by": _name(sheet.about.get("by")), "knows_online": True}, "", knows=True)


def link_of(invitation: Invitation) -> str:
    """Return the absolute address that the invitation opens."""
    return public_url("rsvps.invitation", token=invitations.token_of(invitation))


def about_event(event: Event, sheet: Sheet, values: dict[str, Any], link: str, *, knows: bool = False) -> Contents:
    """What every letter about an event says to somebody who has not answered it, and `values`.

    `knows`: whether the reader is told where it is although it hides that.
    """
    reader = db.session.get(Account, sheet.account_id) if sheet.account_id else None
    usual = event_values(event, reader, knows=knows)
    return Contents(
        usual | values,
        list_name=event.community.name,
        list_id=event.community.slug,
        link=link or str(usual["event_url"]),
        community_id=event.community_id,
    )
