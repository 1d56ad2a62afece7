"""Short ways to answer and to look at what came of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event
from organizer.rsvps import counts, service
from organizer.rsvps.models import Listing, Rsvp, RsvpMove, Tally


def come(event: Event, who: str | Account = "mira", guests: int = 0, once: str = "", **more: Any) -> Rsvp:
    """Answer as a visitor called `who`, or as an account."""
    account = who if isinstance(who, Account) else None
    name = "" if account else str(who).title()
    email = "" if account else f"{who}@example.org"
    usual: dict[str, Any] = {"name": name, "email": email, "listing": Listing.NAME, "locale": "en"}
    return service.answer(account, event, guests=guests, once=once, **usual | more)


def numbers(event: Event) -> tuple[int, int, int, int | None]:
    row = db.session.execute(
        sa.select(Tally.taken, Tally.going, Tally.waiting, Tally.ceiling).where(Tally.event_id == event.id)
    ).one()
    return tuple(row)


def log_of(rsvp: Rsvp) -> list[tuple[str, str, int, str, str]]:
    rows = db.session.scalars(sa.select(RsvpMove).where(RsvpMove.rsvp_id == rsvp.id).order_by(RsvpMove.id))
    return [(row.before, row.after, row.places, row.why, row.by) for row in rows]


def no_differences() -> bool:
    return list(counts.differences()) == []
