"""The blueprint of the door, and who may stand at it."""

from __future__ import annotations

from flask import Blueprint

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.checkin import queries
from organizer.core.access import Action, may, require
from organizer.core.errors import NotFound
from organizer.events.models import Event

bp = Blueprint("checkin", __name__)


def door_of(key: str) -> tuple[Account, Event]:
    """Who acts, at which door. A stranger learns of an event no more here than on its page."""
    actor = member()
    event = queries.event_by_key(key)
    if not may(actor, Action.SEE_EVENT, event):
        raise NotFound
    require(actor, Action.CHECK_IN, event)
    return actor, event
