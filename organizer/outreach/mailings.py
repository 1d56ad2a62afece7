"""One letter to many: begun once, written into the outbox in portions, continued where a worker was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from organizer.core.db import changed, db, reading, unit_of_work
from organizer.core.jobs import job
from organizer.core.time import now
from organizer.events.models import Event, State
from organizer.rsvps.models import Invitation, Rsvp

from . import audiences, reminders, service
from .addressing import to_guest, to_invited
from .models import Audience, Mailing, MutedLetter
from .service import Draft

PORTION = 100  # letters in one transaction
KEPT = timedelta(days=90)  # far longer than anything could begin it again
LONGEST_AFTER = reminders.THANKS_UNTIL + timedelta(days=2)  # no thanks are later after an end
_TABLE = Mailing.metadata.tables["mailing"]
_INSERTS = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
}
# Written out, not bound: only so can both engines prove that the partial indexes fit.
_PUBLISHED = Event.state == sa.literal_column("'published'")
_TIMED = sa.select(
    *(Event.id, Event.community_id, Event.starts_wall, Event.ends_wall, Event.zone, Event.all_day, Event.starts_at)
).where(_PUBLISHED)


@job(every=timedelta(minutes=1), own_units=True)
def begin_reminders() -> int:
    """Begin the reminders whose time has come; return how many. Looks only at what begins within two days."""
    moment = now()
    soon = _TIMED.where(Event.starts_at > moment, Event.starts_at <= moment + reminders.LONGEST_BEFORE)
    with reading():
        due = [
            _row(turn, event, Audience.GOING, moment)
            for event in db.session.execute(soon.order_by(Event.starts_at))
            for turn in reminders.reminders(event)
            if turn.at <= moment < turn.until
        ]
        fresh = _unknown(due)
    return _begun(fresh)


@job(every=timedelta(minutes=10), own_units=True)
def begin_thanks() -> int:
    """Begin the thanks for events that have just ended, where the community wants them; return how many."""
    moment = now()
    muted = sa.select(MutedLetter.community_id).where(MutedLetter.kind == reminders.THANKS)
    over = _TIMED.where(Event.ends_at <= moment, Event.ends_at > moment - LONGEST_AFTER)
    with reading():
        due = []
        for event in db.session.execute(over.where(Event.community_id.not_in(muted)).order_by(Event.ends_at)):
            turn = reminders.thanks(event)
            if turn.at <= moment < turn.until:
                due.append(_row(turn, event, Audience.CAME, moment))
        fresh = _unknown(due)
    return _begun(fresh)


@job(every=timedelta(minutes=1), own_units=True)
def write_open() -> int:
    """Write the letters of every mailing that is under way; return how many. Harmless beside itself in several workers."""
    total = 0
    with unit_of_work():
        under_way = db.session.scalars(
            sa.select(Mailing.id).where(Mailing.done_at.is_(None)).order_by(Mailing.id)
        ).all()
    for mailing_id in under_way:
        while (written := _portion(mailing_id)) is not None:
            total += written
    return total


@job(every=timedelta(days=1))
def forget_done() -> None:
    """Delete what was done three months ago."""
    changed(sa.delete(Mailing).where(Mailing.done_at < now() - KEPT))


def begin(mailings: Sequence[dict[str, Any]]) -> None:
    """Put mailings under way, as part of the current unit of work; a worker writes their letters.

    One that was begun before changes nothing.
    """
    db.session.execute(_INSERTS[db.session.get_bind().dialect.name], mailings)
    write_open.wake()


def row(once: str, kind: str, event_id: int, audience: Audience, about: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a mailing for `begin`. `more`: `answered_before`, `starts_at`."""
    usual = {"answered_before": None, "starts_at": None, "after_id": 0, "written": 0, "created_at": now()}
    named = {"once": once, "kind": kind, "event_id": event_id, "audience": audience, "about": about}
    return named | usual | more


def _row(turn: reminders.Turn, event: Any, audience: Audience, moment: datetime) -> dict[str, Any]:
    start = f"{event.starts_at:{reminders.START}}"
    return row(
        f"{turn.kind}:{event.id}:{start}",
        turn.kind,
        event.id,
        audience,
        {"start": start},
        answered_before=turn.at if audience is Audience.GOING else None,
        starts_at=event.starts_at,
        created_at=moment,
    )


def _unknown(mailings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    known: set[str] = set()
    for start in range(0, len(mailings), PORTION):
        onces = [mailing["once"] for mailing in mailings[start : start + PORTION]]
        known.update(db.session.scalars(sa.select(Mailing.once).where(Mailing.once.in_(onces))))
    return [mailing for mailing in mailings if mailing["once"] not in known]


def _begun(fresh: Sequence[dict[str, Any]]) -> int:
    if fresh:
        with unit_of_work():
            begin(fresh)
    return len(fresh)


def _portion(mailing_id: int) -> int | None:
    """Write the next letters of a mailing and return how many; None if it is done, or another worker is at it.

    People are read without holding up any writer; then one short transaction claims the step and writes the letters.
    """
    with reading():
        mailing = db.session.get(Mailing, mailing_id)
        if mailing is None or mailing.done_at is not None:
            return None
        came = mailing.after_id
        letters = [] if _is_void(mailing) else _next_letters(mailing)
        drafts = [draft for _, draft in letters]
        reached = letters[-1][0] if letters else came
    step = sa.update(Mailing).where(Mailing.id == mailing_id, Mailing.after_id == came, Mailing.done_at.is_(None))
    with unit_of_work():
        if not changed(step.values(after_id=reached, done_at=now() if len(drafts) < PORTION else None)):
            return None
        written = service.write_all(drafts)
        changed(sa.update(Mailing).where(Mailing.id == mailing_id).values(written=Mailing.written + written))
        return written


def _is_void(mailing: Mailing) -> bool:
    """Whether the event has meanwhile been moved or called off: its letters would be dropped anyway."""
    if mailing.starts_at is None:
        return False
    state, starts_at = db.session.execute(
        sa.select(Event.state, Event.starts_at).where(Event.id == mailing.event_id)
    ).one()
    return state != State.PUBLISHED or starts_at != mailing.starts_at


def _next_letters(mailing: Mailing) -> list[tuple[int, Draft]]:
    """The next letters, each with the number that it stands at."""
    kind, which = mailing.kind, mailing.once.split(":", maxsplit=1)[1]
    if mailing.audience is Audience.INVITED:
        open_ones = audiences.invited(mailing.event_id).where(Invitation.id > mailing.after_id).order_by(Invitation.id)
        return [
            (one.id, to_invited(kind, f"{kind}:i{one.id}:{which}", one, mailing.about))
            for one in db.session.scalars(open_ones.limit(PORTION))
        ]
    wanted = audiences.listed(mailing.event_id, mailing.audience).where(Rsvp.id > mailing.after_id)
    if mailing.answered_before is not None:
        wanted = wanted.where(Rsvp.answered_at < mailing.answered_before)
    people = db.session.scalars(wanted.options(joinedload(Rsvp.account)).order_by(Rsvp.id).limit(PORTION))
    return [(rsvp.id, to_guest(kind, f"{kind}:{rsvp.id}:{which}", rsvp, mailing.about)) for rsvp in people]
