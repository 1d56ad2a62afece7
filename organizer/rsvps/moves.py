"""The table of allowed moves of an RSVP, and the log that every move leaves."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from organizer.core.db import Model, db
from organizer.core.errors import N_, DomainError
from organizer.core.time import UtcDateTime, now

from .models import Answer, Rsvp, RsvpMove
from .signals import RsvpMoved, rsvp_moved


class By(StrEnum):
    """Who moves an RSVP."""

    PERSON = "person"  # signed in, or by the private link
    HOST = "host"
    QUEUE = "queue"  # a place became free
    SYSTEM = "system"  # an account was deleted, a repair


class NotAllowed(DomainError):
    """The table below has no such move."""

    message = N_("That answer cannot be changed this way.")


GOING, WAITLISTED, PENDING, OFFERED = Answer.GOING, Answer.WAITLISTED, Answer.PENDING, Answer.OFFERED
CANCELLED, DECLINED, REMOVED = Answer.CANCELLED, Answer.DECLINED, Answer.REMOVED
_ANYBODY: Final = frozenset({By.PERSON, By.HOST})
_PERSON, _HOST = frozenset({By.PERSON}), frozenset({By.HOST})
_LEAVES: Final = frozenset({By.PERSON, By.SYSTEM})

# Before (None: no RSVP) and after → who may. Equal on both sides: only the guests, the position in the queue, or what is
# known of the person change.
# Whoever joins asks for GOING and is given WAITLISTED when the event is full, or PENDING where a host must approve; nobody
# ever moves from GOING back to WAITLISTED.
ALLOWED: Final[dict[tuple[Answer | None, Answer], frozenset[By]]] = {
    (None, GOING): _ANYBODY,
    (None, WAITLISTED): _ANYBODY,
    (None, PENDING): _PERSON,
    (GOING, GOING): _ANYBODY,
    (WAITLISTED, WAITLISTED): _ANYBODY | {By.QUEUE},
    (PENDING, PENDING): _PERSON,
    (OFFERED, OFFERED): _PERSON,
    (WAITLISTED, GOING): frozenset({By.QUEUE, By.HOST}),
    (WAITLISTED, OFFERED): frozenset({By.QUEUE}),
    (OFFERED, GOING): _ANYBODY,
    (PENDING, GOING): _HOST,
    (PENDING, DECLINED): _HOST,
    (GOING, CANCELLED): _LEAVES | {By.HOST},  # a host: only places of those who do not say that they still come
    (WAITLISTED, CANCELLED): _LEAVES,
    (PENDING, CANCELLED): _LEAVES,
    (OFFERED, CANCELLED): _LEAVES,
    (GOING, REMOVED): _HOST,
    (WAITLISTED, REMOVED): _HOST,
    (PENDING, REMOVED): _HOST,
    (OFFERED, REMOVED): _HOST,
    (CANCELLED, GOING): _ANYBODY,
    (CANCELLED, WAITLISTED): _ANYBODY,
    (CANCELLED, PENDING): _PERSON,
    (CANCELLED, CANCELLED): _HOST,  # only whether it counts: excused or not
    (CANCELLED, REMOVED): _HOST,  # so that the person cannot come back
    (DECLINED, GOING): _HOST,
    (DECLINED, REMOVED): _HOST,
    (REMOVED, GOING): _ANYBODY,  # a person only if not blocked: `service.rejoin`
    (REMOVED, WAITLISTED): _ANYBODY,
    (REMOVED, PENDING): _PERSON,
}

# Why, as the log keeps it (English; pages translate with `shown`).
JOINED = N_("said they are coming")
JOINED_AGAIN = N_("came back")
PROMOTED = N_("a place became free")
PASSED_OVER = N_("passed over: the party is larger than the places that were free")
MORE_GUESTS = N_("brings more guests")
FEWER_GUESTS = N_("brings fewer guests")
WITHDREW = N_("cannot come")
ASKED = N_("asked to come")
APPROVED = N_("approved by a host")
REFUSED = N_("a host said no")
OFFERED_PLACE = N_("a place is held for them")
ACCEPTED = N_("took the place that was held for them")
EXPIRED = N_("did not take the place in time")
RELEASED = N_("did not say that they still come")
CONFIRMED = N_("said that they still come")
EXCUSED = N_("excused by a host")
COUNTED_AGAIN = N_("no longer excused")
MOVED_UP = N_("moved to the front by a host")
OVERTAKEN = N_("a host let somebody in before them")
ADDED = N_("added by a host")
LET_IN = N_("let in by a host")
WALKED_IN = N_("came without an answer")
ACCOUNT_DELETED = N_("account deleted")


_LOG = sa.insert(Model.metadata.tables["rsvp_move"])


def check(before: Answer | None, after: Answer, by: By) -> None:
    """Raise NotAllowed unless the table lets `by` make this move."""
    if by not in ALLOWED.get((before, after), frozenset()):
        raise NotAllowed


def log(rsvp: Rsvp, before: Answer | None, why: str, by: By, by_id: int | None = None) -> None:
    """Check and record that `rsvp` has moved from `before` to what it now is. One statement."""
    check(before, rsvp.answer, by)
    move = {"rsvp_id": rsvp.id, "before": before or "", "after": rsvp.answer, "places": rsvp.places}
    db.session.execute(_LOG, move | {"why": why[:200], "by": by, "by_id": by_id, "moved_at": now()})


def guests_at_first(rsvp: Rsvp) -> int:
    """Return how many guests the answer named when it was given."""
    first = sa.select(RsvpMove.places).where(RsvpMove.rsvp_id == rsvp.id).order_by(RsvpMove.id).limit(1)
    return (db.session.scalar(first) or 1) - 1


def announce(
    rsvp: Rsvp,
    before: Answer | None,
    why: str,
    by: By,
    by_id: int | None = None,
    words: str = "",
    *,
    quiet: bool = False,
) -> Rsvp:
    """Log a move that has just been made, with a host's own `words` for it if there are any, and tell who cares.

    `quiet`: the person gets no letter.
    """
    db.session.flush()
    log(rsvp, before, words or why, by, by_id)
    return tell(rsvp, before, why, quiet=quiet)


def tell(rsvp: Rsvp, before: Answer | None, why: str, *, quiet: bool = False) -> Rsvp:
    """Tell who cares of a move that is made and logged."""
    rsvp_moved.publish(RsvpMoved(rsvp, before, rsvp.answer, why, quiet))
    return rsvp


def log_passed_over(last: Rsvp, why: str, by: By, by_id: int | None = None) -> None:
    """Record for each party that still waits and came before `last`, who got a place, that it was passed over, and why."""
    earlier = sa.or_(Rsvp.queued_at < last.queued_at, sa.and_(Rsvp.queued_at == last.queued_at, Rsvp.id < last.id))
    passed = sa.select(
        Rsvp.id,
        sa.literal(str(WAITLISTED)),
        sa.literal(str(WAITLISTED)),
        Rsvp.guests + 1,
        sa.literal(why[:200]),
        sa.literal(str(by)),
        sa.literal(by_id, sa.BigInteger),
        sa.literal(now(), UtcDateTime),
    ).where(Rsvp.event_id == last.event_id, Rsvp.answer == WAITLISTED, earlier)
    columns = ["rsvp_id", "before", "after", "places", "why", "by", "by_id", "moved_at"]
    db.session.execute(sa.insert(RsvpMove).from_select(columns, passed, include_defaults=False))
