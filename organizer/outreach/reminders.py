"""When people are reminded of an event, and when they are thanked: by its clocks, so that 18:00 stays 18:00.

Instants follow from wall times by the rules of the event's zone, each by itself: the day before a change of clocks is 23
or 25 hours away. A wall time that clocks skip means what they show then, one that they show twice its first pass
(`core.time.at_wall`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from organizer.core.time import at_wall

DAY, MORNING, THANKS = "remind_day", "remind_morning", "thank_you"
ALL_DAY_AT = time(18, 0)  # of the day before
MORNING_AT = time(8, 0)
MORNING_FROM = time(11, 0)  # what begins earlier is reminded of the day before only: at eight it is too late to plan
THANKS_AT = time(10, 0)
NIGHT_ENDS = timedelta(hours=6)  # a party that ends before six belongs to the day it began
THANKS_UNTIL = timedelta(days=3)  # later than this nobody is thanked any more
START = "%Y%m%dT%H%M"  # how a start (UTC) is written into once-keys and letters
LONGEST_BEFORE = timedelta(hours=50)  # no reminder is earlier: a day, and what clocks may be changed by


class Timed(Protocol):
    """What is needed of an event: of its row as well as of its entity."""

    @property
    def starts_wall(self) -> datetime:
        """Naive."""

    @property
    def ends_wall(self) -> datetime:
        """Naive."""

    @property
    def zone(self) -> str:
        """IANA name."""

    @property
    def all_day(self) -> bool:
        """Whether it lasts whole days."""

    @property
    def starts_at(self) -> datetime:
        """Aware."""


@dataclass(frozen=True)
class Turn:
    """A kind of letter is due from `at` on, and of no use from `until` on."""

    kind: str
    at: datetime
    until: datetime


def reminders(event: Timed) -> list[Turn]:
    """Return the reminders of an event, in order; each is of use until the next one, the last until the start."""
    starts = event.starts_wall
    yesterday = starts - timedelta(days=1)
    if event.all_day:
        yesterday = datetime.combine(yesterday.date(), ALL_DAY_AT)
    at = [(DAY, at_wall(yesterday, event.zone))]
    if not event.all_day and starts.time() >= MORNING_FROM:
        at.append((MORNING, at_wall(datetime.combine(starts.date(), MORNING_AT), event.zone)))
    ends = [instant for _, instant in at[1:]] + [event.starts_at]
    return [Turn(kind, instant, until) for (kind, instant), until in zip(at, ends, strict=True)]


def thanks(event: Timed) -> Turn:
    """Return when people are thanked: at ten of the day after the end."""
    last = event.ends_wall - (timedelta(minutes=1) if event.all_day else NIGHT_ENDS)
    at = at_wall(datetime.combine(max(last, event.starts_wall).date() + timedelta(days=1), THANKS_AT), event.zone)
    return Turn(THANKS, at, at + THANKS_UNTIL)
