"""The door: who is let in, once; every attempt is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

import sqlalchemy as sa

from organizer import settings
from organizer.accounts.models import Account
from organizer.checkin import keyring, lookup, queries, rules, tickets
from organizer.checkin.codes import show_typed
from organizer.checkin.lookup import Found
from organizer.checkin.models import CheckIn, Scan, Verdict
from organizer.checkin.rules import Decision
from organizer.checkin.scans import FirstEntry, Reason, ScanIn, ScanOut, WalkIn
from organizer.checkin.signals import CheckedIn, CheckInUndone, check_in_undone, checked_in
from organizer.checkin.tickets import TicketClaim, TypedCode, UnreadableTicket
from organizer.core.access import Action, may, require
from organizer.core.db import db
from organizer.core.ids import hashed
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import hosting
from organizer.rsvps.models import Rsvp, Source

WRONG_SCANS: Final = 10  # of one operator in WRONG_WINDOW; more are answered with slow_down
WRONG_WINDOW: Final = timedelta(minutes=1)

# Made once, and of plain tables: nothing of what is written here is read through the session again.
_SCAN, _CHECK_IN = cast(sa.Table, Scan.__table__), cast(sa.Table, CheckIn.__table__)
_KEEP: Final = sa.insert(_SCAN).returning(_SCAN.c.scan_id, _SCAN.c.id)
_ENTER: Final = sa.insert(_CHECK_IN)

_REASONS: Final = {
    tickets.NotATicket: Reason.GARBAGE,
    tickets.Mistyped: Reason.MISTYPED,
    tickets.Forged: Reason.FORGED,
    tickets.UnknownKey: Reason.FOREIGN,
}


@dataclass
class _Door:
    """What is known and decided while one request's scans are worked through, in their order."""

    actor: Account
    event: Event
    received: datetime
    inside: dict[int, FirstEntry | None] = field(default_factory=dict)  # by RSVP: now, decisions included
    before: dict[int, bool] = field(default_factory=dict)  # by RSVP: when the request came
    parties: dict[int, Rsvp] = field(default_factory=dict)
    entries: dict[int, ScanIn] = field(default_factory=dict)  # by RSVP: the scan that let them in
    reasons: dict[int, str] = field(default_factory=dict)  # by RSVP: why a check-in was undone


def scan(actor: Account, event: Event, scans: Sequence[ScanIn]) -> list[ScanOut]:
    """Answer every scan, in order; a scan id that was answered before gets the same answer and has no effect.

    Two phones never both admit: on PostgreSQL the event row is locked, on SQLite the transaction is the only
    writer, and `check_in` holds one row a ticket whatever happens. A statement reads, two write; none per item.
    Raises Forbidden unless `actor` may check people in at `event`.
    """
    require(actor, Action.CHECK_IN, event)
    lookup.lock(event)
    ring = keyring.load(settings.current().folder)
    claims = [_claim(ring, item.code) for item in scans]
    found = lookup.find(event, scans, [None if isinstance(c, Reason) else c.code for c in claims])
    door = _Door(actor, event, now())
    answers: dict[str, ScanOut] = {}
    rows: list[dict[str, object]] = []
    for item, claim, match in zip(scans, claims, found, strict=True):
        if item.scan_id in answers:
            continue
        if match.verdict is not None:
            answers[item.scan_id] = _replayed(item, match)
            continue
        answer = _answer(door, item, claim, match)
        answers[item.scan_id] = answer
        rows.append(_row(door, item, answer, match))
    _slow_down(door, answers, rows)
    _write(door, rows)
    return [answers[item.scan_id] for item in scans]


def walk_in(actor: Account, event: Event, draft: WalkIn, *, scan_id: str, device_id: str) -> ScanOut:
    """Add somebody who came without an RSVP and let the party in, in one step.

    Raises Forbidden, or what `rsvps.hosting.add_by_host` raises when every place is taken and the draft does not say
    that it does not matter.
    """
    require(actor, Action.CHECK_IN, event)
    lookup.lock(event)
    if (stored := queries.stored_scan(event, scan_id)) is not None:  # the same form, sent twice
        return _told_before(stored)
    rsvp = hosting.add_by_host(
        actor,
        event,
        draft.name,
        draft.email,
        draft.guests,
        over_capacity=draft.over_capacity,
        source=Source.WALK_IN,
    )
    item = ScanIn(scan_id, show_typed(rsvp.code), device_id=device_id, override=True)
    return scan(actor, event, [item])[0]


def _told_before(stored: queries.StoredScan) -> ScanOut:
    """The answer that a form was given when it was sent first."""
    scan, rsvp = stored.scan, stored.rsvp
    return ScanOut(scan.scan_id, scan.verdict, scan.why, rsvp, rsvp.places if rsvp else 0, replayed=True)


def _claim(ring: keyring.KeyRing, text: str) -> TicketClaim | TypedCode | Reason:
    """What the code says, or why it says nothing."""
    try:
        return tickets.read(ring, text)
    except UnreadableTicket as unreadable:
        return _REASONS[type(unreadable)]


def _replayed(item: ScanIn, match: Found) -> ScanOut:
    """The stored answer. Whose it was is told only if the code is still the same."""
    assert match.verdict is not None
    same = match.rsvp if match.rsvp is not None and match.rsvp.id == match.scanned_rsvp_id else None
    places = same.places if same else 0
    first = match.first if match.verdict == Verdict.ALREADY_IN else None
    return ScanOut(item.scan_id, match.verdict, match.why, same, places, first, device_id=item.device_id, replayed=True)


