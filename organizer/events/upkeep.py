"""What the operator has done to all events: after new zone rules, after a change of how words are found."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.core.db import bump, db
from organizer.core.time import now

from .indexing import index, tags_of_event
from .models import Event, State
from .schedule import instants
from .signals import EventChanged, event_changed

BATCH = 500


def retime(dry_run: bool = False) -> list[str]:
    """Rederive the instants of all events that are not over from their wall times, by today's zone rules.

    The clock time that people were promised stays; calendars and reminders learn the new instant. Returns the keys of
    the events whose instants differ; with `dry_run` nothing is changed.
    """
    moved = []
    for event in _all(Event.ends_at > now()):
        if (found := instants(event.starts_wall, event.ends_wall, event.zone)) == (event.starts_at, event.ends_at):
            continue
        moved.append(event.key)
        if dry_run:
            continue
        event.starts_at, event.ends_at = found
        event.version += 1
        event.changed_at = now()
        if event.state != State.DRAFT:
            event.sequence += 1
            db.session.flush()
            bump("events", f"c:{event.community_id}")
            event_changed.publish(EventChanged(event, moved=False, capacity_before=event.capacity))
    return moved


def reindex() -> int:
    """Write anew under which words every event is found (a community was renamed, names of cities changed); return how many."""
    count = 0
    for event in _all(sa.true()):
        index(event, event.community.name, tags_of_event(event.id))
        count += 1
    return count


def _all(which: sa.ColumnElement[bool]) -> Iterator[Event]:
    """All such events with community and venue, in batches by id, so that a million of them need no memory."""
    last = 0
    while batch := db.session.scalars(
        sa.select(Event)
        .where(Event.id > last, which)
        .options(joinedload(Event.community), joinedload(Event.venue))
        .order_by(Event.id)
        .limit(BATCH)
    ).all():
        yield from batch
        last = batch[-1].id
        db.session.flush()
        db.session.expunge_all()
