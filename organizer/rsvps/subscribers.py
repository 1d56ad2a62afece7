"""What answers do upon the facts of accounts and events."""

from __future__ import annotations

import sqlalchemy as sa

from organizer.accounts.signals import AddressProven, ProfileChanged, address_proven, profile_changed
from organizer.core.db import db
from organizer.events.models import Event
from organizer.events.signals import (
    EventChanged,
    EventDuplicated,
    EventPublished,
    EventRestored,
    event_changed,
    event_duplicated,
    event_published,
    event_restored,
)

from . import asking, owning, questions, seats, waitlist
from .models import Listing, Rsvp

_PLAIN = {"synchronize_session": False}  # nobody here reads these events again


@event_published.subscribe
def open_the_tally(fact: EventPublished) -> None:
    """Have places counted from the first answer on."""
    waitlist.follow_rules(seats.hold(fact.event))


@event_changed.subscribe
def follow_the_capacity(fact: EventChanged) -> None:
    """More places go to who waits; fewer throw nobody out. A start moved back lets the queue move again."""
    if fact.moved or fact.capacity_before != fact.event.capacity:
        waitlist.follow_rules(seats.hold(fact.event))


@event_restored.subscribe
def let_the_queue_move_again(fact: EventRestored) -> None:
    """What could not move while the event was cancelled moves now; nobody else's answer has changed."""
    waitlist.follow_rules(seats.hold(fact.event))
    owning.withdraw_forgotten(fact.event)


@event_changed.subscribe
def ask_for_the_new_start(fact: EventChanged) -> None:
    """What people said to another start says nothing about this one."""
    move, event = fact.move, fact.event
    if move is not None and (move.old_starts_wall, move.old_zone) != (event.starts_wall, event.zone):
        asking.forget(event)


@event_duplicated.subscribe
def ask_the_same(fact: EventDuplicated) -> None:
    """What was asked once is asked again."""
    questions.copy(fact.event, fact.copy)


@address_proven.subscribe
def take_over_answers(fact: AddressProven) -> None:
    """Whoever proves an address owns what was answered with it."""
    owning.join_account(fact.account)


@profile_changed.subscribe
def show_the_guest_anew(fact: ProfileChanged) -> None:
    """Pages show the pictures of those who agreed to it: pages that browsers keep are no longer true."""
    shown = sa.select(Rsvp.event_id).where(Rsvp.account_id == fact.account.id, Rsvp.listing == Listing.NAME)
    db.session.execute(
        sa.update(Event).where(Event.id.in_(shown)).values(version=Event.version + 1), execution_options=_PLAIN
    )
