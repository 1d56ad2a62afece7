"""What people do with events: plan, publish, change, cancel, repeat them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only

from organizer.communities.models import Community
from organizer.core.access import Action, Actor, require
from organizer.core.db import bump, db, save
from organizer.core.errors import N_, DomainError, Invalid, NotFound
from organizer.core.ids import KEY_PATTERN
from organizer.core.time import now, to_wall

from . import log
from .drafts import EventDraft, apply, require_place, set_schedule
from .indexing import index, tags_of_event
from .models import Deed, Event, EventHost, State, Visibility, forget_hosts
from .schedule import plan
from .signals import (
    EventCancelled,
    EventChanged,
    EventDuplicated,
    EventPublished,
    EventRestored,
    event_cancelled,
    event_changed,
    event_duplicated,
    event_published,
    event_restored,
)
from .telling import AT_ONCE, Outcome, Telling, before_change, known, moved, promised
from .whereabouts import place_text

__all__ = [
    "AlreadyOver",
    "Cancelled",
    "EventDraft",
    "NotADraft",
    "cancel",
    "create",
    "discard",
    "duplicate",
    "edit",
    "get",
    "get_to_answer",
    "is_public",
    "place_text",
    "publish",
    "restore",
    "set_cover",
    "tags_of_event",
    "touch",
]
_REPEATED = (
    *("title", "slug", "text", "cover", "locale", "online_url", "is_online", "website", "capacity", "guests_limit"),
    *("hides_address", "visibility", "city", "city_folded", "country", "latitude", "longitude", "cell", "rsvp_rules"),
)
_COLUMNS = [column.key for column in sa.inspect(Event).column_attrs]


class NotADraft(DomainError):
    """Only drafts are published or thrown away."""

    message = N_("This event is no longer a draft.")


class Cancelled(DomainError):
    """A cancelled event stays as it is."""

    message = N_("This event was cancelled. Say that it takes place after all, or duplicate it to plan it again.")


class AlreadyOver(DomainError):
    """What is over can no longer be cancelled."""

    message = N_("This event is already over.")


# Built once: every page of an event, and every answer to it, begins with one of them.
_BY_KEY = sa.select(Event).where(Event.key == sa.bindparam("key"))
_WITH_ALL = _BY_KEY.options(joinedload(Event.community), joinedload(Event.venue))
_DECIDING = (
    *(Event.key, Event.community_id, Event.state, Event.visibility, Event.starts_at, Event.ends_at, Event.zone),
    *(Event.capacity, Event.guests_limit, Event.rsvp_rules, Event.version),
)
_TO_ANSWER = _BY_KEY.options(load_only(*_DECIDING), joinedload(Event.community).load_only(Community.name))


def get(key: str) -> Event:
    """Return the event with its community and venue loaded. Raises NotFound; whether it may be seen is yours to ask."""
    return _found(_WITH_ALL, key)


def get_to_answer(key: str) -> Event:
    """Return the event with what decides about answers, at half the price of `get`; the rest is read when it is asked for."""
    return _found(_TO_ANSWER, key)


def _found(wanted: sa.Select[Event], key: str) -> Event:
    event = db.session.scalar(wanted, {"key": key}) if KEY_PATTERN.fullmatch(key) else None
    if event is None:
        raise NotFound(N_("There is no such event."))
    return event


def create(actor: Actor | None, community: Community, draft: EventDraft) -> Event:
    """Plan an event in `community` as a draft that only its hosts see; `actor` becomes its host.

    Raises Invalid naming the field; UnknownCity or AmbiguousCity for the place.
    """
    require(actor, Action.CREATE_EVENT, community)
    event = Event(community=community, state=State.DRAFT, created_by_id=actor.id if actor else None)
    apply(actor, draft, event)
    save(event)
    if actor is not None:
        save(EventHost(event_id=event.id, account_id=actor.id, added_by_id=actor.id))
        forget_hosts()
    index(event, community.name, draft.tags)
    return event


def edit(actor: Actor | None, event: Event, draft: EventDraft, telling: Telling = AT_ONCE) -> Outcome:
    """Change an event. A published one that gets another time or place remembers the old; those who come are told.

    Raises what `create` raises, and Cancelled.
    """
    require(actor, Action.EDIT_EVENT, event)
    _lock(event)
    if event.state == State.CANCELLED:
        raise Cancelled
    old = before_change(event, actor.id if actor else None)
    shown, capacity, was_public = _facts(event), event.capacity, is_public(event)
    apply(actor, draft, event)
    published = event.state == State.PUBLISHED
    if published:
        require_place(event)
        event.sequence += _facts(event) != shown
    moves = published and promised(event) != known(old)
    _changed(event, was_public)
    index(event, event.community.name, draft.tags)
    outcome = moved(event, old, telling) if moves else Outcome.NO_MOVE
    event_changed.publish(EventChanged(event, moves, capacity, old if moves else None))
    return outcome


def publish(actor: Actor | None, event: Event) -> None:
    """Let others see a draft. Needs a place or an online link (Invalid); publishing twice changes nothing."""
    require(actor, Action.EDIT_EVENT, event)
    _lock(event)
    if event.state == State.PUBLISHED:
        return
    if event.state != State.DRAFT:
        raise NotADraft
    require_place(event)
    event.state, event.published_at = State.PUBLISHED, now()
    _changed(event, was_public=False)
    event_published.publish(EventPublished(event))


def cancel(actor: Actor | None, event: Event, reason: str) -> None:
    """Call a published event off; `reason` (≤ 300 characters) is shown and sent. Cancelling twice changes nothing."""
    require(actor, Action.CANCEL_EVENT, event)
    _lock(event)
    if event.state == State.CANCELLED:
        return
    if event.state == State.DRAFT:
        raise DomainError(N_("Nobody knows of this draft yet. Throw it away instead."))
    if event.is_over:
        raise AlreadyOver
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Invalid(N_("Please say why, in a sentence. Everybody who is coming reads it."), "reason")
    event.state, event.cancel_reason, event.cancelled_at = State.CANCELLED, reason, now()
    event.sequence += 1
    _changed(event, was_public=is_public(event))
    log.note(event, Deed.CANCELLED, actor.id if actor else None, words=reason)
    event_cancelled.publish(EventCancelled(event))


def restore(actor: Actor | None, event: Event) -> None:
    """Let a cancelled event take place after all: everything stands as it did. Restoring twice changes nothing.

    The reason it was cancelled for stays in the log. Raises AlreadyOver.
    """
    require(actor, Action.CANCEL_EVENT, event)
    _lock(event)
    if event.state != State.CANCELLED:
        return
    if event.is_over:
        raise AlreadyOver(N_("This event would be over by now. Duplicate it to plan it again."))
    event.state, event.cancel_reason, event.cancelled_at = State.PUBLISHED, "", None
    event.sequence += 1
    _changed(event, was_public=is_public(event))
    log.note(event, Deed.RESTORED, actor.id if actor else None)
    event_restored.publish(EventRestored(event))


def discard(actor: Actor | None, event: Event) -> None:
    """Throw a draft away for good. Raises NotADraft for what others have seen."""
    require(actor, Action.EDIT_EVENT, event)
    _lock(event)
    if event.state != State.DRAFT:
        raise NotADraft
    db.session.delete(event)
    db.session.flush()
    forget_hosts()


def duplicate(actor: Actor | None, event: Event) -> Event:
    """Plan the same again as a draft, on the same weekday at the same hour: the first such day that is still to come.

    Whoever plans it becomes a host of it and knows its place; so of an event that hides it only its hosts may.
    """
    require(actor, Action.CREATE_EVENT, event.community)
    if event.hides_address:
        require(actor, Action.EDIT_EVENT, event)
    today = to_wall(now(), event.zone)
    weeks = max((today - event.starts_wall) // timedelta(weeks=1) + 1, 1)
    later = timedelta(weeks=weeks)
    schedule = plan(event.starts_wall + later, event.ends_wall + later, event.zone, event.all_day)
    copy = Event(community=event.community, venue=event.venue, created_by_id=actor.id if actor else None)
    for name in _REPEATED:
        setattr(copy, name, getattr(event, name))
    set_schedule(copy, schedule)
    save(copy)
    hosts = set(db.session.scalars(sa.select(EventHost.account_id).where(EventHost.event_id == event.id)))
    for account_id in sorted(hosts | ({actor.id} if actor else set())):
        db.session.add(EventHost(event_id=copy.id, account_id=account_id, added_by_id=copy.created_by_id))
    forget_hosts()
    index(copy, event.community.name, tags_of_event(event.id))
    event_duplicated.publish(EventDuplicated(event, copy))
    return copy


def set_cover(actor: Actor | None, event: Event, digest: str | None) -> None:
    """Give the event an uploaded cover (the hash of a blob), or take it away: then a drawn one is shown."""
    require(actor, Action.EDIT_EVENT, event)
    _lock(event)
    if event.cover != digest:
        event.cover = digest
        _changed(event, was_public=is_public(event))


def touch(event_id: int) -> None:
    """Say that something which the event's page shows has changed (an RSVP, a check-in): its version rises by one."""
    db.session.execute(sa.update(Event).where(Event.id == event_id).values(version=Event.version + 1))


def is_public(event: Event) -> bool:
    """Whether strangers find it in lists, on the map and in feeds."""
    return event.state != State.DRAFT and event.visibility == Visibility.PUBLIC


def _facts(event: Event) -> tuple[object, ...]:
    """What calendars must learn of: a change raises SEQUENCE."""
    return (*promised(event), event.latitude, event.longitude)


def _lock(event: Event) -> None:
    """Read the event's columns afresh and keep others from changing them until the commit."""
    db.session.refresh(event, attribute_names=_COLUMNS, with_for_update=True)


def _changed(event: Event, was_public: bool) -> None:
    """Note that the event itself changed, for its page, calendars, lists and maps."""
    event.version += 1
    event.changed_at = now()
    db.session.flush()
    if event.state != State.DRAFT:
        bump(*(["events"] if was_public or is_public(event) else []), f"c:{event.community_id}")
