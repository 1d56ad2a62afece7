"""What answers do upon the facts of accounts and events."""

from __future__ import annotations

from organizer.accounts.signals import AddressProven, address_proven
from organizer.events.signals import EventChanged, EventPublished, event_changed, event_published

from . import owning, seats


@event_published.subscribe
def open_the_tally(fact: EventPublished) -> None:
    """Have places counted from the first answer on."""
    seats.follow_capacity(seats.hold(fact.event))


@event_changed.subscribe
def follow_the_capacity(fact: EventChanged) -> None:
    """More places go to who waits; fewer throw nobody out. A start moved back lets the queue move again."""
    if fact.moved or fact.capacity_before != fact.event.capacity:
        seats.follow_capacity(seats.hold(fact.event))


@address_proven.subscribe
def take_over_answers(fact: AddressProven) -> None:
    """Whoever proves an address owns what was answered with it."""
    owning.join_account(fact.account)
