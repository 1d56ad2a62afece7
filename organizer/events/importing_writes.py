"""The writing half of an import: a plan against what is there, in bulk statements of one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from organizer.communities.models import Community
from organizer.core.access import Action, Actor, require
from organizer.core.db import bump, db
from organizer.core.ids import new_key
from organizer.core.time import now
from organizer.places import service as places
from organizer.places.models import Venue

from .importing import Plan, PlannedEvent
from .importing_changes import Known, PlaceKey, place_key, rest_columns, schedule, update, when_columns, where_columns
from .models import Event, EventTag, EventWord, State, Visibility
from .venues import open_to_all

_CHUNK = 500
_TABLES = {kind: Event.metadata.tables[kind.__tablename__] for kind in (Event, EventTag, EventWord)}
"""Written to as tables: entities would cost ten times as much."""


@dataclass(frozen=True)
class Outcome:
    """What a plan does to the database: numbers of events."""

    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class _Difference:
    fresh: tuple[PlannedEvent, ...]
    stale: tuple[tuple[Known, PlannedEvent], ...]
    unchanged: int

    def outcome(self) -> Outcome:
        return Outcome(len(self.fresh), len(self.stale), self.unchanged)


def compared(community: Community, plan: Plan) -> Outcome:
    """Say what `written` would do, without doing it."""
    return _difference(community, plan).outcome()


def written(actor: Actor | None, community: Community, plan: Plan) -> Outcome:
    """Make the plan true in the current unit of work: all or nothing, and the same again changes nothing.

    Cancelled events stay as they are. Raises Forbidden.
    """
    require(actor, Action.IMPORT_EVENTS, community)
    difference = _difference(community, plan)
    venues = _venues(community, [*difference.fresh, *(event for _known, event in difference.stale)])
    creator = actor.id if actor is not None else None
    if difference.fresh:
        _insert(community, plan, difference.fresh, venues, creator)
    for start in range(0, len(difference.stale), _CHUNK):
        update(difference.stale[start : start + _CHUNK], venues, creator)
    if difference.fresh or difference.stale:
        bump("events", f"c:{community.id}")
    return difference.outcome()


def _difference(community: Community, plan: Plan) -> _Difference:
    rows = db.session.execute(
        sa.select(Event.source_key, Event.id, Event.source_digest, Event.state).where(
            Event.community_id == community.id, Event.source == plan.options.source
        )
    )
    known = {key: Known(id, digest, state) for key, id, digest, state in rows}
    fresh, stale, unchanged = [], [], 0
    for event in plan.events:
        there = known.get(event.row.source_key)
        if there is None:
            fresh.append(event)
        elif there.digest == event.digest or there.state == State.CANCELLED:
            unchanged += 1
        else:
            stale.append((there, event))
    return _Difference(tuple(fresh), tuple(stale), unchanged)


def _venues(community: Community, events: Sequence[PlannedEvent]) -> dict[PlaceKey, Venue]:
    """One venue for each distinct place: the community's own open one where it has one (its pin stays), else a new one."""
    wanted = {place_key(event): event for event in reversed(events) if event.row.spot is not None}
    found: dict[PlaceKey, Venue] = {}
    known = sa.select(Venue).where(Venue.community_id == community.id, open_to_all()).order_by(Venue.id)
    for venue in db.session.scalars(known):
        key = (venue.name, venue.address, venue.city, venue.country)
        if key in wanted:
            found.setdefault(key, venue)
    for key, event in wanted.items():
        spot = event.row.spot
        if spot is None:
            continue
        if key not in found:
            found[key] = places.new_venue(community.id, event.row.place, spot)
            db.session.add(found[key])
        elif event.row.place.latitude is not None:
            places.place(found[key], spot)
    db.session.flush()
    return found


def _insert(
    community: Community,
    plan: Plan,
    events: Sequence[PlannedEvent],
    venues: dict[PlaceKey, Venue],
    creator: int | None,
) -> None:
    moment = now()
    published = plan.options.publish
    same = {
        "community_id": community.id,
        "created_by_id": creator,
        "visibility": Visibility.PUBLIC,
        "state": State.PUBLISHED if published else State.DRAFT,
        "published_at": moment if published else None,
        "created_at": moment,
        "changed_at": moment,
        "source": plan.options.source,
    }
    rows = []
    for event in events:
        venue = venues.get(place_key(event))
        own = {"key": new_key(), "source_key": event.row.source_key, "source_digest": event.digest}
        rows.append(
            same | own | when_columns(schedule(event, venue)) | where_columns(event, venue) | rest_columns(event)
        )
    connection = db.session.connection()
    connection.execute(sa.insert(_TABLES[Event]), rows)
    numbers = _numbers(community, plan.options.source)
    found = [(numbers[event.row.source_key], event) for event in events]
    _write_all(EventTag, "tag", ((id, event.row.tags) for id, event in found))
    _write_all(EventWord, "word", ((id, sorted(event.words)) for id, event in found))


def _numbers(community: Community, source: str) -> dict[str, int]:
    rows = db.session.execute(
        sa.select(Event.source_key, Event.id).where(Event.community_id == community.id, Event.source == source)
    )
    return {key: id for key, id in rows if key is not None}


def _write_all(
    table: type[EventTag] | type[EventWord], column: str, events: Iterable[tuple[int, Iterable[str]]]
) -> None:
    rows = [{column: value, "event_id": id} for id, values in events for value in values]
    rows.sort(key=lambda row: (row[column], row["event_id"]))  # in the order of the key, the index grows at its end
    if rows:
        db.session.connection().execute(sa.insert(_TABLES[table]), rows)
