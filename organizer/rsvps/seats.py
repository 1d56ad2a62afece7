"""The guard of capacity, and the queue behind it.

Whoever changes who has a place first calls `hold`: it locks the event's row until the end of the transaction (on SQLite
the transaction is the only writer anyway), so moves of one event happen one after another. Places are then taken by
one conditional write on the tally, and the tally's check constraint is the last referee.

**The queue.** People wait in the order in which they joined (`queued_at`, then id). When places become free the queue is
walked from its head, and every party that fits is promoted. A party that is larger than what is free is passed over: it
keeps its position, and the log says so. A newcomer therefore gets a place only if it fits and nobody who waits would
fit. Nobody is promoted while the event is over-full, once it has started, or when it is not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm.attributes import set_committed_value

from organizer.core.db import Model, db
from organizer.core.errors import N_, DomainError, NotFound
from organizer.core.time import now
from organizer.events.models import Event, State

from . import moves
from .models import Answer, Rsvp, Tally
from .moves import By
from .signals import RsvpMoved, rsvp_moved

_BATCH = 200  # parties promoted by one look at the queue


class Full(DomainError):
    """More places were asked for than are free."""

    message = N_("There are not that many places left.")


@dataclass
class Seats:
    """What is known of an event's places while its row is held. Numbers may lag on PostgreSQL until `reread`.

    `has_row` is False for an event that has no tally yet.
    """

    event: Event
    moment: datetime
    taken: int = 0
    waiting: int = 0
    ceiling: int | None = None
    has_row: bool = True

    @property
    def queue_moves(self) -> bool:
        """Whether places that become free are given to those who wait."""
        return self.event.state == State.PUBLISHED and self.moment < self.event.starts_at

    @property
    def free(self) -> int | None:
        """Places that may be given now; None: no limit."""
        return None if self.ceiling is None else self.ceiling - self.taken

    def have_room(self, places: int) -> bool:
        """Whether a newcomer's party gets places at once."""
        return (self.free is None or places <= self.free) and (self.queue_moves or self.waiting == 0)


class When(StrEnum):
    """On what condition the tally is changed."""

    ALWAYS = "always; the ceiling follows"
    FITS = "the party fits"
    FITS_AND_NOBODY_WAITS = "the party fits and nobody waits"
    TOO_LARGE = "the party does not fit"
    TOO_LARGE_OR_SOMEBODY_WAITS = "the party does not fit or somebody waits"

    @property
    def opposite(self) -> When:
        """The condition that holds whenever this one does not."""
        return _OPPOSITES[self]


_OPPOSITES = {When.FITS: When.TOO_LARGE, When.FITS_AND_NOBODY_WAITS: When.TOO_LARGE_OR_SOMEBODY_WAITS}

# Statements of the path that everybody takes at once are built once: building them anew costs more than running them.
_EVENT, _TALLY = Model.metadata.tables["event"], Model.metadata.tables["tally"]
_COUNTED = [
    sa.select(_TALLY.c[name]).where(_TALLY.c.event_id == _EVENT.c.id).correlate(_EVENT).scalar_subquery()
    for name in ("taken", "waiting", "ceiling")
]
_AFRESH = ("version", "capacity", "state", "starts_at", "ends_at")
_HOLD = (
    sa.update(_EVENT)
    .where(_EVENT.c.id == sa.bindparam("event"))
    .values(version=_EVENT.c.version + 1)
    .returning(*(_EVENT.c[name] for name in _AFRESH), *_COUNTED)
)
_FITS = sa.or_(_TALLY.c.ceiling.is_(None), _TALLY.c.taken + sa.bindparam("places") <= _TALLY.c.ceiling)
_FITS_FIRST = sa.and_(_FITS, _TALLY.c.waiting == 0)
_CHANGE = (
    sa.update(_TALLY)
    .where(_TALLY.c.event_id == sa.bindparam("event"))
    .values(
        taken=_TALLY.c.taken + sa.bindparam("more_taken"),
        going=_TALLY.c.going + sa.bindparam("more_going"),
        waiting=_TALLY.c.waiting + sa.bindparam("more_waiting"),
        changed_at=sa.bindparam("moment"),
    )
)
_CHANGES = {
    When.ALWAYS: _CHANGE.values(ceiling=sa.bindparam("limit")),
    When.FITS: _CHANGE.where(_FITS),
    When.FITS_AND_NOBODY_WAITS: _CHANGE.where(_FITS_FIRST),
    When.TOO_LARGE: _CHANGE.where(sa.not_(_FITS)),
    When.TOO_LARGE_OR_SOMEBODY_WAITS: _CHANGE.where(sa.not_(_FITS_FIRST)),
}


def hold(event: Event) -> Seats:
    """Lock the event's row, raise its page version, and read what decides about places afresh. One statement."""
    db.session.flush()
    row = db.session.execute(_HOLD, {"event": event.id}).one_or_none()
    if row is None:
        raise NotFound
    for name, value in zip(_AFRESH, row, strict=False):
        set_committed_value(event, name, value)
    taken, waiting, ceiling = row[len(_AFRESH) :]
    return Seats(event, now(), taken or 0, waiting or 0, ceiling, has_row=taken is not None)


def reread(seats: Seats) -> None:
    """Bring the numbers up to date; makes the tally from the rows if the event has none. Exact, since the row is held."""
    row = db.session.execute(
        sa.select(Tally.taken, Tally.waiting, Tally.ceiling).where(Tally.event_id == seats.event.id)
    ).one_or_none()
    if row is None:
        counted = counted_rows(seats.event.id)
        ceiling = ceiling_of(seats.event.capacity, counted["taken"])
        db.session.execute(sa.insert(Tally).values(event_id=seats.event.id, ceiling=ceiling, **counted))
        seats.taken, seats.waiting, seats.ceiling = counted["taken"], counted["waiting"], ceiling
    else:
        seats.taken, seats.waiting, seats.ceiling = row
    seats.has_row = True


