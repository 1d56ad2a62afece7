"""Taking over what changed in the source of events that were imported before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.core.db import db
from organizer.core.ids import slugify
from organizer.core.time import now
from organizer.places.models import Venue

from . import telling
from .drafts import located
from .importing import PlannedEvent, changed_groups
from .indexing import index, rewrite
from .models import Event, EventTag, EventWord, State
from .schedule import Schedule
from .schedule import plan as schedule_of
from .signals import EventChanged, event_changed


class Known(NamedTuple):
    """An event imported before."""

    id: int
    digest: str | None
    state: State


PlaceKey = tuple[str, str, str, str]


def place_key(event: PlannedEvent) -> PlaceKey:
    """What makes two places the same: name, address, city and country."""
    place, spot = event.row.place, event.row.spot
    return (place.name, place.address, spot.city, spot.country) if spot else ("", "", "", "")


def schedule(event: PlannedEvent, venue: Venue | None) -> Schedule:
    """The planned schedule; anew if a human has put the venue into another zone."""
    planned = event.row.schedule
    if venue is None or event.row.place.zone or venue.zone == planned.zone:
        return planned
    return schedule_of(planned.starts_wall, planned.ends_wall, venue.zone, planned.all_day)


def when_columns(when: Schedule) -> dict[str, Any]:
    """The columns of when an event is."""
    names = ("starts_wall", "ends_wall", "zone", "all_day", "starts_at", "ends_at")
    return {name: getattr(when, name) for name in names}


def where_columns(event: PlannedEvent, venue: Venue | None, *, hides: bool = False) -> dict[str, Any]:
    """The columns of where an event is; `hides`: whether somebody here has hidden its address since."""
    online = {"online_url": event.row.online_url, "is_online": event.row.is_online}
    return {"venue_id": venue.id if venue else None, **located(venue, hides=hides), **online}


def rest_columns(event: PlannedEvent) -> dict[str, Any]:
    """The columns of what else an event is."""
    row = event.row
    return {
        "title": row.title,
        "slug": slugify(row.title),
        "text": row.text,
        "website": row.website,
        "locale": row.locale,
        "capacity": row.capacity,
    }


def update(stale: Sequence[tuple[Known, PlannedEvent]], venues: dict[PlaceKey, Venue], creator: int | None) -> None:
    """Take over what changed in the source; tell of it as an edit by hand would."""
    entities = db.session.scalars(
        sa.select(Event)
        .where(Event.id.in_([known.id for known, _event in stale]))
        .options(joinedload(Event.community), joinedload(Event.venue))
        .with_for_update(of=Event)
        .execution_options(populate_existing=True)
    )
    by_id = {entity.id: entity for entity in entities}
    facts = [
        _change(by_id[known.id], event, venues.get(place_key(event)), creator)
        for known, event in stale
        if known.id in by_id
    ]
    db.session.flush()
    for fact in facts:
        if fact is not None:
            if fact.move is not None:
                telling.moved(fact.event, fact.move)
            event_changed.publish(fact)


def _change(entity: Event, event: PlannedEvent, venue: Venue | None, creator: int | None) -> EventChanged | None:
    """Write what changed; return the fact, None where nobody needs to be told.

    That is: it was over and stays so, or nobody has answered it yet, since an answer raises the version.
    """
    was_over, untouched = entity.is_over, entity.version == 1
    when, where, rest = changed_groups(entity.source_digest, event.digest)
    before, capacity = telling.before_change(entity, creator), entity.capacity
    values: dict[str, Any] = {"source_digest": event.digest, "changed_at": now(), "version": entity.version + 1}
    if where:
        values |= where_columns(event, venue, hides=entity.hides_address)
        entity.venue = venue
    if when or where:
        values |= when_columns(schedule(event, venue if where else entity.venue))
    if rest:
        values |= rest_columns(event)
    for name, value in values.items():
        setattr(entity, name, value)
    moved = entity.state == State.PUBLISHED and telling.promised(entity) != telling.known(before)
    is_news = not untouched and not (was_over and entity.is_over)
    if moved:
        entity.sequence += 1
        before.told_at = None if is_news else now()
        db.session.add(before)
    if (where or rest) and entity.hides_address:
        index(entity, entity.community.name, event.row.tags)
    elif where or rest:
        rewrite(EventTag, "tag", entity.id, set(event.row.tags))
        rewrite(EventWord, "word", entity.id, set(event.words))
    return EventChanged(entity, moved, capacity, before if moved else None) if is_news else None
