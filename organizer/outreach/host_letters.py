"""Letters that hosts write themselves."""

from __future__ import annotations

from datetime import timedelta

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.core.time import now
from organizer.events.models import State
from organizer.rsvps import invitations

from .audiences import ANSWERS
from .event_letters import contents, rsvp_of
from .letters import Contents, Gone, Sheet, kind
from .models import Audience, HostMessage
from .people_letters import about_event, invitation_of, link_of
from .wording import as_html

NEWS = timedelta(days=3)  # what could not be sent for longer is no news any more


def _message(sheet: Sheet) -> HostMessage:
    message = db.session.get(HostMessage, sheet.about.get("message"))
    if message is None:
        raise Gone
    return message


def _wanted(sheet: Sheet) -> bool:
    """Whether the reader is still among those whom it was written to."""
    message = _message(sheet)
    if message.sent_at is None or message.sent_at < now() - NEWS:
        return False
    if message.audience is Audience.INVITED:
        return invitations.standing(invitation_of(sheet)[0]) is invitations.Standing.OPEN
    rsvp = rsvp_of(sheet)
    return rsvp.answer in ANSWERS[message.audience] and rsvp.event.state is not State.DRAFT


@kind("host_message", holds=_wanted)
def host_message(sheet: Sheet) -> Contents:
    """A host's own text. Nobody's address stands in it: who wants to answer does so on the private page."""
    message = _message(sheet)
    by = db.session.get(Account, message.by_id) if message.by_id is not None else None
    values = {"message": message, "body": as_html(message.text), "by": by.name if by else ""}
    if message.audience is not Audience.INVITED:
        return contents(rsvp_of(sheet), values)
    found, event = invitation_of(sheet)
    link = link_of(found)
    return about_event(event, sheet, values | {"manage_url": link, "invited": True}, link)
