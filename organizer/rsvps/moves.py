"""The table of allowed moves of an RSVP, and the log that every move leaves."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from organizer.core.db import Model, db
from organizer.core.errors import N_, DomainError
from organizer.core.time import UtcDateTime, now

from .models import Answer, Rsvp, RsvpMove


class By(StrEnum):
    """Who moves an RSVP."""

    PERSON = "person"  # signed in, or by the private link
    HOST = "host"
    QUEUE = "queue"  # a place became free
    SYSTEM = "system"  # an account was deleted, a repair


class NotAllowed(DomainError):
    """The table below has no such move."""

    message = N_("That answer cannot be changed this way.")


GOING, WAITLISTED, CANCELLED, REMOVED = Answer.GOING, Answer.WAITLISTED, Answer.CANCELLED, Answer.REMOVED
_ANYBODY: Final = frozenset({By.PERSON, By.HOST})

# Before (None: no RSVP) and after → who may. Equal on both sides: only the guests change. Whoever joins asks for
# GOING and is given WAITLISTED when the event is full; nobody ever moves from GOING back to WAITLISTED.
ALLOWED: Final[dict[tuple[Answer | None, Answer], frozenset[By]]] = {
    (None, GOING): _ANYBODY,
    (None, WAITLISTED): _ANYBODY,
    (GOING, GOING): _ANYBODY,
    (WAITLISTED, WAITLISTED): _ANYBODY,
    (WAITLISTED, GOING): frozenset({By.QUEUE, By.HOST}),
    (GOING, CANCELLED): frozenset({By.PERSON, By.SYSTEM}),
    (WAITLISTED, CANCELLED): frozenset({By.PERSON, By.SYSTEM}),
    (GOING, REMOVED): frozenset({By.HOST}),
    (WAITLISTED, REMOVED): frozenset({By.HOST}),
    (CANCELLED, GOING): _ANYBODY,
    (CANCELLED, WAITLISTED): _ANYBODY,
    (CANCELLED, REMOVED): frozenset({By.HOST}),  # so that the person cannot come back
    (REMOVED, GOING): _ANYBODY,  # a person only if not blocked: `service.rejoin`
    (REMOVED, WAITLISTED): _ANYBODY,
}

# Why, as the log keeps it (English; pages translate with `shown`).
JOINED = N_("said they are coming")
JOINED_AGAIN = N_("came back")
PROMOTED = N_("a place became free")
PASSED_OVER = N_("passed over: the party is larger than the places that were free")
MORE_GUESTS = N_("brings more guests")
FEWER_GUESTS = N_("brings fewer guests")
WITHDREW = N_("cannot come")
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


def log_passed_over(last: Rsvp) -> None:
    """Record for each party that still waits and came before `last`, just promoted, that it was passed over."""
    earlier = sa.or_(Rsvp.queued_at < last.queued_at, sa.and_(Rsvp.queued_at == last.queued_at, Rsvp.id < last.id))
    passed = sa.select(
        Rsvp.id,
        sa.literal(str(WAITLISTED)),
        sa.literal(str(WAITLISTED)),
        Rsvp.guests + 1,
        sa.literal(PASSED_OVER),
        sa.literal(str(By.QUEUE)),
        sa.literal(now(), UtcDateTime),
    ).where(Rsvp.event_id == last.event_id, Rsvp.answer == WAITLISTED, earlier)
    columns = ["rsvp_id", "before", "after", "places", "why", "by", "moved_at"]
    db.session.execute(sa.insert(RsvpMove).from_select(columns, passed, include_defaults=False))
