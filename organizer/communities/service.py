"""What can be done with communities and memberships."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import bump, db, save
from organizer.core.errors import N_, DomainError, Invalid, NotFound
from organizer.core.ids import new_key, slugify
from organizer.core.time import now
from organizer.places.finding import find

from .models import Community, EntryPolicy, MemberRole, Membership, Standing, forget_roles
from .signals import MemberJoined, MemberLeft, member_joined, member_left
from .site import SITE

_ACCENTS = "coral rose pink plum violet indigo blue ocean teal green olive ochre"
ACCENTS = tuple(_ACCENTS.split())  # of tokens.css, each checked for contrast in light and dark


class NotOpen(DomainError):
    """The community's entry policy lets nobody in by a button."""

    message = N_("This community does not take new members this way.")


class LastOwner(DomainError):
    """A community must keep an owner."""

    message = N_("You are the only owner. Make somebody else an owner first.")


@dataclass(frozen=True)
class CommunityDraft:
    """What a person says of a community. `city` is typed text; an empty `zone` follows the city."""

    name: str
    city: str
    description: str = ""
    accent: str = "coral"
    locale: str = "en"
    zone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""


def get(slug: str) -> Community:
    """Return the community at `/c/<slug>`. Raises NotFound."""
    community = db.session.scalar(sa.select(Community).where(Community.slug == slug))
    if community is None:
        raise NotFound(N_("There is no such community here."))
    return community


def start(actor: Account, draft: CommunityDraft) -> Community:
    """Start a community; `actor` becomes its owner. Raises Invalid for a city we do not know."""
    require(actor, Action.START_COMMUNITY, SITE)
    placed = _placed(draft)
    community = Community(slug=_free_slug(draft.name), entry=EntryPolicy.OPEN, member_count=0)
    _apply(community, placed)
    save(community)
    _enter(community, actor, MemberRole.OWNER)
    return community


def edit(actor: Account, community: Community, draft: CommunityDraft, cover: str | None = None) -> Community:
    """Change what is said of a community; its address stays. `cover` is a blob hash, None keeps the one there is."""
    require(actor, Action.EDIT_COMMUNITY, community)
    _apply(community, _placed(draft))
    if cover is not None:
        community.cover = cover or None
    bump("events", f"c:{community.id}")
    db.session.flush()
    return community


def join(actor: Account, community: Community) -> Membership:
    """Become a member of an open community. Joining twice changes nothing. Raises NotOpen."""
    require(actor, Action.JOIN_COMMUNITY, community)
    _lock(community)
    membership = _membership(community, actor)
    if membership is not None and membership.standing == Standing.ACTIVE:
        return membership
    if community.entry != EntryPolicy.OPEN or (membership is not None and membership.standing == Standing.BANNED):
        raise NotOpen
    return _enter(community, actor, MemberRole.MEMBER)


def leave(actor: Account, community: Community) -> None:
    """Leave a community; events already answered stay answered. Raises LastOwner."""
    require(actor, Action.LEAVE_COMMUNITY, community)
    _lock(community)
    membership = _membership(community, actor)
    if membership is None or membership.standing != Standing.ACTIVE:
        return
    _keep_an_owner(community, membership)
    membership.standing, membership.role = Standing.LEFT, MemberRole.MEMBER
    _count(community, -1)
    forget_roles()
    member_left.publish(MemberLeft(community, actor))


def change_role(actor: Account, community: Community, account_id: int, role: MemberRole) -> None:
    """Give a member another role. Raises NotFound if the account is no member, LastOwner if none would be left."""
    require(actor, Action.CHANGE_ROLES, community)
    membership = db.session.scalar(
        sa.select(Membership).where(
            Membership.community_id == community.id,
            Membership.account_id == account_id,
            Membership.standing == Standing.ACTIVE,
        )
    )
    if membership is None:
        raise NotFound(N_("This person is not a member."))
    if role != MemberRole.OWNER:
        _keep_an_owner(community, membership)
    membership.role = role
    forget_roles()
    db.session.flush()


def _lock(community: Community) -> None:
    """Let changes of who belongs to a community come one after another: each is looked up, written and counted once."""
    db.session.execute(sa.select(Community.id).where(Community.id == community.id).with_for_update())


def _enter(community: Community, account: Account, role: MemberRole) -> Membership:
    membership = _membership(community, account) or Membership(community_id=community.id, account_id=account.id)
    membership.role, membership.standing, membership.joined_at = role, Standing.ACTIVE, now()
    save(membership)
    _count(community, 1)
    forget_roles()
    member_joined.publish(MemberJoined(community, account))
    return membership


def _count(community: Community, by: int) -> None:
    db.session.execute(
        sa.update(Community).where(Community.id == community.id).values(member_count=Community.member_count + by)
    )
    db.session.refresh(community, ["member_count"])
    db.session.flush()


def _membership(community: Community, account: Account) -> Membership | None:
    """The membership as it is now, held until the commit: of two taps at once the second sees what the first did."""
    return db.session.scalar(
        sa.select(Membership)
        .where(Membership.community_id == community.id, Membership.account_id == account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _keep_an_owner(community: Community, membership: Membership) -> None:
    """Raise LastOwner if `membership` is the only active owner's. Locks the community: two owners may leave at once."""
    if membership.role != MemberRole.OWNER:
        return
    _lock(community)
    owners = db.session.scalar(
        sa.select(sa.func.count()).where(
            Membership.community_id == community.id,
            Membership.role == MemberRole.OWNER,
            Membership.standing == Standing.ACTIVE,
        )
    )
    if (owners or 0) <= 1:
        raise LastOwner


def _placed(draft: CommunityDraft) -> CommunityDraft:
    """Return the draft with coordinates, country and zone of its city."""
    city = find(draft.city)
    if city is None:
        raise Invalid(N_("We do not know this city. Try the nearest larger one, with its country."), field="city")
    return CommunityDraft(
        name=draft.name,
        city=city.name,
        description=draft.description,
        accent=draft.accent if draft.accent in ACCENTS else ACCENTS[0],
        locale=draft.locale,
        zone=draft.zone or city.zone,
        latitude=city.latitude,
        longitude=city.longitude,
        country=city.country,
    )


def _apply(community: Community, draft: CommunityDraft) -> None:
    for name in ("name", "city", "country", "description", "accent", "locale", "zone", "latitude", "longitude"):
        setattr(community, name, getattr(draft, name))


def _free_slug(name: str) -> str:
    slug = slugify(name, "community")[:50].strip("-")
    taken = db.session.scalar(sa.select(Community.id).where(Community.slug == slug))
    return slug if taken is None else f"{slug}-{new_key()[:4]}"
