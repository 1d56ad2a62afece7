"""Reads for community pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.core.ids import folded
from organizer.web.paging import Page, cut, decode, encode

from .models import Community, MemberRole, Membership, Standing

MEMBERS_A_PAGE = 48
COMMUNITIES_A_PAGE = 24


def listed_members(community: Community, limit: int = 12) -> Sequence[Any]:
    """Return members who agreed to be shown: newest first, `(key, name, picture, role)`."""
    return db.session.execute(
        sa.select(Account.key, Account.name, Account.picture, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.community_id == community.id,
            Membership.standing == Standing.ACTIVE,
            Account.listed.is_(True),
            Account.name != "",
        )
        .order_by(Membership.joined_at.desc(), Membership.id.desc())
        .limit(limit)
    ).all()


def leaders(community: Community) -> Sequence[Any]:
    """Return owners and organizers: who stands for a community is known to all."""
    return db.session.execute(
        sa.select(Account.key, Account.name, Account.picture, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.community_id == community.id,
            Membership.standing == Standing.ACTIVE,
            Membership.role.in_([MemberRole.OWNER, MemberRole.ORGANIZER]),
            Account.name != "",
        )
        .order_by(Membership.joined_at, Membership.id)
        .limit(8)
    ).all()


def members(community: Community, search: str = "", after: str = "") -> Page[Any]:
    """Return a page of all active members for those who run the community: newest first."""
    rows = (
        sa.select(
            Account.id,
            Account.key,
            Account.name,
            Account.email,
            Account.picture,
            Membership.role,
            Membership.joined_at,
            Membership.id.label("membership_id"),
        )
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.community_id == community.id, Membership.standing == Standing.ACTIVE)
        .order_by(Membership.joined_at.desc(), Membership.id.desc())
        .limit(MEMBERS_A_PAGE + 1)
    )
    if search.strip():
        rows = rows.where(
            sa.or_(
                Account.name_folded.contains(folded(search.strip()), autoescape=True),
                Account.email.contains(search.strip().casefold(), autoescape=True),
            )
        )
    cursor = decode(after, datetime.fromisoformat, int) if after else None
    if cursor:
        rows = rows.where(sa.tuple_(Membership.joined_at, Membership.id) < cursor)
    found = db.session.execute(rows).all()
    return cut(
        found,
        MEMBERS_A_PAGE,
        lambda row: encode(row.joined_at, row.membership_id),
        backwards=False,
        has_cursor=cursor is not None,
    )


def communities(after: str = "") -> Page[Any]:
    """Return a page of communities: most members first."""
    rows = (
        sa.select(
            Community.id,
            Community.key,
            Community.slug,
            Community.name,
            Community.city,
            Community.country,
            Community.accent,
            Community.cover,
            Community.member_count,
        )
        .order_by(Community.member_count.desc(), Community.id.desc())
        .limit(COMMUNITIES_A_PAGE + 1)
    )
    cursor = decode(after, int, int) if after else None
    if cursor:
        rows = rows.where(sa.tuple_(Community.member_count, Community.id) < cursor)
    found = db.session.execute(rows).all()
    return cut(
        found,
        COMMUNITIES_A_PAGE,
        lambda row: encode(row.member_count, row.id),
        backwards=False,
        has_cursor=cursor is not None,
    )


def mine(account: Account) -> Sequence[Any]:
    """Return the communities of an account with its role there: by name."""
    return db.session.execute(
        sa.select(Community.slug, Community.name, Community.key, Community.accent, Community.cover, Membership.role)
        .join(Membership, Membership.community_id == Community.id)
        .where(Membership.account_id == account.id, Membership.standing == Standing.ACTIVE)
        .order_by(Community.name)
    ).all()


def joined_by_week(community: Community, since: datetime) -> Sequence[datetime]:
    """Return when members of today joined since `since` (at most 5,000), for the plot of growth."""
    return db.session.scalars(
        sa.select(Membership.joined_at)
        .where(
            Membership.community_id == community.id,
            Membership.standing == Standing.ACTIVE,
            Membership.joined_at >= since,
        )
        .order_by(Membership.joined_at.desc())
        .limit(5000)
    ).all()
