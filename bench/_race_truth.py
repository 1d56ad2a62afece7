"""What the database says after the race, compared with what everybody was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from _race_crowd import Told

from organizer.core.db import db
from organizer.outreach.models import Letter
from organizer.rsvps.models import Answer, Rsvp, RsvpMove
from tests.rsvps.laws import broken_laws

FAIR = 1.0  # seconds


@dataclass(frozen=True)
class Row:
    """One RSVP as it is stored; rows are read in the order of the queue."""

    number: int
    key: str
    email: str
    answer: Answer
    queued: float


def rows(event_id: int) -> list[Row]:
    """All RSVPs in the order of the queue: those who have places first came first."""
    wanted = sa.select(Rsvp.id, Rsvp.key, Rsvp.email, Rsvp.answer, Rsvp.queued_at).where(Rsvp.event_id == event_id)
    found = db.session.execute(wanted.order_by(Rsvp.queued_at, Rsvp.id))
    return [Row(number, key, email or "", answer, queued.timestamp()) for number, key, email, answer, queued in found]


def unfairness(found: Sequence[Row], told: dict[str, Told]) -> float:
    """By how many seconds at most somebody came before another and yet stands behind them.

    Somebody came when the request was sent that made the row: the last that was sent before the row was written. In the
    order of the queue nobody may have come (much) later than anybody behind them.
    """
    worst, latest = 0.0, 0.0
    for row in found:
        came = max((sent for sent in told[row.email].sent if sent <= row.queued), default=told[row.email].sent[0])
        latest = max(latest, came)
        worst = max(worst, latest - came)
    return worst


def unheard(found: Sequence[Row], told: dict[str, Told]) -> int:
    """How many answers were kept and their news lost on the way, so that their people sent the form again."""
    return sum(row.queued < told[row.email].sent[-1] for row in found)


def broken(event_id: int, places: int, told: dict[str, Told]) -> Iterator[str]:
    """Say which laws do not hold. `told` is by address."""
    found = rows(event_id)
    going = sum(row.answer is Answer.GOING for row in found)
    expected = min(places, len(told))
    if going != expected:
        yield f"{going} are going, not {expected}"
    if [row.answer for row in found] != [Answer.GOING] * going + [Answer.WAITLISTED] * (len(found) - going):
        yield "somebody who came later has a place before somebody who came earlier"
    if missing := set(told) - {row.email for row in found}:
        yield f"lost: the answers of {len(missing)} people"
    if len(found) != len({row.email for row in found}) or len(found) > len(told):
        yield "double: somebody has two answers"
    yield from broken_laws(event_id)
    yield from _told_wrongly(found, told)
    yield from _not_once(
        "letter", found, Counter(letter["rsvp"] for letter in db.session.scalars(sa.select(Letter.about)))
    )
    yield from _not_once("line in the log", found, Counter(db.session.scalars(sa.select(RsvpMove.rsvp_id))))
    if (seconds := unfairness(found, told)) > FAIR:
        yield f"unfair: somebody who came {seconds:.2f} s earlier stands behind"


def _told_wrongly(found: Sequence[Row], told: dict[str, Told]) -> Iterator[str]:
    key_of = {row.email: row.key for row in found}
    statuses = Counter(each.status for each in told.values())
    if set(statuses) != {303}:
        yield f"not everybody was answered: {dict(statuses)}"
    if unhelpful := sum(each.unhelpful for each in told.values()):
        yield f"{unhelpful} times busy without saying until when"
    elsewhere = sum(each.where[:17] != f"/rsvps/{key_of.get(who)}" for who, each in told.items())
    if elsewhere:
        yield f"{elsewhere} people were not led to their own answer"


def _not_once(what: str, found: Sequence[Row], counted: Counter[int]) -> Iterator[str]:
    if counted != Counter(row.number for row in found):
        yield f"not everybody has exactly one {what}: {sum(counted.values())} for {len(found)}"
