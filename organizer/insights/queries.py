"""Figures of the manager's home. Every query is bounded and runs along an index of the community's events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from organizer.checkin.models import CheckIn
from organizer.communities.models import Community
from organizer.communities.queries import joined_by_week
from organizer.core.db import db
from organizer.core.time import now, to_wall
from organizer.events.models import Event, State
from organizer.events.whereabouts import told
from organizer.places.models import Venue
from organizer.rsvps.models import Answer, Rsvp, Tally

COMING = 8
WEEKS = 12
SOON = timedelta(hours=48)
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class ToDo:
    """One thing that needs somebody today; `kind` decides words and link, `number` is what it counts."""

    kind: str
    key: str
    slug: str
    title: str
    starts_wall: datetime
    zone: str
    number: int = 0


@dataclass(frozen=True)
class Numbers:
    """How a community is doing."""

    members_by_week: list[tuple[date, int]]  # Monday of the week → who joined and is still here
    turnout: list[tuple[str, int, int]]  # last events, oldest first: title, places taken, people who came
    events_90_days: int
    came_90_days: int


def _came() -> sa.Label[int]:
    """How many people came to the event of the outer query; one look into the index for each of the few rows."""
    counted = sa.select(sa.func.sum(CheckIn.places)).where(CheckIn.event_id == Event.id).scalar_subquery()
    return sa.func.coalesce(counted, 0).label("came")


def coming(community: Community, mine: frozenset[int] | None = None) -> Sequence[Any]:
    """Return the next events with places taken and parties waiting: soonest first; drafts of `mine` only (none: of all)."""
    seen = sa.true() if mine is None else sa.or_(Event.state != State.DRAFT, Event.id.in_(mine))
    return db.session.execute(
        sa.select(
            Event.key,
            Event.slug,
            Event.title,
            Event.state,
            Event.starts_wall,
            Event.ends_wall,
            Event.starts_at,
            Event.ends_at,
            Event.zone,
            Event.all_day,
            Event.city,
            Event.country,
            Event.capacity,
            Event.is_online,
            told(Venue.name).label("venue_name"),
            sa.func.coalesce(Tally.taken, 0).label("taken"),
            sa.func.coalesce(Tally.waiting, 0).label("waiting"),
        )
        .outerjoin(Tally, Tally.event_id == Event.id)
        .outerjoin(Venue, Venue.id == Event.venue_id)
        .where(Event.community_id == community.id, Event.starts_at > now(), Event.state != State.CANCELLED, seen)
        .order_by(Event.starts_at, Event.id)
        .limit(COMING)
    ).all()


def to_do(community: Community, mine: frozenset[int] | None = None) -> list[ToDo]:
    """Return what needs somebody today: requests, doors to prepare, drafts, queues before a full event, turnout.

    `mine` are the ids of the events that this somebody runs; none: every event of the community.
    """
    moment = now()
    rows = db.session.execute(
        sa.select(Event, Tally.taken, Tally.waiting, _came())
        .outerjoin(Tally, Tally.event_id == Event.id)
        .where(
            Event.community_id == community.id,
            Event.starts_at.between(moment - LATELY, moment + timedelta(days=60)),
            Event.state != State.CANCELLED,
            sa.true() if mine is None else Event.id.in_(mine),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(100)
    ).all()
    asking = _asking([event.id for event, *_ in rows if event.ends_at > moment])
    found = []
    for event, taken, waiting, came_in in rows:
        common = (event.key, event.slug, event.title, event.starts_wall, event.zone)
        if asking.get(event.id):
            found.append(ToDo("approve", *common, number=asking[event.id]))
        if event.state == State.DRAFT:
            if event.starts_at > moment:
                found.append(ToDo("draft", *common))
        elif event.ends_at <= moment:
            found.append(ToDo("look back", *common, number=came_in))
        elif event.starts_at <= moment + SOON:
            found.append(ToDo("door", *common, number=taken or 0))
        elif waiting:
            found.append(ToDo("queue", *common, number=waiting))
    order = ("approve", "door", "queue", "draft", "look back")
    return sorted(found, key=lambda todo: order.index(todo.kind))[:12]


def _asking(event_ids: list[int]) -> dict[int, int]:
    """How many people wait for a host's answer at each of these events."""
    waits = sa.and_(Rsvp.event_id.in_(event_ids), Rsvp.answer == Answer.PENDING)
    rows = db.session.execute(sa.select(Rsvp.event_id, sa.func.count()).where(waits).group_by(Rsvp.event_id))
    return {row[0]: row[1] for row in rows}


def numbers(community: Community) -> Numbers:
    """Return the figures of the last weeks."""
    moment = now()
    monday = to_wall(moment, community.zone).date() - timedelta(days=to_wall(moment, community.zone).weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    joined = Counter(
        (day := to_wall(at, community.zone).date()) - timedelta(days=day.weekday())
        for at in joined_by_week(community, moment - timedelta(weeks=WEEKS + 1))
    )
    held = db.session.execute(
        sa.select(
            Event.title,
            Event.starts_at,
            sa.func.coalesce(Tally.taken, 0).label("taken"),
            _came(),
        )
        .outerjoin(Tally, Tally.event_id == Event.id)
        .where(
            Event.community_id == community.id,
            Event.state == State.PUBLISHED,
            Event.ends_at <= moment,
            Event.starts_at >= moment - timedelta(days=90),
        )
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(200)
    ).all()
    return Numbers(
        members_by_week=[(first + timedelta(weeks=n), joined[first + timedelta(weeks=n)]) for n in range(WEEKS)],
        turnout=[(row.title, row.taken, row.came) for row in reversed(held[:8])],
        events_90_days=len(held),
        came_90_days=sum(row.came for row in held),
    )
