"""Communities: starting, joining, leaving, roles."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from organizer.accounts.models import Account
from organizer.communities import service
from organizer.communities.models import Community, EntryPolicy, MemberRole, Membership, Standing
from organizer.communities.service import CommunityDraft, LastOwner, NotOpen
from organizer.communities.signals import MemberJoined, member_joined
from organizer.core.db import db, retried
from organizer.core.errors import Forbidden, Invalid, NotFound
from tests.factories import make_account, make_community, make_member


def test_two_answers_start_a_community(session: Session) -> None:
    owner = make_account(is_site_owner=True)
    community = service.start(owner, CommunityDraft("Пловдив на колела", "Пловдив"))
    assert (community.slug, community.country, community.zone) == ("plovdiv-na-kolela", "BG", "Europe/Sofia")
    assert community.latitude == pytest.approx(42.15, abs=0.05)
    assert community.member_count == 1
    assert community.roles_of(owner) >= {"owner", "member"}


def test_two_communities_of_one_name_have_two_addresses(session: Session) -> None:
    owner = make_account(is_site_owner=True)
    first = service.start(owner, CommunityDraft("Chess", "Sofia"))
    second = service.start(owner, CommunityDraft("Chess", "Varna"))
    assert first.slug == "chess"
    assert second.slug.startswith("chess-")


def test_not_everybody_starts_communities(session: Session) -> None:
    with pytest.raises(Forbidden):
        service.start(make_account(), CommunityDraft("Chess", "Sofia"))


def test_an_unknown_city_is_told_near_its_field(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        service.start(make_account(is_site_owner=True), CommunityDraft("Chess", "Qwertyville of Nowhere"))
    assert refused.value.field == "city"


def test_joining_twice_changes_nothing_and_coming_back_works(session: Session) -> None:
    community, account = make_community(), make_account()
    joined: list[MemberJoined] = []
    member_joined.subscribe(joined.append)
    service.join(account, community)
    service.join(account, community)
    assert (community.member_count, len(joined)) == (2, 1)
    service.leave(account, community)
    assert community.member_count == 1
    assert "member" not in community.roles_of(account)
    service.join(account, community)
    assert community.member_count == 2


def test_a_closed_or_forbidden_door_stays_shut(session: Session) -> None:
    closed = make_community(entry=EntryPolicy.INVITATION)
    with pytest.raises(NotOpen):
        service.join(make_account(), closed)
    community, banned = make_community(), make_account()
    session.add(Membership(community_id=community.id, account_id=banned.id, standing=Standing.BANNED))
    with pytest.raises(NotOpen):
        service.join(banned, community)


def test_the_last_owner_stays(session: Session) -> None:
    owner = make_account()
    community = make_community(owner)
    with pytest.raises(LastOwner):
        service.leave(owner, community)
    with pytest.raises(LastOwner):
        service.change_role(owner, community, owner.id, MemberRole.MEMBER)
    other = make_member(community)
    service.change_role(owner, community, other.id, MemberRole.OWNER)
    service.leave(owner, community)
    assert "owner" in community.roles_of(other)


def test_only_owners_change_roles_and_only_of_members(session: Session) -> None:
    owner, organizer = make_account(), make_account()
    community = make_community(owner)
    make_member(community, organizer, MemberRole.ORGANIZER)
    with pytest.raises(Forbidden):
        service.change_role(organizer, community, organizer.id, MemberRole.OWNER)
    with pytest.raises(NotFound):
        service.change_role(owner, community, make_account().id, MemberRole.HOST)


def test_a_tap_on_two_phones_makes_one_member(app: Flask) -> None:
    with app.app_context():
        ids = retried(lambda: (make_community().id, make_account().id))

    def tap() -> None:
        with app.app_context():

            def join() -> None:
                community, account = db.session.get(Community, ids[0]), db.session.get(Account, ids[1])
                assert community
                assert account
                service.join(account, community)

            retried(join)

    threads = [threading.Thread(target=tap) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        rows = db.session.scalar(
            sa.select(sa.func.count()).select_from(Membership).where(Membership.account_id == ids[1])
        )
        count = db.session.scalar(sa.select(Community.member_count).where(Community.id == ids[0]))
        assert (rows, count) == (1, 2)
