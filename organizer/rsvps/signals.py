"""Facts about answers. Subscribers run inside the unit of work that changed the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from organizer.core.signals import Topic
from organizer.events.models import Event

from .models import Answer, Invitation, Rsvp


@dataclass(frozen=True)
class RsvpMoved:
    """An answer was given or changed. `before` is None for a new RSVP; equal to `after` if only the guests changed.

    `why` is one of the constants of `rsvps.moves`, or a host's own words. `rsvp.event` is loaded. `quiet`: a host said that
    the person is not to be written to.
    """

    rsvp: Rsvp
    before: Answer | None
    after: Answer
    why: str
    quiet: bool = False


@dataclass(frozen=True)
class LinkAsked:
    """Somebody answered with an address that has an answer already, without a proof that it is theirs.

    The holder of the address gets a letter with the private link; nothing else changes.
    """

    rsvp: Rsvp


@dataclass(frozen=True)
class Invited:
    """Somebody was invited by a host: the holder of `invitation.email` gets a letter with the link."""

    invitation: Invitation


@dataclass(frozen=True)
class StillComingAsked:
    """`number` parties going to `event` were asked at `asked_at` whether they still come: `Rsvp.asked_at` is that instant.

    They get a letter with a link to `rsvps.still_coming`.
    """

    event: Event
    asked_at: datetime
    number: int


rsvp_moved = Topic(RsvpMoved)
link_asked = Topic(LinkAsked)
invited = Topic(Invited)
still_coming_asked = Topic(StillComingAsked)
