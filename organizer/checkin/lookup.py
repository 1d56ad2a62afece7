"""What one request of scans needs to know, in one statement whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import Select

from organizer.accounts.models import Account
from organizer.checkin.models import CheckIn, Scan, Verdict
from organizer.checkin.rules import WRONG
from organizer.checkin.scans import MOST_SCANS, FirstEntry, ScanIn
from organizer.core.db import db
from organizer.events.models import Event
from organizer.rsvps.models import Rsvp


@dataclass(frozen=True, slots=True)
class Found:
    """What the database knows of one scan: its ticket, whether that is in, and an earlier answer to the same id."""

    rsvp: Rsvp | None = None
    event: Event | None = None
    first: FirstEntry | None = None
    verdict: Verdict | None = None  # of the earlier answer
    why: str = ""
    scanned_rsvp_id: int | None = None


def lock(event: Event) -> None:
    """Let one request at a time decide about this event's door. SQLite's writing transactions are alone anyway.

    The row is locked in a way that foreign keys to the event do not wait for (FOR NO KEY UPDATE).
    """
    if db.session.get_bind().dialect.name != "sqlite":
        db.session.execute(sa.select(Event.id).where(Event.id == event.id).with_for_update(key_share=True))


def find(event: Event, scans: Sequence[ScanIn], codes: Sequence[str | None]) -> list[Found]:
    """What is known of each scan, in the same order; `codes` are the ticket codes that were read, or None."""
    if not scans:
        return []
    values: dict[str, object] = {"event_id": event.id}
    for number, (item, code) in enumerate(zip(scans, codes, strict=True)):
        values[f"scan_{number}"], values[f"code_{number}"] = item.scan_id, code or ""
    found = {}
    for number, rsvp, other, at, device, by, verdict, why, rsvp_id in db.session.execute(_asking(len(scans)), values):
        first = FirstEntry(at, by or "", device or "") if at else None
        found[number] = Found(rsvp, other, first, verdict, why or "", rsvp_id)
    return [found[number] for number in range(len(scans))]


@lru_cache(maxsize=MOST_SCANS)
def _asking(size: int) -> Select[Any]:
    """The statement for `size` scans, made once: writing it anew costs more than running it."""
    asked = sa.union_all(
        *(
            sa.select(
                sa.literal(number).label("number"),
                sa.bindparam(f"scan_{number}", type_=sa.String).label("scan_id"),
                sa.bindparam(f"code_{number}", type_=sa.String).label("code"),
            )
            for number in range(size)
        )
    ).subquery("asked")
    scanned = sa.and_(Scan.event_id == sa.bindparam("event_id"), Scan.scan_id == asked.c.scan_id)
    return (
        sa.select(
            asked.c.number,
            Rsvp,
            Event,
            CheckIn.at,
            CheckIn.device_id,
            Account.name,
            Scan.verdict,
            Scan.why,
            Scan.rsvp_id,
        )
        .select_from(asked)
        .outerjoin(Scan, scanned)
        .outerjoin(Rsvp, Rsvp.code == asked.c.code)
        .outerjoin(Event, Event.id == Rsvp.event_id)
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .outerjoin(Account, Account.id == CheckIn.operator_id)
    )


def wrong_scans(event: Event, operator: Account, since: datetime) -> int:
    """How many wrong scans one person has sent to this door since `since`, whatever their phones call themselves."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Scan)
            .where(
                Scan.event_id == event.id,
                Scan.received_at > since,
                Scan.operator_id == operator.id,
                Scan.verdict.in_([*WRONG, Verdict.SLOW_DOWN]),
            )
        )
        or 0
    )
