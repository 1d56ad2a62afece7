"""Lists of events: plain rows in keyset pages, at the same cost however many events there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from organizer.communities.models import Community
from organizer.core.db import db
from organizer.core.slots import fillers
from organizer.core.time import UtcDateTime, now
from organizer.places.models import Venue
from organizer.web.paging import Page, cut, decode, encode

from .models import Event, Visibility
from .queries import EventFilter
from .schedule import LONGEST
from .whereabouts import told

PAGE_SIZE = 30
Rows = sa.Select[*tuple[Any, ...]]


class CommunityTag(NamedTuple):
    """What a card says of a community."""

    name: str
    slug: str
    accent: str


class EventCard(NamedTuple):
    """What a card in a list shows. `going` (people) and `taken` (places; none: nobody counts) are filled by who counts them."""

    id: int
    key: str
    slug: str
    title: str
    cover: str | None
    state: str
    starts_wall: datetime
    ends_wall: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    all_day: bool
    city: str
    country: str
    is_online: bool
    capacity: int | None
    venue_name: str
    community: CommunityTag | None
    going: int = 0
    taken: int | None = None
    online_url: str = ""  # a card never shows it


_CARD = (
    *(Event.id, Event.key, Event.slug, Event.title, Event.cover, Event.state, Event.starts_wall, Event.ends_wall),
    *(Event.starts_at, Event.ends_at, Event.zone, Event.all_day, Event.city, Event.country, Event.is_online),
    *(Event.capacity, told(Venue.name), Community.name, Community.slug, Community.accent),
)


_CARDS: Rows = sa.select(*(column.label(f"c{n}") for n, column in enumerate(_CARD))).select_from(
    sa.join(Event, Community, Event.community_id == Community.id).outerjoin(Venue, Event.venue_id == Venue.id)
)


def cards() -> Rows:
    """Select what `as_cards` wants; made once, since making it takes longer than running it."""
    return _CARDS


def as_cards(rows: Sequence[sa.Row[Any]]) -> list[EventCard]:
    """Make cards of rows of `cards()`, with the counts that the slot `event_counts` knows: one statement for all."""
    counts: dict[int, tuple[int, int]] = {}
    ids = [row[0] for row in rows]
    for filler in fillers("event_counts") if ids else ():
        counts.update(cast(dict[int, tuple[int, int]], filler(event_ids=ids)))
    found = []
    for row in map(tuple, rows):
        taken = counts.get(row[0], (0, None))[1]
        found.append(EventCard._make((*row[:16], row[16] or "", CommunityTag._make(row[17:20]), taken or 0, taken, "")))
    return found


def upcoming(
    asked: EventFilter,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    within: Sequence[sa.ColumnElement[bool]] = (),
    since: datetime | None = None,
) -> Page[EventCard]:
    """Return a page of the events asked for, the next first; `after` and `before` are cursors of an earlier page.

    `within` narrows it further (to a part of the map); `since` stands for now.
    """
    cursor = decode(after or before, _instant, int) if after or before else None
    backwards = bool(cursor and not after)
    begun_from = cursor[0] if cursor and not backwards else None
    statement = asked.apply(cards(), since, begun_from).where(*within)
    if cursor:
        place, edge = sa.tuple_(Event.starts_at, Event.id), _edge(*cursor)
        statement = statement.where(place < edge if backwards else place > edge)
    order = (Event.starts_at.desc(), Event.id.desc()) if backwards else (Event.starts_at, Event.id)
    rows = db.session.connection().execute(statement.order_by(*order).limit(size + 1)).all()
    page = cut(rows, size, lambda row: encode(row[8], row[0]), backwards=backwards, has_cursor=cursor is not None)
    return Page(as_cards(page.items), page.newer, page.older)


def of_community(community_id: int, *, is_member: bool, past: bool = False, size: int = 6) -> list[EventCard]:
    """Return the next events of a community, or the last ones that are over; members also see those for members."""
    seen = Event.visibility == Visibility.PUBLIC
    if is_member:
        seen = Event.visibility.in_((Visibility.PUBLIC, Visibility.MEMBERS))
    present = now()
    when = Event.ends_at <= present if past else Event.ends_at > present
    statement = cards().where(
        Event.community_id == community_id, Event.state != sa.literal_column("'draft'"), seen, when
    )
    if not past:
        statement = statement.where(Event.starts_at > present - LONGEST)
    order = (Event.starts_at.desc(), Event.id.desc()) if past else (Event.starts_at, Event.id)
    return as_cards(db.session.connection().execute(statement.order_by(*order).limit(size)).all())


def _edge(starts_at: datetime, event_id: int) -> sa.Tuple:
    return sa.tuple_(sa.literal(starts_at, UtcDateTime), sa.literal(event_id))


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a cursor holds an aware instant")
    return found
