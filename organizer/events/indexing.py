"""Tags of events and the words under which they are found, as rows."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from organizer.core.db import db

from .models import Event, EventTag, EventWord
from .words import search_words, tags_of


def tags_of_event(event_id: int) -> tuple[str, ...]:
    """Return the tags of an event, by the alphabet."""
    return tuple(
        db.session.scalars(sa.select(EventTag.tag).where(EventTag.event_id == event_id).order_by(EventTag.tag))
    )


def index(event: Event, community_name: str, tags: Iterable[str]) -> None:
    """Write the event's tags and the words under which it is found."""
    tidy = tags_of(tags)
    venue = event.venue.name if event.venue and not event.hides_address else ""
    words = search_words(
        event.title, city=event.city, country=event.country, venue=venue, community=community_name, tags=tidy
    )
    rewrite(EventTag, "tag", event.id, set(tidy))
    rewrite(EventWord, "word", event.id, set(words))


def rewrite(table: type[EventTag] | type[EventWord], column: str, event_id: int, wanted: set[str]) -> None:
    """Make `wanted` the values that `table` holds for an event, writing only what differs."""
    values = getattr(table, column)
    held = set(db.session.scalars(sa.select(values).where(table.event_id == event_id)))
    if gone := held - wanted:
        db.session.execute(sa.delete(table).where(table.event_id == event_id, values.in_(gone)))
    if fresh := sorted(wanted - held):
        db.session.execute(sa.insert(table), [{column: value, "event_id": event_id} for value in fresh])
