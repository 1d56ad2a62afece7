"""Many members at once, for benchmarks: written in portions, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities.models import Community, Membership
from organizer.core.db import db, retried
from organizer.core.ids import folded, new_key
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.models import Event, State
from organizer.rsvps.models import Answer, Rsvp, Tally

from . import people
from .loading import SLUG

PORTION = 1000


def crowd(seed: int, count: int) -> Iterator[int]:
    """Add `count` members who go to the next event without a limit; yield the number so far after each person.

    Opens units of work of its own, one a portion.
    """
    rng = Random(seed)
    done = 0
    while done < count:
        size = min(PORTION, count - done)
        retried(lambda size=size: _portion(rng, size))  # type: ignore[misc]
        for _ in range(size):
            done += 1
            yield done


def _portion(rng: Random, size: int) -> None:
    community = db.session.scalars(sa.select(Community).where(Community.slug == SLUG)).one()
    event_id = db.session.scalar(
        sa.select(Event.id)
        .where(
            Event.community_id == community.id,
            Event.capacity.is_(None),
            Event.starts_at > now(),
            Event.state == State.PUBLISHED,
        )
        .order_by(Event.starts_at.desc())
        .limit(1)
    )
    moment = now()
    accounts = []
    for _ in range(size):
        name, key = f"{rng.choice(people.GIVEN)} {rng.choice(people.FAMILY)}", new_key()
        accounts.append(
            {
                "key": key,
                "name": name,
                "name_folded": folded(name),
                "email": f"{key}@demo.example",
                "proven_at": moment,
                "interests": [],
                "created_at": moment - timedelta(days=rng.random() * 1000),
            }
        )
    ids = db.session.scalars(sa.insert(Account).returning(Account.id, sort_by_parameter_order=True), accounts).all()
    db.session.execute(
        sa.insert(Membership),
        [
            {"community_id": community.id, "account_id": id_, "joined_at": account["created_at"]}
            for id_, account in zip(ids, accounts, strict=True)
        ],
    )
    community.member_count += size
    if event_id is None:
        return
    db.session.execute(
        sa.insert(Rsvp),
        [
            {
                "event_id": event_id,
                "account_id": id_,
                "email": account["email"],
                "name": account["name"],
                "name_folded": account["name_folded"],
                "answer": Answer.GOING,
                "code": new_key(),
            }
            for id_, account in zip(ids, accounts, strict=True)
        ],
    )
    db.session.execute(
        sa.update(Tally).where(Tally.event_id == event_id).values(taken=Tally.taken + size, going=Tally.going + size)
    )
    events.touch(event_id)
