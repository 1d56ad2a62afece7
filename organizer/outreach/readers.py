"""Looking up what counts for letters whose turn has come: few statements for many letters, none that waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from organizer import settings
from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event
from organizer.rsvps.models import Invitation, Rsvp

from .hours import zone_among
from .models import Addressee, Letter, LetterState
from .topics import CAPPED
from .turns import Reader

A_DAY = timedelta(days=1)
_TIMES = (Event.starts_at, Event.zone)
_WHICH: dict[str, tuple[Any, Any]] = {
    "event": (Event.id, sa.select(Event.id, *_TIMES)),
    "invitation": (Invitation.id, sa.select(Invitation.id, *_TIMES).join(Event, Event.id == Invitation.event_id)),
    "rsvp": (Rsvp.id, sa.select(Rsvp.id, *_TIMES).join(Event, Event.id == Rsvp.event_id)),
}
"""By which name a letter's `about` leads to its event; the last one counts."""


def of(found: Sequence[Letter], people: dict[str, Addressee], moment: datetime) -> dict[int, Reader]:
    """Return what counts for each of these letters, by its id: at most four statements, none for no letter."""
    if not found:
        return {}
    zones = _zones({letter.account_id for letter in found if letter.account_id is not None})
    events = _events(found)
    lately = _lately({letter.address for letter in found}, moment)
    default = settings.current().default_zone
    facts = {}
    for letter in found:
        person = people[letter.address]
        starts_at, event_zone = events.get(letter.id, (None, ""))
        facts[letter.id] = Reader(
            zone_among(zones.get(letter.account_id or 0, ""), event_zone, default),
            person.choices,
            person.bounced_at is not None,
            lately.get(letter.address, 0),
            starts_at,
        )
    return facts


def _zones(account_ids: set[int]) -> dict[int, str]:
    if not account_ids:
        return {}
    rows = db.session.execute(sa.select(Account.id, Account.zone).where(Account.id.in_(account_ids)))
    return {row.id: row.zone for row in rows}


def _events(found: Sequence[Letter]) -> dict[int, tuple[datetime, str]]:
    """When the event of a letter begins, and its zone, by the letter's id, as far as it names one (`_WHICH`)."""
    events: dict[int, tuple[datetime, str]] = {}
    for name, (number, statement) in _WHICH.items():
        letters = {letter.id: letter.about[name] for letter in found if isinstance(letter.about.get(name), int)}
        if letters:
            rows = db.session.execute(statement.where(number.in_(set(letters.values()))))
            known = {row[0]: (row.starts_at, row.zone) for row in rows}
            events |= {letter_id: known[one] for letter_id, one in letters.items() if one in known}
    return events


def _lately(addresses: set[str], moment: datetime) -> dict[str, int]:
    """How many letters that count went to each address within a day, or are on their way."""
    rows = db.session.execute(
        sa.select(Letter.address, sa.func.count())
        .where(
            Letter.address.in_(addresses),
            Letter.kind.in_(CAPPED),
            sa.or_(Letter.state == LetterState.SENDING, Letter.sent_at > moment - A_DAY),
        )
        .group_by(Letter.address)
    )
    return {row[0]: row[1] for row in rows}
