"""Whether an event takes answers now, and from whom; each refusal has its own text."""

from __future__ import annotations

from organizer.accounts.models import Account
from organizer.core.access import Role
from organizer.core.errors import N_, DomainError, Forbidden, Invalid
from organizer.core.time import now
from organizer.events.models import Event, State, Visibility

from .rules import Rules

HOSTS_LIMIT = 50  # guests in a party that a host adds


class Closed(DomainError):
    """The event takes no answers."""


class Over(Closed):
    """It has ended."""

    message = N_("This event is over.")


class CalledOff(Closed):
    """It was cancelled."""

    message = N_("This event was cancelled.")


class NotPublished(Closed):
    """It is a draft."""

    message = N_("This event is not published yet.")


class NotYetOpen(Closed):
    """Answers are taken later."""

    message = N_("Answers are not taken yet.")


class RegistrationOver(Closed):
    """Answers are no longer taken from newcomers."""

    message = N_("Answers are no longer taken.")


class EditsOver(Closed):
    """More people and other answers are no longer taken; leaving always is."""

    message = N_("It is too late to change this. You can still say that you cannot come.")


class MembersOnly(Forbidden):
    """It is for members of the community."""

    message = N_("This event is for members of %(community)s. Join first, then come along.")


class TakenOff(Forbidden):
    """A host took the person off the list."""

    message = N_("A host took you off the list of this event. Please talk to them.")


def closed(event: Event) -> Closed | None:
    """Return why `event` takes no answers and no changes of answers now, or None if it does."""
    if event.state == State.DRAFT:
        return NotPublished()
    if event.state == State.CANCELLED:
        return CalledOff()
    return Over() if event.ends_at <= now() else None


def window(event: Event) -> Closed | None:
    """Return why `event` takes no answers from newcomers now, by when it opens and closes to them, or None."""
    rules = Rules.of(event)
    if rules.opens is not None and now() < rules.opens.at(event):
        return NotYetOpen()
    if rules.closes is not None and now() >= rules.closes.at(event):
        return RegistrationOver()
    return None


def is_editable(event: Event) -> bool:
    """Whether answers may still be changed in more than leaving."""
    edits = Rules.of(event).edits
    return edits is None or now() < edits.at(event)


def check_editable(event: Event) -> None:
    """Raise EditsOver once answers may no longer be changed but for leaving."""
    if not is_editable(event):
        raise EditsOver


def refusal(actor: Account | None, event: Event) -> DomainError | None:
    """Return why `actor` (None: a visitor) may not answer `event` now, or None. Needs `community` loaded.

    Whether the rules let this person in (an invitation, a word) is asked by `admission`.
    """
    return hidden(actor, event) or shut(event)


def shut(event: Event) -> Closed | None:
    """Return why `event` takes no answers from anybody new now, or None."""
    return closed(event) or window(event)


def hidden(actor: Account | None, event: Event) -> MembersOnly | None:
    """Return the refusal of who may not even know what `event` is. Asked first: that it is over would tell. See `refusal`."""
    if (
        event.visibility == Visibility.MEMBERS
        and Role.VIEWER not in event.roles_of(actor)
        and event.state != State.DRAFT
    ):
        return MembersOnly(community=event.community.name)
    return None


def check_open(event: Event, *, even_over: bool = False) -> None:
    """Raise the reason for which `event` takes no answers; hosts may change the list of one that is over."""
    shut = closed(event)
    if shut is not None and not (even_over and isinstance(shut, Over)):
        raise shut


def check_party(event: Event, guests: int) -> None:
    """Raise Invalid (field `guests`) unless one person may come to `event` with so many guests."""
    if guests < 0:
        raise Invalid(N_("The number of guests cannot be negative."), field="guests")
    if guests > event.guests_limit:
        if event.guests_limit == 0:
            raise Invalid(N_("This event takes no guests, only yourself."), field="guests")
        if event.guests_limit == 1:
            raise Invalid(N_("You can bring one guest."), field="guests")
        raise Invalid(N_("You can bring at most %(limit)s guests."), field="guests", limit=event.guests_limit)
    limit = Rules.of(event).limit(event.capacity)
    if guests and limit is not None and guests + 1 > limit:
        raise Invalid(N_("This event has only %(places)s places in all."), field="guests", places=limit)
