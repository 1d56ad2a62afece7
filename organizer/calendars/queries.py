"""Reads for feeds: which events are in one, and their text where it is kept ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities.models import Community
from organizer.core.db import Version, db
from organizer.core.errors import N_, NotFound
from organizer.core.time import now
from organizer.events.models import Event, EventHost, EventTag, State
from organizer.events.schedule import LONGEST
from organizer.places.models import Venue
from organizer.rsvps.models import Answer, Rsvp

from .models import EventLines

BACK = timedelta(days=60)  # also how long a cancelled event stays to be seen
AHEAD = timedelta(days=548)  # 18 months

MOST = 10_000  # events in a feed; beyond this the farthest future is left out
AT_ONCE = 500  # rows a statement, well below the engines' limits of parameters


@dataclass(frozen=True, slots=True)
class Window:
    """The span of time that a feed shows, the same all day long so that a poll an hour later is unchanged."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, day: date) -> Window:
        """60 days back and 18 months ahead of the UTC `day`."""
        midnight = datetime.combine(day, time(), UTC)
        return cls(midnight - BACK, midnight + AHEAD)

    @classmethod
    def today(cls) -> Window:
        """The window of this UTC day."""
        return cls.of(now().date())

    @property
    def conditions(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Events that end after its beginning and start before its end."""
        return (Event.ends_at >= self.since, Event.starts_at < self.until, Event.starts_at >= self.since - LONGEST)


# Built once: making a statement costs more than running it, and these run with every poll.
_COMMUNITY = (
    sa.select(
        Community.id, Community.slug, Community.name, Community.zone, Community.accent,
        sa.func.coalesce(Version.number, 0).label("number"), Version.changed_at,
    )
    .outerjoin(Version, Version.scope == sa.literal("c:") + sa.cast(Community.id, sa.String))
    .where(Community.slug == sa.bindparam("slug"))
)  # fmt: skip


def community_with_version(slug: str) -> sa.Row[*tuple[Any, ...]]:
    """What a community's feed says of it, with `number` and `changed_at` of its version. One statement.

    Raises NotFound.
    """
    row = db.session.execute(_COMMUNITY, {"slug": slug}).first()
    if row is None:
        raise NotFound(N_("There is no such community here."))
    return row


def lines() -> sa.Select[*tuple[Any, ...]]:
    """Events with their kept text, earliest first (as the indexes have them); narrow it by `where`.

    `changed` is the time of change as the engine writes it: compared, never read.
    """
    return (
        sa.select(
            Event.id,
            Event.community_id,
            sa.cast(Event.changed_at, sa.String).label("changed"),
            EventLines.stamp,
            EventLines.lines,
        )
        .outerjoin(EventLines, EventLines.event_id == Event.id)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST + 1)
    )


def community_names(ids: Collection[int]) -> dict[int, str]:
    """Id → name."""
    found: dict[int, str] = {}
    for some in _chunks(sorted(ids)):
        rows = db.session.execute(sa.select(Community.id, Community.name).where(Community.id.in_(some)))
        found.update({row.id: row.name for row in rows})
    return found


def details(event_ids: Sequence[int]) -> Iterator[tuple[sa.Row[*tuple[Any, ...]], tuple[str, ...]]]:
    """All that an entry is written from, with the event's tags in alphabetical order; in no order."""
    for some in _chunks(event_ids):
        tags: dict[int, list[str]] = defaultdict(list)
        for event_id, tag in db.session.execute(
            sa.select(EventTag.event_id, EventTag.tag).where(EventTag.event_id.in_(some)).order_by(EventTag.tag)
        ):
            tags[event_id].append(tag)
        for row in db.session.execute(_DETAILS.where(Event.id.in_(some))):
            yield row, tuple(tags[row.id])


_DETAILS = (
    sa.select(
        Event.id, Event.key, Event.slug, Event.title, Event.text, Event.locale, Event.is_online, Event.online_url, Event.website,
        Event.hides_address, Venue.latitude.label("exact_latitude"), Venue.longitude.label("exact_longitude"),
        Event.starts_wall, Event.ends_wall, Event.zone, Event.all_day, Event.city, Event.country,
        Event.latitude, Event.longitude, Event.state, Event.cancel_reason, Event.sequence,
        Event.created_at, Event.changed_at, sa.cast(Event.changed_at, sa.String).label("changed"),
        Venue.name.label("venue"), Venue.address, Venue.note,
        Community.name.label("community"), Community.locale.label("community_locale"),
    )
    .join(Community, Community.id == Event.community_id)
    .outerjoin(Venue, Venue.id == Event.venue_id)
)  # fmt: skip


def personal(account: Account, window: Window, include_waiting: bool) -> dict[int, tuple[Answer | None, str]]:
    """Events of a person's own feed: id → (answer, when event and answer last changed). None: hosting.

    An RSVP made with only a mail address belongs to the account that proved this address.
    """
    answers = [Answer.GOING] + ([Answer.WAITLISTED, Answer.OFFERED, Answer.PENDING] if include_waiting else [])
    # Two branches, as each has an index of its own.
    mine = sa.union(
        sa.select(Rsvp.id).where(Rsvp.account_id == account.id),
        sa.select(Rsvp.id).where(Rsvp.email == account.email),
    )
    changed = sa.cast(Event.changed_at, sa.String).label("changed")
    going = db.session.execute(
        sa.select(Event.id, Rsvp.answer, changed)
        .join(Event, Event.id == Rsvp.event_id)
        .where(Rsvp.id.in_(mine), Rsvp.answer.in_(answers), Event.state != State.DRAFT, *window.conditions)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    found: dict[int, tuple[Answer | None, str]] = {row.id: (row.answer, row.changed) for row in going}
    hosting = db.session.execute(
        sa.select(Event.id, changed)
        .join(EventHost, EventHost.event_id == Event.id)
        .where(EventHost.account_id == account.id, Event.state != State.DRAFT, *window.conditions)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    for row in hosting:
        found[row.id] = (None, row.changed)
    return found


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
