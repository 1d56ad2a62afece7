"""Reading answers: positions, who comes, one's own, the hosts' list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.core.ids import folded
from organizer.core.time import now
from organizer.events.models import Event
from organizer.web.paging import Page, cut, decode, encode

from . import moves
from .models import STANDING, Answer, Listing, Rsvp, RsvpMove, Tally
from .rules import Queue, Rules

SHOWN = 24  # names on the event page
PAGE = 50


# Built once: the page of an event asks it for everybody who is signed in.
_OWN = (
    sa.select(Rsvp)
    .where(
        Rsvp.event_id == sa.bindparam("event_id"),
        sa.or_(
            Rsvp.account_id == sa.bindparam("account_id"),
            sa.and_(Rsvp.email == sa.bindparam("email"), Rsvp.account_id.is_(None)),
        ),
    )
    .order_by(Rsvp.account_id.is_(None))
    .limit(1)
)


@dataclass(frozen=True)
class Position:
    """The `number`-th of `waiting` parties in the queue; the first is 1."""

    number: int
    waiting: int


@dataclass(frozen=True)
class Face:
    """Somebody who agreed to be shown, as much as they agreed to. `key` only chooses a colour."""

    name: str
    key: str
    picture: str | None


@dataclass(frozen=True)
class Overview:
    """What the event page says about answers: counts as they are enforced, and the first who agreed to be shown."""

    taken: int = 0
    held: int = 0
    going: int = 0
    waiting: int = 0
    faces: tuple[Face, ...] = ()

    @property
    def coming(self) -> int:
        """People who come: places taken, without those that are only held for somebody."""
        return self.taken - self.held

    def left(self, event: Event) -> int | None:
        """Places left of all that `event` gives; None: no limit."""
        limit = Rules.of(event).limit(event.capacity)
        return None if limit is None else max(limit - self.taken, 0)

    def is_full(self, event: Event) -> bool:
        """Whether a newcomer would have to wait: nothing is left, or what is left is for those who wait."""
        left = self.left(event)
        return left is not None and (left <= 0 or (self.waiting > 0 and Rules.of(event).queue is Queue.HOST))


def counts_of(event_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return (parties going, places taken) of each of these events that has a tally and tells its counts. One statement."""
    rows = db.session.execute(
        sa.select(Tally.event_id, Tally.going, Tally.taken, Event.rsvp_rules)
        .join(Event, Event.id == Tally.event_id)
        .where(Tally.event_id.in_(event_ids))
    )
    return {event_id: (going, taken) for event_id, going, taken, rules in rows if not rules.get("hides_counts")}


def reached(event: Event) -> sa.ColumnElement[bool]:
    """Who hears of what happens to an event: all who mean to come and left an address."""
    return sa.and_(Rsvp.event_id == event.id, Rsvp.answer.in_(STANDING), Rsvp.email.is_not(None))


def told(event: Event, before: datetime | None = None) -> int:
    """Return how many parties hear of it; with `before` only of those who had answered by then."""
    wanted = sa.select(sa.func.count()).select_from(Rsvp).where(reached(event))
    return db.session.scalar(wanted.where(Rsvp.answered_at <= before) if before else wanted) or 0


def overview(event: Event) -> Overview:
    """Read counts and faces in one statement."""
    shown = sa.and_(Rsvp.event_id == Tally.event_id, Rsvp.answer == Answer.GOING, Rsvp.listing != Listing.HIDDEN)
    rows = db.session.execute(
        sa.select(
            *(Tally.taken, Tally.held, Tally.going, Tally.waiting),
            *(Rsvp.name, Rsvp.listing, Account.key, Account.picture),
        )
        .outerjoin_from(Tally, Rsvp, shown)
        .outerjoin(Account, Account.id == Rsvp.account_id)
        .where(Tally.event_id == event.id)
        .order_by(Rsvp.queued_at, Rsvp.id)
        .limit(SHOWN)
    ).all()
    if not rows:
        return Overview()
    faces = tuple(face(*row[4:]) for row in rows if row[4] is not None)
    return Overview(*rows[0][:4], faces)


def face(name: str, listing: Listing, key: str | None, picture: str | None) -> Face:
    """Return as much of somebody as they agreed to have shown; not for who is hidden."""
    if listing == Listing.FIRST_NAME:
        return Face(name.split(maxsplit=1)[0], name, None)
    return Face(name, key or name, picture)


def position(rsvp: Rsvp) -> Position | None:
    """Return where a party stands in the queue, or None if it does not wait. One statement."""
    if rsvp.answer != Answer.WAITLISTED:
        return None
    before = sa.or_(Rsvp.queued_at < rsvp.queued_at, sa.and_(Rsvp.queued_at == rsvp.queued_at, Rsvp.id <= rsvp.id))
    number, waiting = db.session.execute(
        sa.select(sa.func.count().filter(before), sa.func.count()).where(
            Rsvp.event_id == rsvp.event_id, Rsvp.answer == Answer.WAITLISTED
        )
    ).one()
    return Position(number, waiting)


def own(account: Account | None, event: Event) -> Rsvp | None:
    """Return the account's answer to `event`, also one that was made with its address; None for a visitor."""
    if account is None:
        return None
    whose = {"event_id": event.id, "account_id": account.id, "email": account.email}
    return db.session.scalars(_OWN, whose).first()


