"""Private links of an RSVP. Derived, so that they can be shown again; void as soon as `ticket_version` rises."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer import settings
from organizer.core.db import db
from organizer.core.ids import KEY_LENGTH, KEY_PATTERN, mac, same
from organizer.events.models import Event

from .models import Rsvp

TICKET, MANAGE = "ticket", "manage"


def ticket_token(rsvp: Rsvp) -> str:
    """Return the secret of the ticket's address: key and 130 bits; who has it may show the ticket."""
    return _token(rsvp, TICKET)


def manage_token(rsvp: Rsvp) -> str:
    """Return the secret of the address where the answer can be changed or withdrawn."""
    return _token(rsvp, MANAGE)


def rsvp_of_ticket(token: str) -> Rsvp | None:
    """Return the RSVP whose ticket link holds `token`, or None for anything unknown, forged or revoked."""
    return _find(token, TICKET)


def rsvp_to_manage(token: str) -> Rsvp | None:
    """Return the RSVP whose private link holds `token`, or None."""
    return _find(token, MANAGE)


def _token(rsvp: Rsvp, purpose: str) -> str:
    return rsvp.key + mac(settings.current().secret(), purpose, rsvp.key, rsvp.ticket_version)


def _find(token: str, purpose: str) -> Rsvp | None:
    key = token[:KEY_LENGTH]
    if not KEY_PATTERN.fullmatch(key):
        return None
    event = joinedload(Rsvp.event)
    rsvp = db.session.scalar(
        sa.select(Rsvp).where(Rsvp.key == key).options(event.joinedload(Event.community), event.joinedload(Event.venue))
    )
    return rsvp if rsvp is not None and same(token, _token(rsvp, purpose)) else None
