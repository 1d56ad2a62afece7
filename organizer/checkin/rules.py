"""The rules of the door as one pure function, so that every door decides alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from organizer.checkin.models import Direction, Verdict
from organizer.checkin.scans import Reason, ScanIn
from organizer.checkin.tickets import TicketClaim, TypedCode
from organizer.events.models import Event, State
from organizer.rsvps.models import Answer, Rsvp

OPENS_BEFORE: Final = timedelta(hours=6)  # before the start of the event
CLOSES_AFTER: Final = timedelta(hours=12)  # after its end
LATE_REPORT: Final = timedelta(hours=36)  # older device times are not believed
FAST_CLOCK: Final = timedelta(minutes=2)

WRONG: Final = frozenset({Verdict.UNKNOWN, Verdict.WRONG_EVENT})  # counted against guessing

_NOT_GOING: Final = {
    Answer.WAITLISTED: (Verdict.WAITLISTED, Reason.NONE),
    Answer.OFFERED: (Verdict.WAITLISTED, Reason.NONE),
    Answer.CANCELLED: (Verdict.CANCELLED, Reason.NONE),
    Answer.PENDING: (Verdict.NOT_GOING, Reason.PENDING),
    Answer.REMOVED: (Verdict.NOT_GOING, Reason.REMOVED),
    Answer.DECLINED: (Verdict.NOT_GOING, Reason.NONE),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, its cause, and whether it lets somebody in or out."""

    verdict: Verdict
    reason: Reason = Reason.NONE
    enters: bool = False
    leaves: bool = False


def decide(
    scan: ScanIn, claim: TicketClaim | TypedCode, rsvp: Rsvp, event: Event, *, inside: bool, at: datetime
) -> Decision:
    """The answer to a readable code that belongs to `rsvp` of this `event`; `at` is when the scan happened."""
    if isinstance(claim, TicketClaim) and claim.version != rsvp.ticket_version:
        return Decision(Verdict.REVOKED)
    if scan.direction == Direction.UNDO:
        return Decision(Verdict.UNDONE, leaves=True) if inside else Decision(Verdict.UNDONE, Reason.NOT_IN)
    if event.state == State.CANCELLED:
        return Decision(Verdict.EVENT_CANCELLED)
    if rsvp.answer in _NOT_GOING:
        return Decision(*_NOT_GOING[rsvp.answer])
    if inside:
        return Decision(Verdict.ALREADY_IN)
    if at < event.starts_at - OPENS_BEFORE and not scan.override:
        return Decision(Verdict.NOT_YET)
    if at > event.ends_at + CLOSES_AFTER and not scan.override:
        return Decision(Verdict.TOO_LATE)
    return Decision(Verdict.OK, Reason.OVERRIDDEN if scan.override else Reason.NONE, enters=True)


def happened_at(scan: ScanIn, received: datetime) -> datetime:
    """When the scan was made: the phone's time mended by its offset, or `received` if that is absurd."""
    if scan.device_time is None:
        return received
    try:
        mended = scan.device_time + timedelta(milliseconds=scan.offset_ms)
    except OverflowError:
        return received
    if not received - LATE_REPORT <= mended <= received + FAST_CLOCK:
        return received
    return min(mended, received)
