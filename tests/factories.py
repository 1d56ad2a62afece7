"""Plain functions that make things with sensible defaults. Call them in a unit of work (`session` or `given`)."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from organizer.accounts import session as sessions
from organizer.accounts.models import Account
from organizer.communities.models import Community, MemberRole, Membership, forget_roles
from organizer.core.db import db, save, unit_of_work
from organizer.core.ids import folded, new_key, slugify
from organizer.core.time import at_wall, now, to_wall
from organizer.events.drafts import located
from organizer.events.models import Event, EventHost, State, forget_hosts
from organizer.places.grid import cell_of
from organizer.places.models import PinBy, Precision, Venue
from organizer.rsvps.models import Answer, Rsvp, Tally
from organizer.rsvps.rules import Rules

_numbers = itertools.count(1)


def make_account(**given: Any) -> Account:
    """Somebody with a proven address."""
    n = next(_numbers)
    usual = {"name": f"Person {n}", "email": f"person{n}@example.org", "proven_at": now()}
    return save(Account(**usual | given))


def make_community(owner: Account | None = None, **given: Any) -> Community:
    """An open community in Sofia with an owner."""
    n = next(_numbers)
    usual = {
        "name": f"Photo walkers {n}",
        "slug": f"walkers-{n}",
        "city": "Sofia",
        "country": "BG",
        "zone": "Europe/Sofia",
        "latitude": 42.6977,
        "longitude": 23.3219,
    }
    community = save(Community(**usual | given))
    make_member(community, owner or make_account(), MemberRole.OWNER)
    return community


def make_member(community: Community, account: Account | None = None, role: MemberRole = MemberRole.MEMBER) -> Account:
    """An active member with `role`."""
    account = account or make_account()
    save(Membership(community_id=community.id, account_id=account.id, role=role))
    community.member_count = (community.member_count or 0) + 1
    forget_roles()
    return account


def make_venue(community: Community, **given: Any) -> Venue:
    """A café in the middle of Sofia, pinned by a human."""
    usual = {
        "name": "Café Kanatitsa",
        "address": "ul. Shishman 12",
        "city": "Sofia",
        "country": "BG",
        "latitude": 42.6934,
        "longitude": 23.3301,
        "precision": Precision.EXACT,
        "pin_by": PinBy.HUMAN,
        "zone": "Europe/Sofia",
    }
    return save(Venue(community_id=community.id, **usual | given))


def make_event(community: Community | None = None, host: Account | None = None, **given: Any) -> Event:
    """A published photo walk in a week, two hours long, in a café, without a limit of places."""
    community = community or make_community()
    venue = given.pop("venue", None) or make_venue(community)
    zone = given.pop("zone", venue.zone)
    starts_at: datetime = given.pop("starts_at", None) or (now() + timedelta(days=7)).replace(microsecond=0)
    starts_wall = given.pop("starts_wall", None) or to_wall(starts_at, zone)
    ends_wall = given.pop("ends_wall", None) or starts_wall + timedelta(hours=2)
    title = given.pop("title", "Photo walk")
    usual: dict[str, Any] = {
        "title": title,
        "slug": slugify(title),
        "starts_wall": starts_wall,
        "ends_wall": ends_wall,
        "zone": zone,
        "starts_at": at_wall(starts_wall, zone),
        "ends_at": at_wall(ends_wall, zone),
        **located(venue, hides=given.get("hides_address", False)),
        "state": State.PUBLISHED,
        "published_at": now(),
        "rsvp_rules": {},
    }
    facts = usual | given
    if {"latitude", "longitude"} & given.keys() and "cell" not in given:
        point = facts["latitude"], facts["longitude"]
        facts["cell"] = None if None in point else cell_of(*point)
    event = save(Event(community=community, venue=venue, **facts))
    save(Tally(event_id=event.id, ceiling=Rules.of(event).limit(event.capacity)))
    if host is not None:
        save(EventHost(event_id=event.id, account_id=host.id))
        forget_hosts()
    return event


def make_rsvp(event: Event, account: Account | None = None, **given: Any) -> Rsvp:
    """Somebody who is going, written past the service (for tests of what reads RSVPs)."""
    n = next(_numbers)
    name = given.pop("name", account.name if account else f"Guest {n}")
    email = given.pop("email", account.email if account else f"guest{n}@example.org")
    answer = given.pop("answer", Answer.GOING)
    if answer == Answer.OFFERED:
        given.setdefault("offer_until", now() + timedelta(hours=12))
    rsvp = save(
        Rsvp(
            event=event,
            account=account,
            name=name,
            name_folded=folded(name),
            email=email,
            answer=answer,
            code=new_key(),
            **given,
        )
    )
    tally = db.session.get(Tally, event.id)
    assert tally is not None
    if answer == Answer.GOING:
        tally.taken, tally.going = tally.taken + rsvp.places, tally.going + 1
    if answer == Answer.WAITLISTED:
        tally.waiting += 1
    db.session.flush()
    return rsvp


def sign_in(client: FlaskClient, account_id: int) -> None:
    """Sign the client's browser in as the account."""
    with client.application.app_context(), unit_of_work():
        account = db.session.get(Account, account_id)
        assert account is not None
        secret = sessions.begin(account, "test browser")
    with client.session_transaction() as cookie:
        cookie[sessions.COOKIE_KEY] = secret
