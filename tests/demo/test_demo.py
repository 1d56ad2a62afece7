"""The demo community: living, the same for the same seed, and honest about its counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from organizer import demo
from organizer.accounts.models import Account
from organizer.checkin.models import CheckIn
from organizer.communities.models import Community
from organizer.core.db import db
from organizer.demo.loading import SLUG
from organizer.events.models import Event
from organizer.rsvps import counts
from organizer.rsvps.models import Answer, Rsvp

Given = Callable[[Callable[[], Any]], Any]


def test_the_demo_lives_and_loads_once(app: Flask) -> None:
    with app.app_context():
        assert demo.load(seed=1)
        assert not demo.load(seed=1)
        first = list(db.session.execute(sa.select(Event.title, Event.city, Event.capacity).order_by(Event.id)))
        community = db.session.scalars(sa.select(Community).where(Community.slug == SLUG)).one()
        assert community.member_count == db.session.scalar(sa.select(sa.func.count()).select_from(Account))
        assert len({row.city for row in first}) >= 10
        assert list(counts.differences()) == []
        waiting = sa.select(sa.func.count()).where(Rsvp.answer == Answer.WAITLISTED)
        assert (db.session.scalar(waiting) or 0) > 0
        assert (db.session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) or 0) > 50


def test_who_can_sign_in_is_told_with_links(app: Flask) -> None:
    with app.app_context():
        links = demo.welcome(empty=False)
    assert [who.split(",")[0] for who, _ in links] == [
        "Sign in as the owner",
        "Sign in as a host",
        "Sign in as an attendee",
    ]
    client = app.test_client()
    for _, link in links:
        assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_an_empty_start_has_an_owner_and_nothing_else(app: Flask) -> None:
    with app.app_context():
        links = demo.welcome(empty=True)
        assert len(links) == 1
        assert db.session.scalar(sa.select(Account.is_site_owner))
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Community)) == 0


def test_a_crowd_comes_in_portions_with_right_counts(app: Flask) -> None:
    with app.app_context():
        demo.load(seed=1)
        before = db.session.scalar(sa.select(Community.member_count)) or 0
        assert list(demo.crowd(1, 1200))[-1] == 1200
        db.session.expire_all()
        assert db.session.scalar(sa.select(Community.member_count)) == before + 1200
        assert list(counts.differences()) == []
