"""«Are you still coming?», and what becomes of the places of those who do not say so.

Some hours before the start (`Rules.ask_hours`) everybody going is asked, once for that start. Not asked are those who said
within the last day that they come, those who left no address, and hosts of the event. Who is asked and does not answer is
silent. Places of silent ones are given on when a host says so, or by themselves some hours before the start
(`Rules.release_hours`), but never before they had time to answer, and never once the event has begun. That is no late
withdrawal: nobody is marked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import changed, db
from organizer.core.errors import N_, DomainError
from organizer.core.time import now
from organizer.events.models import Event, EventHost, State
from organizer.web.paging import Page, cut, decode, encode

from . import moves, opening, seats, waitlist
from .models import Answer, Asking, Rsvp
from .moves import By
from .rules import Rules
from .ruling import LONGEST_HOURS
from .signals import StillComingAsked, still_coming_asked

LONGEST = timedelta(hours=LONGEST_HOURS)  # nobody is asked earlier
LAST_CALL = timedelta(hours=2)  # before the start; later it is of no use to ask
FRESH = timedelta(hours=24)  # an answer younger than this needs no question
PATIENCE, LEAST_PATIENCE = timedelta(hours=12), timedelta(hours=2)  # before places are given on by themselves
PAGE = 100  # silent ones on a page

# Written out, not bound: only so can both engines prove that the partial indexes fit.
_PUBLISHED = Event.state == sa.literal_column("'published'")
_GOING = Rsvp.answer == sa.literal_column("'going'")


class Begun(DomainError):
    """Places are not given on any more."""

    message = N_("The event has begun. Places are not given on any more.")


def due() -> list[int]:
    """Return the events whose people are to be asked now, the next to start first. One statement, no lock."""
    moment = now()
    not_yet = sa.or_(Asking.event_id.is_(None), Asking.starts_at != Event.starts_at)
    rows = db.session.execute(_soon(moment).where(not_yet))
    return [row.id for row in rows if _is_due(Rules.of(row), row.starts_at, moment)]


def ask(event_id: int) -> int:
    """Ask those going to an event, unless they were asked for this start; return how many."""
    held = _held(event_id)
    event, moment = held.event, held.moment
    asking = db.session.get(Asking, event_id, populate_existing=True)
    if asking is not None and asking.starts_at == event.starts_at:
        return 0
    if event.state is not State.PUBLISHED or not _is_due(held.rules, event.starts_at, moment):
        return 0
    number = changed(
        sa.update(Rsvp)
        .where(Rsvp.event_id == event_id, Rsvp.answer == Answer.GOING, Rsvp.email.is_not(None), _is_no_host(event_id))
        .where(Rsvp.answered_at < moment - FRESH)
        .where(sa.or_(Rsvp.confirmed_at.is_(None), Rsvp.confirmed_at < moment - FRESH))
        .values(asked_at=moment, confirmed_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.merge(Asking(event_id=event_id, starts_at=event.starts_at, asked_at=moment, released_at=None))
    db.session.flush()
    if number:
        still_coming_asked.publish(StillComingAsked(event, moment, number))
    return number


def forget(event: Event) -> None:
    """Forget who was asked and what they said, unless it was for the start that the event has.

    They are asked anew when the time comes.
    """
    if of(event) is not None:
        return
    said = sa.or_(Rsvp.asked_at.is_not(None), Rsvp.confirmed_at.is_not(None))
    db.session.execute(
        sa.update(Rsvp)
        .where(Rsvp.event_id == event.id, said)
        .values(asked_at=None, confirmed_at=None)
        .execution_options(synchronize_session="fetch")
    )
    db.session.execute(sa.delete(Asking).where(Asking.event_id == event.id))


def of(event: Event) -> Asking | None:
    """Return when those going to `event` were asked, for the start that it now has."""
    asking = db.session.get(Asking, event.id)
    return asking if asking is not None and asking.starts_at == event.starts_at else None


def silent_count(event: Event) -> int:
    """Return how many parties are silent."""
    return db.session.scalar(sa.select(sa.func.count()).where(_silent(event.id))) or 0


def silent(event: Event, cursor: str = "") -> Page[Rsvp]:
    """Return a page of those who are silent, by name."""
    wanted = _silent_of(event.id)
    after = decode(cursor, str, int)
    if after:
        later = sa.and_(Rsvp.name_folded == after[0], Rsvp.id > after[1])
        wanted = wanted.where(sa.or_(Rsvp.name_folded > after[0], later))
    rows = db.session.scalars(wanted.limit(PAGE + 1)).all()
    return cut(rows, PAGE, lambda r: encode(r.name_folded, r.id), backwards=False, has_cursor=after is not None)


def release(actor: Account, event: Event, keys: frozenset[str]) -> list[Rsvp]:
    """Give on the places of those of `keys` who are silent, and return them; who has answered meanwhile keeps the place.

    Everybody whom that lets in is promoted once, in the order of the queue. Raises Begun, or what `opening.closed` gives.
    """
    require(actor, Action.CHANGE_GUEST_LIST, event)
    held = seats.hold(event)
    opening.check_open(event)
    if held.moment >= event.starts_at:
        raise Begun
    wanted = _silent_of(event.id).options(joinedload(Rsvp.account)).execution_options(populate_existing=True)
    chosen = [rsvp for rsvp in db.session.scalars(wanted) if rsvp.key in keys]
    return _release(held, chosen, By.HOST, actor.id)


def release_due() -> list[int]:
    """Return the events whose silent ones lose their places now, as their rules say. One statement, no lock."""
    moment = now()
    asked = _soon(moment).where(Asking.starts_at == Event.starts_at, Asking.released_at.is_(None))
    rows = db.session.execute(asked.add_columns(Asking.asked_at))
    return [row.id for row in rows if _is_release_due(Rules.of(row), row.starts_at, row.asked_at, moment)]


def release_by_rule(event_id: int) -> int:
    """Give on the places of all who are silent, if the rules of the event say so now; return how many parties."""
    held = _held(event_id)
    event = held.event
    asking = db.session.get(Asking, event_id, populate_existing=True)
    if event.state is not State.PUBLISHED or asking is None or asking.released_at is not None:
        return 0
    if asking.starts_at != event.starts_at:
        return 0
    if not _is_release_due(held.rules, event.starts_at, asking.asked_at, held.moment):
        return 0
    asking.released_at = held.moment
    wanted = _silent_of(event_id).options(joinedload(Rsvp.account)).execution_options(populate_existing=True)
    return len(_release(held, db.session.scalars(wanted).all(), By.SYSTEM))


def releases_at(rules: Rules, starts_at: datetime, asked_at: datetime) -> datetime | None:
    """Return when places of silent ones are given on by themselves; None: never.

    Whoever was asked late still has half a day to answer, or as long as the rules leave between question and release.
    """
    if not rules.release_hours:
        return None
    between = timedelta(hours=rules.ask_hours - rules.release_hours)
    patience = max(min(PATIENCE, between), LEAST_PATIENCE)
    at = max(starts_at - timedelta(hours=rules.release_hours), asked_at + patience)
    return at if at < starts_at else None


def _is_due(rules: Rules, starts_at: datetime, moment: datetime) -> bool:
    if not rules.ask_hours:
        return False
    return starts_at - timedelta(hours=rules.ask_hours) <= moment < starts_at - LAST_CALL


def _is_release_due(rules: Rules, starts_at: datetime, asked_at: datetime, moment: datetime) -> bool:
    at = releases_at(rules, starts_at, asked_at)
    return at is not None and at <= moment < starts_at


def _soon(moment: datetime) -> sa.Select[tuple[int, datetime, str, dict[str, object]]]:
    """What rules need of the events that begin within `LONGEST`, with their askings."""
    return (
        sa.select(Event.id, Event.starts_at, Event.zone, Event.rsvp_rules)
        .outerjoin(Asking, Asking.event_id == Event.id)
        .where(_PUBLISHED, Event.starts_at > moment, Event.starts_at <= moment + LONGEST)
        .order_by(Event.starts_at, Event.id)
    )


def _held(event_id: int) -> seats.Seats:
    wanted = sa.select(Event).where(Event.id == event_id).options(joinedload(Event.community))
    return seats.hold(db.session.scalars(wanted.execution_options(populate_existing=True)).one())


def _is_no_host(event_id: int) -> sa.ColumnElement[bool]:
    hosts = sa.select(EventHost.account_id).where(EventHost.event_id == event_id)
    return sa.or_(Rsvp.account_id.is_(None), Rsvp.account_id.not_in(hosts))


def _silent_of(event_id: int) -> sa.Select[Rsvp]:
    return sa.select(Rsvp).where(_silent(event_id)).order_by(Rsvp.name_folded, Rsvp.id)


def _silent(event_id: int) -> sa.ColumnElement[bool]:
    is_silent = sa.and_(_GOING, Rsvp.asked_at.is_not(None), Rsvp.confirmed_at.is_(None))
    return sa.and_(Rsvp.event_id == event_id, is_silent, _is_no_host(event_id))


def _release(held: seats.Seats, chosen: Sequence[Rsvp], by: By, by_id: int | None = None) -> list[Rsvp]:
    """Free all their places in one step, then promote once: the order of the queue is kept whoever was freed first."""
    if chosen:
        seats.give_back_all(held, sum(rsvp.places for rsvp in chosen), len(chosen))
        for rsvp in chosen:
            rsvp.answer, rsvp.answered_at = Answer.CANCELLED, held.moment
        db.session.flush()
        for rsvp in chosen:
            set_committed_value(rsvp, "event", held.event)
            moves.announce(rsvp, Answer.GOING, moves.RELEASED, by, by_id)
        waitlist.promote(held)
    return list(chosen)
