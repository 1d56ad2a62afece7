"""Tables of communities and who belongs to them."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from organizer.core.access import Actor, Role
from organizer.core.db import Model, choice, created, db, key, pk


class EntryPolicy(StrEnum):
    """How people become members."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"
    PROOF_CODE = "proof code"


class MemberRole(StrEnum):
    """What a member may do, from most to least."""

    OWNER = "owner"
    ORGANIZER = "organizer"
    HOST = "host"
    MEMBER = "member"


class Standing(StrEnum):
    """Where a membership stands. A row is kept after leaving: who was a member when is part of the record."""

    ACTIVE = "active"
    PENDING = "pending"  # asked, not yet let in
    LEFT = "left"
    BANNED = "banned"


_ROLES = {
    MemberRole.OWNER: frozenset({Role.OWNER, Role.MEMBER}),
    MemberRole.ORGANIZER: frozenset({Role.ORGANIZER, Role.MEMBER}),
    MemberRole.HOST: frozenset({Role.COMMUNITY_HOST, Role.MEMBER}),
    MemberRole.MEMBER: frozenset({Role.MEMBER}),
}


class Community(Model):
    """People with a shared interest."""

    __tablename__ = "community"

    id: Mapped[pk]
    key: Mapped[key]
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    description: Mapped[str] = mapped_column(sa.Text, default="")  # Markdown
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    zone: Mapped[str] = mapped_column(sa.String(64))
    locale: Mapped[str] = mapped_column(sa.String(12), default="en")
    accent: Mapped[str] = mapped_column(sa.String(20), default="coral")  # one of the twelve of tokens.css
    cover: Mapped[str | None] = mapped_column(sa.String(64))  # blob hash; none: a drawn cover
    entry: Mapped[EntryPolicy] = mapped_column(choice(EntryPolicy), default=EntryPolicy.OPEN)
    member_count: Mapped[int] = mapped_column(default=0)  # active memberships, kept by communities.service
    created_at: Mapped[created]

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """Roles of `actor` by an active membership."""
        if actor is None:
            return frozenset({Role.ANYONE})
        role = roles_by_community(actor.id).get(self.id)
        return frozenset({Role.ANYONE, Role.ACCOUNT}) | (_ROLES[role] if role else frozenset())


class Membership(Model):
    """One account's place in one community."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.UniqueConstraint("community_id", "account_id"),
        sa.Index("ix_membership_community_standing_joined", "community_id", "standing", "joined_at", "id"),
    )

    id: Mapped[pk]
    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[MemberRole] = mapped_column(choice(MemberRole), default=MemberRole.MEMBER)
    standing: Mapped[Standing] = mapped_column(choice(Standing), default=Standing.ACTIVE)
    joined_at: Mapped[created]


# Of the plain table: what is asked with every request of somebody signed in goes past the ORM.
_TABLE: sa.Table = Membership.metadata.tables["membership"]
_ACTIVE = sa.select(_TABLE.c.community_id, _TABLE.c.role).where(
    _TABLE.c.account_id == sa.bindparam("account_id"), _TABLE.c.standing == Standing.ACTIVE
)


def roles_by_community(account_id: int) -> dict[int, MemberRole]:
    """Return all active memberships of an account as community id → role; one statement a session.

    `forget_roles` must follow a change of memberships within the same session.
    """
    known: dict[int, dict[int, MemberRole]] = db.session.info.setdefault("roles", {})
    if account_id not in known:
        known[account_id] = dict(db.session.execute(_ACTIVE, {"account_id": account_id}).all())
    return known[account_id]


def forget_roles() -> None:
    """Drop what `roles_by_community` remembers in this session."""
    db.session.info.pop("roles", None)
