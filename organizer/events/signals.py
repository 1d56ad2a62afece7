"""Facts that events announce. Published by `events.service` after the flush, inside the unit of work."""

from __future__ import annotations

from dataclasses import dataclass

from organizer.core.signals import Topic

from .models import Event, EventMove


@dataclass(frozen=True)
class EventPublished:
    """A draft is now seen by others."""

    event: Event


@dataclass(frozen=True)
class EventChanged:
    """Something of an event (a draft too) was changed: anything from its text to its place.

    `move` says what was promised before, if a published event got another time or place; `capacity_before` is the old
    limit of places (None: there was none), equal to `event.capacity` if that did not change.
    """

    event: Event
    moved: bool
    capacity_before: int | None
    move: EventMove | None = None


@dataclass(frozen=True)
class EventCancelled:
    """A published event will not happen; `event.cancel_reason` says why."""

    event: Event


event_published = Topic(EventPublished)
event_changed = Topic(EventChanged)
event_cancelled = Topic(EventCancelled)
