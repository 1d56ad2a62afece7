"""What an event's page shows, as plain rows in three statements at most: whoever reads it writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities.models import Community
from organizer.core.access import Actor, Role
from organizer.core.db import db
from organizer.core.ids import KEY_PATTERN
from organizer.core.slots import fillers
from organizer.core.time import now, to_wall
from organizer.places.models import Precision, Venue

from .models import Event, EventHost, EventMove, EventTag, State, Visibility
from .whereabouts import place_text


class CommunityRow(NamedTuple):
    """The community of an event."""

    id: int
    key: str
    slug: str
    name: str
    accent: str
    cover: str | None
    city: str
    member_count: int

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """The same roles that the community itself tells."""
        return Community.roles_of(cast(Community, self), actor)


class VenueRow(NamedTuple):
    """The place of an event."""

    id: int
    key: str
    name: str
    address: str
    city: str
    country: str
    note: str
    precision: Precision
    latitude: float | None
    longitude: float | None
    zone: str


class HostRow(NamedTuple):
    """Somebody who runs the event."""

    name: str
    key: str
    picture: str | None


class MoveRow(NamedTuple):
    """What was promised before the last move; named as an event's own columns, so that it is said the same way."""

    starts_wall: datetime
    ends_wall: datetime
    zone: str
    place: str
    all_day: bool


class EventRow(NamedTuple):
    """An event as its page and the slots on it need it; columns are named as in `Event`.

    Of one that hides its address it tells what everybody may know, unless `in_full`: then the exact place and the online
    link stand in it, and nothing that is made of it may be kept for others.
    """

    id: int
    key: str
    community_id: int
    venue_id: int | None
    title: str
    slug: str
    text: str
    cover: str | None
    locale: str
    online_url: str
    hides_address: bool
    is_online: bool
    website: str
    starts_wall: datetime
    ends_wall: datetime
    zone: str
    all_day: bool
    starts_at: datetime
    ends_at: datetime
    city: str
    country: str
    latitude: float | None
    longitude: float | None
    capacity: int | None
    guests_limit: int
    rsvp_rules: dict[str, Any]
    visibility: Visibility
    state: State
    cancel_reason: str
    published_at: datetime | None
    sequence: int
    version: int
    changed_at: datetime
    tags: tuple[str, ...]
    community: CommunityRow
    venue: VenueRow | None
    in_full: bool

    @property
    def is_veiled(self) -> bool:
        """Whether there is more to know of its place than stands here."""
        return not self.in_full

    @property
    def is_confidential(self) -> bool:
        """Whether it tells what only some may know."""
        return self.hides_address and self.in_full

    @property
    def is_over(self) -> bool:
        """Whether its end has passed."""
        return self.ends_at <= now()

    @property
    def venue_name(self) -> str:
        """The name of its place, or ""."""
        return self.venue.name if self.venue else ""

    @property
    def address(self) -> str:
        """The address of its place, or ""."""
        return self.venue.address if self.venue else ""

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """The same roles that the event itself tells."""
        return Event.roles_of(cast(Event, self), actor)


_EVENT = [getattr(Event, name) for name in EventRow._fields[:-4]]
_COMMUNITY = [getattr(Community, name) for name in CommunityRow._fields]
_VENUE = [getattr(Venue, name) for name in VenueRow._fields]
_TAGS = (
    sa.select(sa.func.aggregate_strings(EventTag.tag, ","))
    .where(EventTag.event_id == Event.id)
    .correlate(Event)
    .scalar_subquery()
)
_BY_KEY = (
    sa.select(*(column.label(f"c{n}") for n, column in enumerate([*_EVENT, _TAGS, *_COMMUNITY, *_VENUE])))
    .select_from(
        sa.join(Event, Community, Event.community_id == Community.id).outerjoin(Venue, Event.venue_id == Venue.id)
    )
    .where(Event.key == sa.bindparam("key"))
)
_HOSTS = (
    sa.select(Account.name, Account.key, Account.picture)
    .join(EventHost, EventHost.account_id == Account.id)
    .where(EventHost.event_id == sa.bindparam("event_id"))
    .order_by(Account.id)
    .limit(12)
)
_MOVE = (
    sa.select(
        *(EventMove.old_starts_wall, EventMove.old_ends_wall, EventMove.old_zone),
        sa.case(
            (sa.or_(Event.hides_address, EventMove.old_hid_address), EventMove.old_city), else_=EventMove.old_place
        ),
    )
    .join(Event, Event.id == EventMove.event_id)
    .where(EventMove.event_id == sa.bindparam("event_id"))
    .order_by(EventMove.id.desc())
    .limit(1)
)


def event_row(key: str, *, in_full: bool = False) -> EventRow | None:
    """Return the event with its tags, community and venue, or None; one statement.

    `in_full` only for who knows the place: ask `whereabouts.knows_place`.
    """
    if not KEY_PATTERN.fullmatch(key):
        return None
    row = db.session.connection().execute(_BY_KEY, {"key": key}).first()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    end = len(_EVENT)
    tags = tuple(sorted(values[end].split(","))) if values[end] else ()
    community = CommunityRow._make(values[end + 1 : end + 1 + len(_COMMUNITY)])
    venue = VenueRow._make(values[-len(_VENUE) :]) if values[-len(_VENUE)] is not None else None
    event = EventRow._make((*values[:end], tags, community, venue, True))
    if not event.hides_address:
        return event
    return _exact(event) if in_full else _veiled(event)


def _veiled(event: EventRow) -> EventRow:
    """The event as everybody may know it; its own coordinates are those of an area already."""
    nothing: dict[str, Any] = {"name": "", "address": "", "note": "", "latitude": None, "longitude": None}
    venue = event.venue._replace(**nothing) if event.venue else None
    return event._replace(online_url="", venue=venue, in_full=False)


def _exact(event: EventRow) -> EventRow:
    """The event at its very place."""
    venue = event.venue
    return event._replace(latitude=venue.latitude, longitude=venue.longitude) if venue else event


def hosts_of(event: EventRow) -> list[HostRow]:
    """Return who runs the event, at most twelve; one statement."""
    return [HostRow._make(row) for row in db.session.connection().execute(_HOSTS, {"event_id": event.id})]


def last_move(event: EventRow) -> MoveRow | None:
    """Return what everybody was promised before the event was last moved, if that differs; no statement if it never was."""
    if event.sequence == 0 or event.state != State.PUBLISHED:
        return None
    row = db.session.connection().execute(_MOVE, {"event_id": event.id}).first()
    if row is None or tuple(row) == (event.starts_wall, event.ends_wall, event.zone, place_text(event)):
        return None
    return MoveRow._make((*row, event.all_day))


@dataclass(frozen=True)
class Phase:
    """Where now lies to the event: what its page says changes with it, though no row does."""

    day: str
    step: int  # how many of its instants have passed: start, end, and those that features above name

    @classmethod
    def of(cls, event: EventRow) -> Phase:
        """The phase at this moment, by the calendar of the event's zone."""
        present = now()
        step = (event.starts_at <= present) + (event.ends_at <= present)
        for filler in fillers("event_instants"):
            step += sum(instant <= present for instant in cast(list[datetime], filler(event=event)))
        return cls(to_wall(present, event.zone).date().isoformat(), step)


def stamp(event: EventRow, *circumstances: object) -> str:
    """Return an ETag's text for the page of this event as a visitor without an account sees it."""
    shown = (event.key, event.version, event.community, event.venue, Phase.of(event), circumstances)
    return hashlib.blake2b(repr(shown).encode(), digest_size=12).hexdigest()