def admit(seats: Seats, places: int) -> Answer:
    """Take places for a newcomer's party, or a position at the end of the queue, and say which. Mostly one statement.

    What was read may lag, so each write repeats its condition; when it changes no row we read again and decide again.
    """
    room = When.FITS if seats.queue_moves else When.FITS_AND_NOBODY_WAITS
    for _ in range(3):
        if seats.has_row and seats.have_room(places):
            if _write(seats, room, places=places, taken=places, going=1):
                return Answer.GOING
        elif seats.has_row and _write(seats, room.opposite, places=places, waiting=1):
            return Answer.WAITLISTED
        reread(seats)
    raise Full


def grow(seats: Seats, places: int) -> None:
    """Take `places` more for a party that has some already. Raises Full if they are not free."""
    if not seats.has_row:
        reread(seats)
    if not _write(seats, When.FITS, places=places, taken=places):
        raise Full


def squeeze_in(seats: Seats, places: int, *, waited: bool = False) -> None:
    """Take `places` on a host's word, beyond the capacity if need be: the ceiling then rises to what is taken."""
    reread(seats)
    _write(seats, When.ALWAYS, taken=places, going=1, waiting=-1 if waited else 0)


def give_back(seats: Seats, answer: Answer, places: int, *, leaves: bool = True) -> None:
    """Return what a party had by `answer`: `places`, and with `leaves` its seat in the count or in the queue."""
    reread(seats)
    if answer == Answer.GOING:
        _write(seats, When.ALWAYS, taken=-places, going=-1 if leaves else 0)
    elif answer == Answer.WAITLISTED and leaves:
        _write(seats, When.ALWAYS, waiting=-1)


def follow_capacity(seats: Seats) -> list[Rsvp]:
    """Make the ceiling follow the event's capacity, and promote whom that lets in."""
    reread(seats)
    _write(seats, When.ALWAYS)
    return promote(seats)


def promote(seats: Seats) -> list[Rsvp]:
    """Walk the queue by the rule of this module's docstring and return who was promoted, in order."""
    promoted: list[Rsvp] = []
    while seats.waiting > 0 and seats.queue_moves and (seats.free is None or seats.free > 0):
        batch = _fitting(seats)
        places = sum(rsvp.places for rsvp in batch)
        count = len(batch)
        if not batch or not _write(seats, When.FITS, places=places, taken=places, going=count, waiting=-count):
            break
        for rsvp in batch:
            _promote(rsvp, seats)
        promoted += batch
    if promoted and seats.waiting > 0:
        moves.log_passed_over(promoted[-1])
    return promoted


def counted_rows(event_id: int) -> dict[str, int]:
    """Return taken, going and waiting as the rows of RSVPs say."""
    going, waits = Rsvp.answer == Answer.GOING, Rsvp.answer == Answer.WAITLISTED
    count = sa.func.count().filter
    places = sa.func.coalesce(sa.func.sum(Rsvp.guests + 1).filter(going), 0)
    row = db.session.execute(sa.select(places, count(going), count(waits)).where(Rsvp.event_id == event_id)).one()
    return {"taken": row[0], "going": row[1], "waiting": row[2]}


def ceiling_of(capacity: int | None, taken: int) -> int | None:
    """Return the limit that is enforced: the capacity, or what is taken already if that is more."""
    return None if capacity is None else max(capacity, taken)


def _fitting(seats: Seats) -> list[Rsvp]:
    """The next parties in the order of the queue that fit one after another into what is free."""
    wanted = sa.select(Rsvp).where(Rsvp.event_id == seats.event.id, Rsvp.answer == Answer.WAITLISTED)
    if seats.free is not None:
        wanted = wanted.where(Rsvp.guests < seats.free)
    fitting, free = [], seats.free
    for rsvp in db.session.scalars(wanted.order_by(Rsvp.queued_at, Rsvp.id).limit(_BATCH)):
        if free is None or rsvp.places <= free:
            fitting.append(rsvp)
            free = None if free is None else free - rsvp.places
    return fitting


def _promote(rsvp: Rsvp, seats: Seats) -> None:
    set_committed_value(rsvp, "event", seats.event)
    rsvp.answer, rsvp.answered_at = Answer.GOING, seats.moment
    db.session.flush()
    moves.log(rsvp, Answer.WAITLISTED, moves.PROMOTED, By.QUEUE)
    rsvp_moved.publish(RsvpMoved(rsvp, Answer.WAITLISTED, Answer.GOING, moves.PROMOTED))


def _write(seats: Seats, when: When, *, places: int = 0, taken: int = 0, going: int = 0, waiting: int = 0) -> bool:
    """Change the tally by these differences if the condition holds there for `places`, and tell whether it did."""
    values = {"more_taken": taken, "more_going": going, "more_waiting": waiting, "moment": seats.moment}
    if when == When.ALWAYS:
        values["limit"] = seats.ceiling = ceiling_of(seats.event.capacity, seats.taken + taken)
    else:
        values["places"] = places
    result = db.session.execute(_CHANGES[when], {"event": seats.event.id, **values})
    if not cast(CursorResult[Any], result).rowcount:
        return False
    seats.taken, seats.waiting = seats.taken + taken, seats.waiting + waiting
    return True
