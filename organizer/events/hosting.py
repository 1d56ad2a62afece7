"""Who runs an event: its hosts, picked among the members of the community, and how they come and go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from organizer.accounts.models import Account
from organizer.communities.models import MemberRole, Membership, Standing
from organizer.core.access import Action, Actor, require
from organizer.core.db import changed, db, save
from organizer.core.errors import N_, DomainError, Invalid, NotFound
from organizer.core.ids import KEY_PATTERN, folded
from organizer.core.time import now

from . import log
from .models import Deed, Event, EventHost, forget_hosts
from .signals import HostAdded, host_added

MOST_FOUND, SHORTEST_SEARCH, MOST_HOSTS = 8, 2, 12
_RUNS_ALL = (MemberRole.OWNER, MemberRole.ORGANIZER)


class HostLine(NamedTuple):
    """Somebody who runs an event; `added_by` is empty for who planned it, or where it is not known."""

    id: int
    key: str
    name: str
    picture: str | None
    added_by: str
    added_at: datetime | None


class Found(NamedTuple):
    """A member who could become a host."""

    key: str
    name: str
    picture: str | None


class TooManyHosts(DomainError):
    """An event's page shows all its hosts."""

    message = N_("An event has at most %(most)s hosts.")


class LastHost(DomainError):
    """Somebody must be able to run the event."""

    message = N_("Nobody else could run this event then. Add another host first.")


def hosts(event: Event) -> list[HostLine]:
    """Return who runs the event, in the order in which they came. One statement."""
    by = aliased(Account)
    added_by = sa.case((EventHost.added_by_id == Account.id, ""), else_=sa.func.coalesce(by.name, ""))
    wanted = (
        sa.select(Account.id, Account.key, Account.name, Account.picture, added_by, EventHost.added_at)
        .join(EventHost, EventHost.account_id == Account.id)
        .outerjoin(by, by.id == EventHost.added_by_id)
        .where(EventHost.event_id == event.id)
        .order_by(EventHost.added_at.asc().nulls_first(), Account.id)
    )
    return [HostLine._make(row) for row in db.session.execute(wanted)]


def find(actor: Actor | None, event: Event, text: str) -> list[Found]:
    """Return members one of whose names begins with `text` (≥ 2 letters) and who are no hosts yet, at most eight.

    Only beginnings, and only a few: who may add a host is not shown the list of members by this.
    """
    require(actor, Action.CHANGE_HOSTS, event)
    sought = " ".join(folded(text).split())[:80]
    if len(sought) < SHORTEST_SEARCH:
        return []
    begins = Account.name_folded.startswith(sought, autoescape=True)
    follows = Account.name_folded.contains(f" {sought}", autoescape=True)
    hosting = sa.select(EventHost.account_id).where(EventHost.event_id == event.id)
    wanted = (
        sa.select(Account.key, Account.name, Account.picture)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.community_id == event.community_id, Membership.standing == Standing.ACTIVE)
        .where(sa.or_(begins, follows), Account.id.not_in(hosting))
        .order_by(Account.name_folded, Account.id)
        .limit(MOST_FOUND)
    )
    return [Found._make(row) for row in db.session.execute(wanted)]


def add(actor: Actor | None, event: Event, account_key: str) -> Account:
    """Make a member of the community a host. Adding twice changes nothing. Raises NotFound, TooManyHosts."""
    require(actor, Action.CHANGE_HOSTS, event)
    _hold(event)
    account = _member(event, account_key)
    by_id = actor.id if actor else None
    present = set(db.session.scalars(sa.select(EventHost.account_id).where(EventHost.event_id == event.id)))
    if account.id in present:
        return account
    if len(present) >= MOST_HOSTS:
        raise TooManyHosts(most=MOST_HOSTS)
    save(EventHost(event_id=event.id, account_id=account.id, added_by_id=by_id, added_at=now()))
    log.note(event, Deed.HOST_ADDED, by_id, account.id)
    forget_hosts()
    host_added.publish(HostAdded(event, account, actor))
    return account


def remove(actor: Actor | None, event: Event, account_key: str) -> None:
    """Take a host off; oneself too. Removing twice changes nothing. Raises LastHost."""
    require(actor, Action.CHANGE_HOSTS, event)
    _hold(event)
    found = [line for line in hosts(event) if line.key == account_key]
    if not found:
        return
    _keep_somebody(event, found[0].id)
    changed(sa.delete(EventHost).where(EventHost.event_id == event.id, EventHost.account_id == found[0].id))
    by_id = actor.id if actor else None
    if by_id == found[0].id:
        log.note(event, Deed.HOST_LEFT, by_id)
    else:
        log.note(event, Deed.HOST_REMOVED, by_id, found[0].id)
    forget_hosts()


def _hold(event: Event) -> None:
    """Let changes of hosts come one after another, and note that the event's page shows others now."""
    changed(sa.update(Event).where(Event.id == event.id).values(version=Event.version + 1))


def _member(event: Event, account_key: str) -> Account:
    """Return the active member whom the key names. Raises NotFound: an account alone is nobody that we may name."""
    wanted = (
        sa.select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.community_id == event.community_id, Membership.standing == Standing.ACTIVE)
    )
    if not KEY_PATTERN.fullmatch(account_key):
        raise Invalid(N_("Choose a member first."), "account")
    account = db.session.scalar(wanted.where(Account.key == account_key))
    if account is None:
        raise NotFound(N_("This person is not a member."))
    return account


def _keep_somebody(event: Event, leaving_id: int) -> None:
    """Raise LastHost if without this host nobody could run the event."""
    others: Sequence[int | None] = (
        db.session.scalar(
            sa.select(EventHost.account_id)
            .where(EventHost.event_id == event.id, EventHost.account_id != leaving_id)
            .limit(1)
        ),
        db.session.scalar(
            sa.select(Membership.account_id)
            .where(
                Membership.community_id == event.community_id,
                Membership.standing == Standing.ACTIVE,
                Membership.role.in_(_RUNS_ALL),
            )
            .limit(1)
        ),
    )
    if not any(others):
        raise LastHost
