"""Rows of RSVPs: finding, writing, and bringing their event along."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from organizer.core.db import Model, db
from organizer.core.ids import folded, new_key
from organizer.core.time import now
from organizer.events.models import Event

from . import opening, seats
from .models import Answer, Listing, Rsvp

_TABLE = Model.metadata.tables["rsvp"]
# Built once: this is the statement that a storm waits for.
_INSERTS = {
    dialect: insert_into(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)
    for dialect, insert_into in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_USUAL: dict[str, Any] = {
    "account_id": None,
    "listing": Listing.HIDDEN,
    "once_hash": None,
    "note": "",
    "blocked": False,
    "offer_until": None,
    "asked_at": None,
    "confirmed_at": None,
    "late": False,
    "excused": False,
    "invitation_id": None,
}


def insert(event: Event, given: Answer, values: dict[str, Any]) -> Rsvp | None:
    """Write a new RSVP, or return None if this account or address has one for the event. One statement."""
    moment = now()
    row = row_of(event, {"answer": given, "queued_at": moment, "answered_at": moment} | values)
    number = db.session.execute(_INSERTS[db.session.get_bind().dialect.name], row).scalar_one_or_none()
    return None if number is None else written(event, number, row)


def row_of(event: Event, values: dict[str, Any]) -> dict[str, Any]:
    """Return `values` of a new RSVP with everything else that its row needs but where it stands, and since when."""
    made = {"key": new_key(), "code": new_key(), "ticket_version": 1, "name_folded": folded(values["name"])[:80]}
    return _USUAL | {"event_id": event.id} | values | made


def written(event: Event, number: int, row: dict[str, Any]) -> Rsvp:
    """Return the RSVP that a statement has just written."""
    rsvp = Rsvp(id=number, **row)
    make_transient_to_detached(rsvp)  # it is in the database already, as it stands here
    db.session.add(rsvp)
    set_committed_value(rsvp, "event", event)
    return rsvp


def existing(event: Event, account_id: int | None, email: str | None) -> Rsvp | None:
    """The answer of this account or address to `event`, if any; that of the account first."""
    whose = [Rsvp.email == email] + ([Rsvp.account_id == account_id] if account_id is not None else [])
    rsvp = db.session.scalars(
        sa.select(Rsvp)
        .where(Rsvp.event_id == event.id, sa.or_(*whose))
        .order_by(Rsvp.account_id.is_(None))
        .execution_options(populate_existing=True)
    ).first()
    if rsvp is not None:
        set_committed_value(rsvp, "event", event)
    return rsvp


def event_of(rsvp: Rsvp) -> Event:
    """Return the event of `rsvp` with its community, loading them if need be."""
    if "event" in sa.inspect(rsvp).unloaded:
        loaded = db.session.scalars(
            sa.select(Event).where(Event.id == rsvp.event_id).options(joinedload(Event.community))
        ).one()
        set_committed_value(rsvp, "event", loaded)
    return rsvp.event


def hold(rsvp: Rsvp, *, even_over: bool = False) -> seats.Seats:
    """Hold the event's places and read the RSVP afresh: it may have moved while we waited for the lock.

    Raises the reason for which the event takes no changes.
    """
    event = event_of(rsvp)
    held = seats.hold(event)
    db.session.refresh(
        rsvp, ["answer", "guests", "queued_at", "blocked", "offer_until", "asked_at", "confirmed_at", "excused"]
    )
    opening.check_open(event, even_over=even_over)
    return held


def forget_withdrawal(rsvp: Rsvp) -> None:
    """Somebody comes again: what was said of the leaving, and of still coming, is no longer true."""
    rsvp.late = rsvp.excused = False
    rsvp.offer_until = rsvp.asked_at = rsvp.confirmed_at = None
