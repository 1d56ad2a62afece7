"""Who came, of those who said so: in a community, in the last twelve months, at events where the door was used.

A person is an account, or a mail address that no account has claimed; whose account was erased has neither any more and
drops out. Excused absences and late withdrawals do not count; walk-ins never said that they come. Advice only: nothing
is decided by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from organizer.checkin.models import CheckIn
from organizer.checkin.turnout import Evening, Parties, Said, Tries
from organizer.core.db import db
from organizer.core.time import now
from organizer.events.models import Event, State
from organizer.rsvps.models import Answer, Rsvp, Source

REMEMBERED: Final = timedelta(days=365)
MANY: Final = 1000  # parties; of so many the own records of each say no more than that of the community
LISTED: Final = 100  # events of one person

_CAME = CheckIn.rsvp_id.is_not(None)
_COUNTS = sa.or_(Rsvp.excused.is_(False), _CAME)  # among those who were going
_WITHDREW_LATE = sa.and_(Rsvp.answer == Answer.CANCELLED, Rsvp.late)


class Outcome(StrEnum):
    """What became of one answer."""

    CAME = "came"
    ABSENT = "absent"
    LATE = "late"  # withdrew when it was hard to give the place on
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Record:
    """Came to `came` of the `of` that they were going to, and withdrew `late` so often."""

    came: int = 0
    of: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """One event of a person's record. `guest_key` names their answer on its guest list."""

    event: Event
    guest_key: str
    rsvp_id: int
    outcome: Outcome


def record_of(pasts: Sequence[Past]) -> Record:
    """Sum up what one person did."""
    told = [past.outcome for past in pasts]
    came, late = told.count(Outcome.CAME), told.count(Outcome.LATE)
    return Record(came, came + told.count(Outcome.ABSENT), late)


def history(event: Event, rsvp: Rsvp) -> list[Past]:
    """Return what the person of `rsvp` did at past events of the community, the latest first. One statement."""
    whose = _same_person(rsvp)
    if whose is None:
        return []
    rows = db.session.execute(
        sa.select(Event, Rsvp, _CAME)
        .join(Event, Event.id == Rsvp.event_id)
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .where(whose, Event.id.in_(_past(event.community_id)), Rsvp.source != Source.WALK_IN)
        .where(sa.or_(Rsvp.answer == Answer.GOING, _WITHDREW_LATE))
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(LISTED)
        .options(joinedload(Event.community))
    )
    return [Past(past, answer.key, answer.id, _outcome(answer, came)) for past, answer, came in rows]


def records_of(event: Event, people: Sequence[Rsvp]) -> dict[int, Record]:
    """Return what these people of the guest list of `event` did, by the RSVP's number; who did nothing yet is left out.

    One statement.
    """
    accounts = {rsvp.account_id for rsvp in people if rsvp.account_id is not None}
    addresses = {rsvp.email for rsvp in people if rsvp.email is not None}
    if not accounts and not addresses:
        return {}
    # Two looks, each by its own index; one condition with «or» would be answered by reading the whole table.
    claimed = sa.select(Rsvp.id).where(Rsvp.account_id.in_(accounts))
    unclaimed = sa.select(Rsvp.id).where(Rsvp.email.in_(addresses), sa.func.coalesce(Rsvp.account_id, 0) == 0)
    whose = Rsvp.id.in_(sa.union_all(claimed, unclaimed))
    going = Rsvp.answer == Answer.GOING
    rows = db.session.execute(
        sa.select(
            *(Rsvp.account_id, Rsvp.email),
            sa.func.count().filter(going, _CAME),
            sa.func.count().filter(going, _COUNTS),
            sa.func.count().filter(_WITHDREW_LATE, Rsvp.excused.is_(False)),
        )
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .where(whose, Rsvp.event_id.in_(_past(event.community_id)), Rsvp.source != Source.WALK_IN)
        .group_by(Rsvp.account_id, Rsvp.email)
    )
    sums: dict[int | str, list[Record]] = defaultdict(list)
    for account_id, email, came, of, late in rows:
        sums[account_id or email or ""].append(Record(came, of, late))
    found = {
        rsvp.id: _summed([*sums.get(rsvp.account_id or 0, ()), *sums.get(rsvp.email or "", ())]) for rsvp in people
    }
    return {number: record for number, record in found.items() if record != Record()}


