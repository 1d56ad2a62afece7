"""Putting the demo community into the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities import service as communities
from organizer.communities.models import Community, MemberRole, Membership, forget_roles
from organizer.communities.service import CommunityDraft
from organizer.core import images
from organizer.core.db import db, save
from organizer.core.time import now, to_wall
from organizer.events import service as events
from organizer.events.models import Event, State, Visibility
from organizer.events.service import EventDraft
from organizer.places.finding import find
from organizer.places.service import VenueDraft

from . import answers, people, pictures, replies, story
from .story import Meeting

SLUG = "sofia-photo-walks"
OWNER, HOST, ATTENDEE = "mira@demo.example", "georgi@demo.example", "lena@demo.example"
CAST = {OWNER: "Mira Petrova", HOST: "Georgi Kolev", ATTENDEE: "Лена Димитрова"}
MEMBERS = 64


def load(seed: int) -> bool:
    """Make the demo community unless it is here; return whether it was made. Call in a unit of work."""
    if db.session.scalar(sa.select(Community.id).where(Community.slug == SLUG)) is not None:
        return False
    rng = Random(seed)
    cast = _cast(rng)
    owner, host = cast[0], cast[1]
    draft = CommunityDraft(story.NAME, "Sofia, Bulgaria", story.ABOUT, accent="coral", locale="en")
    community = communities.start(owner, draft)
    community.cover = images.store_cover(pictures.landscape(rng), "cover")
    community.created_at = now() - timedelta(days=400)
    _join(rng, community, cast)
    for number, meeting in enumerate(story.MEETINGS):
        event = _meet(rng, community, host if number % 3 else owner, meeting)
        if event.state != State.DRAFT:
            answers.fill(rng, event, meeting.fill, cast)
            answers.asked(event)
        if meeting.title == story.ASKING:
            replies.ask(Random(seed), event, owner)
        if meeting.kind == "cancelled":
            events.cancel(owner, event, story.REASON)
    return True


def _cast(rng: Random) -> list[Account]:
    names = [*CAST.values(), *people.names(rng, MEMBERS - len(CAST))]
    addresses = [*CAST, *(f"person{number}@demo.example" for number in range(len(CAST), MEMBERS))]
    made = []
    for number, (name, email) in enumerate(zip(names, addresses, strict=True)):
        account = Account(
            name=name,
            email=email,
            proven_at=now(),
            listed=number < 3 or rng.random() < 0.7,
            zone="Europe/Sofia" if rng.random() < 0.7 else "",
            city="Sofia" if rng.random() < 0.6 else rng.choice(["Plovdiv", "Berlin", "Vienna", "Belgrade"]),
            interests=rng.sample(people.INTERESTS, rng.randint(1, 3)),
            is_site_owner=email == OWNER,
            created_at=now() - timedelta(days=rng.randint(5, 380)),
        )
        made.append(save(account))
    made[0].about = "I started the walks in 2019 with four friends and one roll of film."
    return made


def _join(rng: Random, community: Community, cast: list[Account]) -> None:
    roles = {HOST: MemberRole.HOST, cast[3].email: MemberRole.ORGANIZER}
    for account in cast[1:]:
        role = roles.get(account.email, MemberRole.MEMBER)
        joined = account.created_at + timedelta(days=rng.random() * 3)
        db.session.add(Membership(community_id=community.id, account_id=account.id, role=role, joined_at=joined))
    community.member_count = len(cast)
    db.session.execute(
        sa.update(Membership)
        .where(Membership.community_id == community.id, Membership.account_id == cast[0].id)
        .values(joined_at=community.created_at)
    )
    db.session.flush()
    forget_roles()


def _meet(rng: Random, community: Community, host: Account, meeting: Meeting) -> Event:
    place = meeting.place
    city = find(place.city, place.country) if place else None
    zone = city.zone if city else community.zone
    today = to_wall(now(), zone).date()
    starts = datetime.combine(today + timedelta(days=meeting.day), time(meeting.hour))
    draft = EventDraft(
        title=meeting.title,
        starts_wall=starts,
        ends_wall=starts + timedelta(hours=meeting.hours),
        text=meeting.text.replace("{place}", place.name if place else ""),
        capacity=meeting.capacity,
        tags=meeting.tags,
        visibility=Visibility.MEMBERS if meeting.kind == "members" else Visibility.PUBLIC,
        hides_address=meeting.kind == "at home",
        online_url="" if place else "https://meet.example/photo-walks",
    )
    if place is not None:
        where = VenueDraft(
            name=place.name,
            address=place.address,
            city=place.city,
            country=place.country,
            latitude=place.latitude,
            longitude=place.longitude,
        )
        draft = replace(draft, place=where)
    event = events.create(host, community, draft)
    event.rsvp_rules = meeting.rules.stored()
    if rng.random() < 0.75:
        events.set_cover(host, event, images.store_cover(pictures.landscape(rng), "cover"))
    if meeting.kind != "draft":
        events.publish(host, event)
        event.published_at = min(now(), event.starts_at) - timedelta(days=21)
    return event
