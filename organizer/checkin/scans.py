"""What a phone at the door sends, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from organizer.checkin.models import Direction, Verdict
from organizer.events.models import Event
from organizer.rsvps.models import Rsvp

MOST_SCANS: Final = 100  # in one request
SCAN_ID_LENGTHS: Final = range(22, 41)  # 22 characters of base64 hold 128 bits


class Reason(StrEnum):
    """What lies behind a verdict, where one verdict has several causes."""

    NONE = ""
    GARBAGE = "not a ticket"
    MISTYPED = "mistyped"
    FORGED = "forged"
    FOREIGN = "signed elsewhere"
    NOBODY = "no such ticket"
    PENDING = "pending"
    REMOVED = "removed"
    NOT_IN = "was not in"
    OVERRIDDEN = "let in anyway"


@dataclass(frozen=True, slots=True)
class ScanIn:
    """One scan as the phone reports it. Sending it again changes nothing and gives the same answer."""

    scan_id: str  # made by the phone, at least 128 random bits
    code: str  # text of the QR code, or the code as typed
    direction: Direction = Direction.IN
    device_id: str = ""
    counter: int = 0
    device_time: datetime | None = None
    offset_ms: int = 0  # server clock minus device clock, as last seen
    override: bool = False  # let in before or after the usual hours
    reason: str = ""  # of an undo


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody who came without an RSVP, and how many they brought along."""

    name: str
    email: str = ""
    guests: int = 0
    over_capacity: bool = False  # a host lets them in although every place is taken


@dataclass(frozen=True, slots=True)
class FirstEntry:
    """When, by whom and on which phone somebody was let in."""

    at: datetime
    by: str
    device_id: str


@dataclass(frozen=True, slots=True)
class ScanOut:
    """The answer to one scan. `rsvp` is there only if the operator may know whose ticket it is."""

    scan_id: str
    verdict: Verdict
    reason: str = ""
    rsvp: Rsvp | None = None
    places: int = 0
    first: FirstEntry | None = None
    elsewhere: Event | None = None  # of a wrong event
    device_id: str = ""
    replayed: bool = False
