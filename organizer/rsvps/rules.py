"""The rules of one event's answers: who may answer, when, and how the queue moves. Kept in `Event.rsvp_rules`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Protocol

from organizer import settings
from organizer.core.time import at_wall

SHORTEST_OFFER: Final = timedelta(minutes=10)
LONGEST_WORD: Final = 60


class Mode(StrEnum):
    """Who may answer."""

    OPEN = "open"  # everybody who sees the event
    APPROVAL = "approval"  # everybody may ask, a host decides
    INVITATION = "invitation"  # who was invited
    MEMBERS = "members"  # members of the community
    CODE = "code"  # who knows the word


class Queue(StrEnum):
    """What becomes of a place that is free while somebody waits."""

    AUTOMATIC = "automatic"  # it goes to the next who fits
    OFFER = "offer"  # it is held for the next who fits, who has some hours to take it
    HOST = "host"  # a host picks


class Timed(Protocol):
    """What is needed of an event: of its row as well as of its entity."""

    @property
    def rsvp_rules(self) -> dict[str, Any]:
        """As stored."""

    @property
    def zone(self) -> str:
        """IANA name."""

    @property
    def starts_at(self) -> datetime:
        """Aware."""


@dataclass(frozen=True)
class Moment:
    """A point of time: either a wall time in the event's zone, or so long before its start, which then follows a move."""

    wall: datetime | None = None  # naive
    before: timedelta | None = None

    def at(self, event: Timed) -> datetime:
        """Return the instant, aware."""
        if self.wall is not None:
            return at_wall(self.wall, event.zone)
        return event.starts_at - (self.before or timedelta())

    def stored(self) -> dict[str, Any]:
        """Return it as JSON: {"wall": "2026-11-28T18:00"} or {"before": minutes}."""
        if self.wall is not None:
            return {"wall": self.wall.isoformat(timespec="minutes")}
        return {"before": int((self.before or timedelta()) / timedelta(minutes=1))}

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Moment:
        """Return what `stored` gave."""
        if "wall" in stored:
            return cls(wall=datetime.fromisoformat(stored["wall"]))
        return cls(before=timedelta(minutes=stored["before"]))


@dataclass(frozen=True)
class Rules:
    """How one event takes answers. Hours count back from its start."""

    mode: Mode = Mode.OPEN
    code: str = ""  # the word of `Mode.CODE`
    opens: Moment | None = None  # none: as soon as it is published
    closes: Moment | None = None  # none: at the end
    edits: Moment | None = None  # until when more guests and other answers are taken; none: until the end
    queue: Queue = Queue.AUTOMATIC
    offer_hours: int = 24
    late_hours: int = 24  # who withdraws later is marked
    ask_hours: int = 48  # «still coming?» is asked then; 0: never. Usually what `Settings.ask_hours` says
    release_hours: int = 0  # places of those who did not answer that are given on then; 0: never
    overbooking: int = 0  # places given beyond the capacity, since some will not come
    hides_counts: bool = False  # how many come is for hosts
    min_age: int = 0  # years; 0: any
    asks: bool = False  # there are questions to answer: kept by `rsvps.questions`

    @classmethod
    def of(cls, event: Timed) -> Rules:
        """Return the rules of an event; the usual ones where nothing else was said."""
        stored = event.rsvp_rules
        if not stored:
            return usual()
        known = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        for name in ("opens", "closes", "edits"):
            if known.get(name):
                known[name] = Moment.read(known[name])
        if "mode" in known:
            known["mode"] = Mode(known["mode"])
        if "queue" in known:
            known["queue"] = Queue(known["queue"])
        return replace(usual(), **known)

    def stored(self) -> dict[str, Any]:
        """Return as JSON what differs from the usual rules."""
        given = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != getattr(usual(), field.name):
                given[field.name] = value.stored() if isinstance(value, Moment) else value
        return given

    def limit(self, capacity: int | None) -> int | None:
        """Return how many places are given in all, with those that are overbooked; None: no limit."""
        return None if capacity is None else capacity + self.overbooking

    def offer_until(self, moment: datetime, starts_at: datetime) -> datetime:
        """Return until when a place offered at `moment` is held.

        For `offer_hours`, but at most half of the time that is left, so that the one after has time as well; not
        shorter than ten minutes, and never beyond the start.
        """
        length = min(timedelta(hours=self.offer_hours), (starts_at - moment) / 2)
        return min(moment + max(length, SHORTEST_OFFER), starts_at)

    def is_late(self, moment: datetime, starts_at: datetime) -> bool:
        """Whether withdrawing at `moment` is late."""
        return moment > starts_at - timedelta(hours=self.late_hours)


USUAL: Final = Rules()


def usual() -> Rules:
    """Return the rules of events for which nothing else was said: `USUAL`, but for what this installation sets."""
    running = settings.running()
    return _usual(running.ask_hours) if running is not None else USUAL


@lru_cache(maxsize=8)
def _usual(ask_hours: int) -> Rules:
    return Rules(ask_hours=ask_hours)
