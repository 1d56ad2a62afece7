"""Facts that events announce. Published by `events.service` after the flush, inside the unit of work."""

from __future__ import annotations

from dataclasses import dataclass

from organizer.accounts.models import Account
from organizer.core.access import Actor
from organizer.core.signals import Topic

from .models import Event, EventMove


@dataclass(frozen=True)
class EventPublished:
    """A draft is now seen by others."""

    event: Event


@dataclass(frozen=True)
class EventChanged:
    """Something of an event (a draft too) was changed: anything from its text to its place.

    `move` says what was promised before, if a published event got another time or place: whether and when those who come
    are told of it, `MoveTold` says. `capacity_before` is the old limit of places (None: there was none), equal to
    `event.capacity` if that did not change.
    """

    event: Event
    moved: bool
    capacity_before: int | None
    move: EventMove | None = None


@dataclass(frozen=True)
class MoveTold:
    """Those who come are to be told that an event is no longer what `move` says; `move.word` is the host's to them."""

    event: Event
    move: EventMove


@dataclass(frozen=True)
class EventCancelled:
    """A published event will not happen; `event.cancel_reason` says why."""

    event: Event


@dataclass(frozen=True)
class EventRestored:
    """A cancelled event takes place after all: everything stands as it did."""

    event: Event


@dataclass(frozen=True)
class HostAdded:
    """An account is now a host of an event, by the word of `by` (None: a program)."""

    event: Event
    account: Account
    by: Actor | None


@dataclass(frozen=True)
class EventDuplicated:
    """`copy` is a new draft of the same words: whoever keeps something of `event` gives it to the copy."""

    event: Event
    copy: Event


event_published = Topic(EventPublished)
event_changed = Topic(EventChanged)
move_told = Topic(MoveTold)
event_cancelled = Topic(EventCancelled)
event_restored = Topic(EventRestored)
host_added = Topic(HostAdded)
event_duplicated = Topic(EventDuplicated)
