"""Facts of the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from organizer.core.signals import Topic
from organizer.rsvps.models import Rsvp


@dataclass(frozen=True)
class CheckedIn:
    """A party came in: `places` people at the instant `at`."""

    rsvp: Rsvp
    places: int
    at: datetime


@dataclass(frozen=True)
class CheckInUndone:
    """A check-in was taken back, for the reason a host gave."""

    rsvp: Rsvp
    reason: str


checked_in = Topic(CheckedIn)
check_in_undone = Topic(CheckInUndone)
