"""Who is told that an event has another time or place, when, and in which words.

A move is told at once or held back. Until it is told, people know what the oldest move that is held says; so one letter
then tells them what they know and what is true, however often the event was moved in between. If it is again as they know
it, there is nothing to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from organizer.core.access import Action, Actor, require
from organizer.core.db import db, save
from organizer.core.errors import N_, DomainError
from organizer.core.slots import fillers
from organizer.core.time import now

from . import log
from .models import Deed, Event, EventMove, State
from .signals import MoveTold, move_told
from .whereabouts import place_text

LONGEST_WORD = 500


@dataclass(frozen=True)
class Telling:
    """What a host wants to be said of a move: now or later, with `word` (≤ 500 characters)."""

    now: bool = True
    word: str = ""


AT_ONCE = Telling()


class Outcome(StrEnum):
    """What became of a move."""

    NO_MOVE = "no move"  # or of one that is over
    TOLD = "told"
    HELD = "held"
    AS_KNOWN = "as known"  # moved back to what people know


class NothingToTell(DomainError):
    """Nothing is held back."""

    message = N_("Everybody knows the time and the place already.")


class Held(NamedTuple):
    """What `people` do not know yet; they know what `move` says."""

    move: EventMove
    people: int
    time_moved: bool
    place_moved: bool


def promised(event: Event) -> tuple[object, ...]:
    """When and where, as those who are going are told: a change is a move. `venue` loaded."""
    place = place_text(event, in_full=True)
    return (event.starts_wall, event.ends_wall, event.zone, event.all_day, place, event.online_url)


def known(move: EventMove) -> tuple[object, ...]:
    """When and where, as people were told before `move`."""
    old = (move.old_starts_wall, move.old_ends_wall, move.old_zone, move.old_all_day)
    return (*old, move.old_place, move.old_online_url)


def before_change(event: Event, by_id: int | None) -> EventMove:
    """Return what is promised now, to be kept by `moved` if that is going to change."""
    return EventMove(
        event_id=event.id,
        old_starts_wall=event.starts_wall,
        old_ends_wall=event.ends_wall,
        old_zone=event.zone,
        old_place=place_text(event, in_full=True),
        old_city=event.city,
        old_hid_address=event.hides_address,
        old_all_day=event.all_day,
        old_online_url=event.online_url,
        moved_by_id=by_id,
    )


def moved(event: Event, move: EventMove, telling: Telling = AT_ONCE) -> Outcome:
    """Keep `move`, and tell of it unless it is to be held back. The caller holds the event's row."""
    save(move)
    waiting = untold(event)
    if event.is_over:
        _settle(waiting, "")
        return Outcome.NO_MOVE
    if known(waiting[0]) == promised(event):
        return _settle(waiting, "")
    if not telling.now:
        log.note(event, Deed.MOVE_HELD, move.moved_by_id)
        return Outcome.HELD
    return _tell(event, waiting, move.moved_by_id, telling.word)


def tell(actor: Actor | None, event: Event, word: str = "") -> None:
    """Tell those who come what was held back, in one letter. Raises NothingToTell, also when two hosts do it at once."""
    require(actor, Action.EDIT_EVENT, event)
    waiting = untold(event)
    if not waiting or event.state != State.PUBLISHED or event.is_over:
        raise NothingToTell
    _tell(event, waiting, actor.id if actor else None, word)


def held(event: Any) -> Held | None:
    """Return what is held back of a published event; None if nothing is, or nobody would be told. Two statements at most.

    `event` may be a row of `pages`, its place in full.
    """
    if event.state != State.PUBLISHED or event.sequence == 0 or event.is_over:
        return None
    waiting = sa.select(EventMove).where(EventMove.event_id == event.id, EventMove.told_at.is_(None))
    first = db.session.scalars(waiting.order_by(EventMove.id).limit(1)).first()
    if first is None or not (people := count(event, first)):
        return None
    was, is_now = known(first), promised(event)
    return Held(first, people, time_moved=was[:4] != is_now[:4], place_moved=was[4:] != is_now[4:])


def untold(event: Any) -> list[EventMove]:
    """Return the moves that are held back, the oldest first, held until the commit. One statement."""
    waiting = sa.select(EventMove).where(EventMove.event_id == event.id, EventMove.told_at.is_(None))
    return list(db.session.scalars(waiting.order_by(EventMove.id).with_for_update()))


def count(event: Any, move: EventMove | None = None) -> int:
    """Return how many people would get a letter about the event, by the slot `event_told`; each party gets one.

    With a `move` only those who answered before it: who came later knows.
    """
    before = move.moved_at if move else None
    return sum(int(filler(event=event, before=before)) for filler in fillers("event_told"))


def _tell(event: Event, waiting: list[EventMove], by_id: int | None, word: str) -> Outcome:
    word = word.replace("\r\n", "\n").strip()[:LONGEST_WORD]
    _settle(waiting, word)
    log.note(event, Deed.MOVE_TOLD, by_id, words=word)
    move_told.publish(MoveTold(event, waiting[0]))
    return Outcome.TOLD


def _settle(waiting: list[EventMove], word: str) -> Outcome:
    for move in waiting:
        move.told_at = now()
    waiting[0].word = word
    db.session.flush()
    return Outcome.AS_KNOWN