def evenings(event: Event) -> dict[int, Evening]:
    """Return, by the event's number, what each past event of the community showed. One statement."""
    rows = db.session.execute(
        sa.select(Rsvp.event_id, _said(Rsvp), sa.func.count(CheckIn.rsvp_id), sa.func.count())
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .where(Rsvp.event_id.in_(_past(event.community_id)), Rsvp.answer == Answer.GOING, _COUNTS)
        .where(Rsvp.source != Source.WALK_IN)
        .group_by(Rsvp.event_id, sa.text("said"))
    )
    found: dict[int, dict[Said, Tries]] = defaultdict(dict)
    for event_id, said, came, of in rows:
        found[event_id][Said(said)] = Tries(came, of)
    return dict(found)


def going(event: Event, parties: int, past: Sequence[int]) -> list[Parties]:
    """Return the `parties` going to `event`, those that are alike together, with each person's record at the events `past`.

    One statement. Beyond `MANY` parties without the persons' own records, which would take long to look up.
    """
    mine = sa.and_(Rsvp.event_id == event.id, Rsvp.answer == Answer.GOING)
    if not past or parties > MANY:
        alike: Any = sa.select(Rsvp.guests, _said(Rsvp), sa.literal(0), sa.literal(0), sa.func.count())
        rows = db.session.execute(alike.where(mine).group_by(Rsvp.guests, sa.text("said")))
    else:
        rows = db.session.execute(_alike(mine, past))
    return [Parties(1 + guests, Said(said), came, of, count) for guests, said, came, of, count in rows]


def _alike(mine: sa.ColumnElement[bool], past: Sequence[int]) -> sa.Select[Any]:
    earlier = aliased(Rsvp)
    unclaimed = sa.and_(earlier.account_id.is_(None), earlier.email == Rsvp.email)
    same = sa.or_(earlier.account_id == Rsvp.account_id, unclaimed)
    # A sum, so that what a person answered is looked up by the person, not by each of the events.
    at_past = sa.and_(
        (earlier.event_id + 0).in_(past), earlier.answer == Answer.GOING, earlier.source != Source.WALK_IN
    )
    counts = sa.and_(earlier.id.is_not(None), sa.or_(earlier.excused.is_(False), _CAME))
    each = (
        sa.select(Rsvp.id, Rsvp.guests, _said(Rsvp))
        .add_columns(sa.func.count(CheckIn.rsvp_id).label("came"), sa.func.count().filter(counts).label("of"))
        .outerjoin(earlier, sa.and_(same, at_past))
        .outerjoin(CheckIn, CheckIn.rsvp_id == earlier.id)
        .where(mine)
        .group_by(Rsvp.id)
        .subquery()
    )
    kinds = (each.c.guests, each.c.said, each.c.came, each.c.of)
    return sa.select(*kinds, sa.func.count()).group_by(*kinds)


def _past(community_id: int) -> sa.Select[int]:
    """Events of the community that count: over, not too long ago, and somebody was let in at the door."""
    moment = now()
    used = sa.exists().where(CheckIn.event_id == Event.id)
    return sa.select(Event.id).where(
        Event.community_id == community_id,
        Event.starts_at >= moment - REMEMBERED,
        Event.starts_at < moment,  # said for the index of the community's events
        Event.ends_at <= moment,
        Event.state == State.PUBLISHED,
        used,
    )


def _said(rsvp: type[Rsvp]) -> sa.Label[str]:
    yes, asked = rsvp.confirmed_at.is_not(None), rsvp.asked_at.is_not(None)
    words: dict[Said, sa.ColumnElement[str]] = {said: sa.literal_column(f"'{said.value}'") for said in Said}
    told: sa.ColumnElement[str] = sa.case(
        (yes, words[Said.YES]), (asked, words[Said.SILENT]), else_=words[Said.NOTHING]
    )
    return told.label("said")


def _same_person(rsvp: Rsvp) -> sa.ColumnElement[bool] | None:
    unclaimed = sa.and_(Rsvp.account_id.is_(None), Rsvp.email == rsvp.email)
    if rsvp.account_id is not None:
        return sa.or_(Rsvp.account_id == rsvp.account_id, unclaimed)
    return unclaimed if rsvp.email is not None else None


def _outcome(rsvp: Rsvp, came: bool) -> Outcome:
    if came:
        return Outcome.CAME
    if rsvp.excused:
        return Outcome.EXCUSED
    return Outcome.ABSENT if rsvp.answer is Answer.GOING else Outcome.LATE


def _summed(records: Sequence[Record]) -> Record:
    return Record(sum(r.came for r in records), sum(r.of for r in records), sum(r.late for r in records))