def _answer(door: _Door, item: ScanIn, claim: TicketClaim | TypedCode | Reason, match: Found) -> ScanOut:
    """Decide one scan and note its effect in `door`."""

    def says(verdict: Verdict, reason: str = "", **more: object) -> ScanOut:
        return ScanOut(item.scan_id, verdict, reason, device_id=item.device_id, **more)  # type: ignore[arg-type]

    if isinstance(claim, Reason):
        return says(Verdict.UNKNOWN, claim)
    rsvp = match.rsvp
    if rsvp is None:
        return says(Verdict.UNKNOWN, Reason.NOBODY)
    if rsvp.event_id != door.event.id:
        other = match.event
        if (
            other is not None
            and other.community_id == door.event.community_id
            and may(door.actor, Action.SEE_EVENT, other)
        ):
            return says(Verdict.WRONG_EVENT, elsewhere=other)
        return says(Verdict.UNKNOWN, Reason.NOBODY)
    if rsvp.id not in door.inside:
        door.inside[rsvp.id], door.before[rsvp.id] = match.first, match.first is not None
        door.parties[rsvp.id] = rsvp
    first = door.inside[rsvp.id]
    at = rules.happened_at(item, door.received)
    decision = rules.decide(item, claim, rsvp, door.event, inside=first is not None, at=at)
    _apply(door, item, rsvp, decision, at)
    if decision.verdict == Verdict.ALREADY_IN:
        return says(decision.verdict, rsvp=rsvp, places=rsvp.places, first=first)
    reason = item.reason.strip()[:200] if decision.leaves else decision.reason
    return says(decision.verdict, reason, rsvp=rsvp, places=rsvp.places)


def _apply(door: _Door, item: ScanIn, rsvp: Rsvp, decision: Decision, at: datetime) -> None:
    if decision.enters:
        door.inside[rsvp.id] = FirstEntry(at, door.actor.name, item.device_id)
        door.entries[rsvp.id] = item
    elif decision.leaves:
        door.inside[rsvp.id] = None
        door.reasons[rsvp.id] = item.reason.strip()[:200]


def _row(door: _Door, item: ScanIn, answer: ScanOut, match: Found) -> dict[str, object]:
    """The scan as it is kept: what was read only as a hash, and only if it named nobody."""
    own = match.rsvp is not None and match.rsvp.event_id == door.event.id
    return {
        "scan_id": item.scan_id,
        "event_id": door.event.id,
        "rsvp_id": match.rsvp.id if own and match.rsvp else None,
        "code_hash": "" if own else hashed(item.code.strip()),
        "direction": item.direction,
        "verdict": answer.verdict,
        "device_id": item.device_id,
        "counter": item.counter,
        "device_time": item.device_time,
        "offset_ms": item.offset_ms,
        "operator_id": door.actor.id,
        "why": str(answer.reason),
        "received_at": door.received,
    }


def _slow_down(door: _Door, answers: dict[str, ScanOut], rows: list[dict[str, object]]) -> None:
    """Beyond ten wrong scans a minute an operator learns no more than to slow down (T3); good codes still get in."""
    wrong = [row for row in rows if row["verdict"] in rules.WRONG]
    if not wrong:
        return
    count = lookup.wrong_scans(door.event, door.actor, door.received - WRONG_WINDOW)
    for row in wrong[max(0, WRONG_SCANS - count) :]:
        scan_id, row["verdict"] = str(row["scan_id"]), Verdict.SLOW_DOWN
        answers[scan_id] = ScanOut(scan_id, Verdict.SLOW_DOWN, device_id=answers[scan_id].device_id)


def _write(door: _Door, rows: list[dict[str, object]]) -> None:
    """Store the scans and what follows from them, then announce it."""
    if not rows:
        return
    pks: dict[str, int] = dict(db.session.execute(_KEEP, rows).all())
    left = [rsvp_id for rsvp_id in door.reasons if door.before[rsvp_id]]
    entered = [rsvp_id for rsvp_id in door.entries if door.inside[rsvp_id] is not None]
    if left:
        db.session.execute(sa.delete(_CHECK_IN).where(_CHECK_IN.c.rsvp_id.in_(left)))
    if entered:
        db.session.execute(_ENTER, [_entry(door, rsvp_id, pks) for rsvp_id in entered])
    for rsvp_id in left:
        check_in_undone.publish(CheckInUndone(door.parties[rsvp_id], door.reasons[rsvp_id]))
    for rsvp_id in entered:
        first, party = door.inside[rsvp_id], door.parties[rsvp_id]
        assert first is not None
        checked_in.publish(CheckedIn(party, party.places, first.at))


def _entry(door: _Door, rsvp_id: int, pks: dict[str, int]) -> dict[str, object]:
    first, item = door.inside[rsvp_id], door.entries[rsvp_id]
    assert first is not None
    return {
        "rsvp_id": rsvp_id,
        "event_id": door.event.id,
        "scan_pk": pks[item.scan_id],
        "places": door.parties[rsvp_id].places,
        "at": first.at,
        "device_id": item.device_id,
        "operator_id": door.actor.id,
    }
