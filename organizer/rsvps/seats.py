"""The guard of capacity.

Whoever changes who has a place first calls `hold`: it locks the event's row until the end of the transaction (on SQLite
the transaction is the only writer anyway), so moves of one event happen one after another. Places are then taken by
one conditional write on the tally, and the tally's check constraint is the last referee. Who gets places that become
free is decided by `rsvps.waitlist`.
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

from .models import Answer, Rsvp, Tally
from .rules import Queue, Rules


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
    rules: Rules
    taken: int = 0
    waiting: int = 0
    ceiling: int | None = None
    has_row: bool = True

    @property
    def queue_moves(self) -> bool:
        """Whether places that become free are given, or offered, to those who wait."""
        happens = self.event.state == State.PUBLISHED and self.moment < self.event.starts_at
        return happens and self.rules.queue is not Queue.HOST

    @property
    def limit(self) -> int | None:
        """Places that are given in all, with those that are overbooked; None: no limit."""
        return self.rules.limit(self.event.capacity)

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
_AFRESH = ("version", "capacity", "rsvp_rules", "state", "starts_at", "ends_at")
_HOLD = (
    sa.update(_EVENT)
    .where(_EVENT.c.id == sa.bindparam("event"))
    .values(version=_EVENT.c.version + 1)
    .returning(*(_EVENT.c[name] for name in _AFRESH), *_COUNTED)
)
FITS = sa.or_(_TALLY.c.ceiling.is_(None), _TALLY.c.taken + sa.bindparam("places") <= _TALLY.c.ceiling)
FITS_FIRST = sa.and_(FITS, _TALLY.c.waiting == 0)
_CHANGE = (
    sa.update(_TALLY)
    .where(_TALLY.c.event_id == sa.bindparam("event"))
    .values(
        taken=_TALLY.c.taken + sa.bindparam("more_taken"),
        going=_TALLY.c.going + sa.bindparam("more_going"),
        waiting=_TALLY.c.waiting + sa.bindparam("more_waiting"),
        held=_TALLY.c.held + sa.bindparam("more_held"),
        changed_at=sa.bindparam("moment"),
    )
)
_CHANGES = {
    When.ALWAYS: _CHANGE.values(ceiling=sa.bindparam("limit")),
    When.FITS: _CHANGE.where(FITS),
    When.FITS_AND_NOBODY_WAITS: _CHANGE.where(FITS_FIRST),
    When.TOO_LARGE: _CHANGE.where(sa.not_(FITS)),
    When.TOO_LARGE_OR_SOMEBODY_WAITS: _CHANGE.where(sa.not_(FITS_FIRST)),
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
    return Seats(event, now(), Rules.of(event), taken or 0, waiting or 0, ceiling, has_row=taken is not None)


def reread(seats: Seats) -> None:
    """Bring the numbers up to date; makes the tally from the rows if the event has none. Exact, since the row is held."""
    row = db.session.execute(
        sa.select(Tally.taken, Tally.waiting, Tally.ceiling).where(Tally.event_id == seats.event.id)
    ).one_or_none()
    if row is None:
        counted = counted_rows(seats.event.id)
        ceiling = ceiling_of(seats.limit, counted["taken"])
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


def take_batch(seats: Seats, places: int, parties: int, *, offered: bool) -> bool:
    """Take `places` for so many parties of the queue, or hold them as offers; False if they are not free."""
    held, going = (places, 0) if offered else (0, parties)
    return _write(seats, When.FITS, places=places, taken=places, held=held, going=going, waiting=-parties)


def accept(seats: Seats, places: int) -> None:
    """Turn `places` that are held for a party into places taken by it."""
    reread(seats)
    _write(seats, When.ALWAYS, going=1, held=-places)


def give_back(seats: Seats, answer: Answer, places: int, *, leaves: bool = True) -> None:
    """Return what a party had by `answer`: `places`, and with `leaves` its seat in the count or in the queue."""
    reread(seats)
    if answer == Answer.GOING:
        _write(seats, When.ALWAYS, taken=-places, going=-1 if leaves else 0)
    elif answer == Answer.OFFERED:
        _write(seats, When.ALWAYS, taken=-places, held=-places)
    elif answer == Answer.WAITLISTED and leaves:
        _write(seats, When.ALWAYS, waiting=-1)


def give_back_all(seats: Seats, places: int, parties: int) -> None:
    """Return the places of so many parties that were going, in one step."""
    reread(seats)
    _write(seats, When.ALWAYS, taken=-places, going=-parties)


def follow_limit(seats: Seats) -> None:
    """Make the ceiling follow the event's capacity and rules: more places than are taken, or as many as are."""
    reread(seats)
    _write(seats, When.ALWAYS)


def counted_rows(event_id: int) -> dict[str, int]:
    """Return taken, going, waiting and held as the rows of RSVPs say."""
    row = db.session.execute(sa.select(*counting().values()).where(Rsvp.event_id == event_id)).one()
    return dict(zip(counting(), row, strict=True))


def counting() -> dict[str, sa.ColumnElement[int]]:
    """Return, by the names of the tally's columns, what counts them in rows of RSVPs."""
    going, offered = Rsvp.answer == Answer.GOING, Rsvp.answer == Answer.OFFERED
    places = sa.func.sum(Rsvp.guests + 1)
    return {
        "taken": sa.func.coalesce(places.filter(sa.or_(going, offered)), 0),
        "going": sa.func.count().filter(going),
        "waiting": sa.func.count().filter(Rsvp.answer == Answer.WAITLISTED),
        "held": sa.func.coalesce(places.filter(offered), 0),
    }


def ceiling_of(limit: int | None, taken: int) -> int | None:
    """Return the ceiling that is enforced: the places given in all, or what is taken already if that is more."""
    return None if limit is None else max(limit, taken)


def _write(
    seats: Seats, when: When, *, places: int = 0, taken: int = 0, going: int = 0, waiting: int = 0, held: int = 0
) -> bool:
    """Change the tally by these differences if the condition holds there for `places`, and tell whether it did."""
    values: dict[str, Any] = {"more_taken": taken, "more_going": going, "more_waiting": waiting, "more_held": held}
    values["moment"] = seats.moment
    if when == When.ALWAYS:
        values["limit"] = seats.ceiling = ceiling_of(seats.limit, seats.taken + taken)
    else:
        values["places"] = places
    result = db.session.execute(_CHANGES[when], {"event": seats.event.id, **values})
    if not cast(CursorResult[Any], result).rowcount:
        return False
    seats.taken, seats.waiting = seats.taken + taken, seats.waiting + waiting
    return True