def _belongs_to(account: Account) -> sa.ColumnElement[bool]:
    unclaimed = sa.and_(Rsvp.email == account.email, Rsvp.account_id.is_(None))
    return sa.or_(Rsvp.account_id == account.id, unclaimed)


def upcoming(account: Account) -> list[Rsvp]:
    """Return the account's answers to what is still to come, the next first; at most 200, with events."""
    return list(
        db.session.scalars(
            _own_with_events(account)
            .where(Event.ends_at > now(), Rsvp.answer.in_(STANDING))
            .order_by(Event.starts_at, Event.id)
            .limit(200)
        )
    )


def past(account: Account, cursor: str = "") -> Page[Rsvp]:
    """Return a page of the account's answers to what is over or was declined, the latest first."""
    wanted = _own_with_events(account).where(sa.or_(Event.ends_at <= now(), Rsvp.answer.not_in(STANDING)))
    after = decode(cursor, datetime.fromisoformat, int)
    if after:
        wanted = wanted.where(
            sa.or_(Event.starts_at < after[0], sa.and_(Event.starts_at == after[0], Event.id < after[1]))
        )
    rows = db.session.scalars(wanted.order_by(Event.starts_at.desc(), Event.id.desc()).limit(PAGE + 1)).all()
    return cut(
        rows, PAGE, lambda r: encode(r.event.starts_at, r.event.id), backwards=False, has_cursor=after is not None
    )


def _own_with_events(account: Account) -> sa.Select[Rsvp]:
    event = joinedload(Rsvp.event, innerjoin=True).options(joinedload(Event.community), joinedload(Event.venue))
    # Joined twice: once to sort by, once to load; both by the primary key.
    return sa.select(Rsvp).join(Event, Event.id == Rsvp.event_id).where(_belongs_to(account)).options(event)


def counts(event: Event) -> dict[str, tuple[int, int]]:
    """Return (parties, places) of an event by answer."""
    rows = db.session.execute(
        sa.select(Rsvp.answer, sa.func.count(), sa.func.sum(Rsvp.guests + 1))
        .where(Rsvp.event_id == event.id)
        .group_by(Rsvp.answer)
    )
    return {str(answer): (parties, places) for answer, parties, places in rows}


def guests(event: Event, answer: Answer | None = None, search: str = "", cursor: str = "") -> Page[Rsvp]:
    """Return a page of the hosts' list by name, the waitlist in its order; `search` is part of a name or address."""
    wanted = _listed(event, answer, search)
    first: Any = Rsvp.queued_at if answer == Answer.WAITLISTED else Rsvp.name_folded
    kind: Any = datetime.fromisoformat if answer == Answer.WAITLISTED else str
    after = decode(cursor, kind, int)
    if after:
        wanted = wanted.where(sa.or_(first > after[0], sa.and_(first == after[0], Rsvp.id > after[1])))
    rows = db.session.scalars(wanted.order_by(first, Rsvp.id).limit(PAGE + 1)).all()

    def cursor_of(rsvp: Rsvp) -> str:
        return encode(rsvp.queued_at if answer == Answer.WAITLISTED else rsvp.name_folded, rsvp.id)

    return cut(rows, PAGE, cursor_of, backwards=False, has_cursor=after is not None)


def all_guests(event: Event) -> Iterator[Rsvp]:
    """Walk through everybody on the list by name, a few hundred rows in memory at a time."""
    wanted = _listed(event, None, "").order_by(Rsvp.name_folded, Rsvp.id)
    yield from db.session.scalars(wanted.execution_options(yield_per=500))


def _listed(event: Event, answer: Answer | None, search: str) -> sa.Select[Rsvp]:
    wanted = sa.select(Rsvp).where(Rsvp.event_id == event.id)
    if answer is not None:
        wanted = wanted.where(Rsvp.answer == answer)
    if sought := folded(search.strip()):
        wanted = wanted.where(
            sa.or_(
                Rsvp.name_folded.contains(sought, autoescape=True),
                Rsvp.email.contains(search.strip().lower(), autoescape=True),
            )
        )
    return wanted


def guest(event: Event, key: str) -> Rsvp | None:
    """Return one person of the event's list by the RSVP's key."""
    return db.session.scalar(sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.key == key))


def was_released(rsvp: Rsvp) -> bool:
    """Tell whether the last move of `rsvp` gave on a place of somebody who was silent."""
    last = sa.select(RsvpMove.why).where(RsvpMove.rsvp_id == rsvp.id).order_by(RsvpMove.id.desc()).limit(1)
    return db.session.scalar(last) == moves.RELEASED


def moves_of(rsvp: Rsvp) -> list[tuple[RsvpMove, str | None]]:
    """Return the log of an RSVP, oldest first, each move with the name of the account that made it."""
    rows = db.session.execute(
        sa.select(RsvpMove, Account.name)
        .outerjoin(Account, Account.id == RsvpMove.by_id)
        .where(RsvpMove.rsvp_id == rsvp.id)
        .order_by(RsvpMove.id)
    )
    return [(move, name) for move, name in rows]
