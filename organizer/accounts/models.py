"""Tables of people and their sign-ins."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from organizer.core.access import Actor, Role
from organizer.core.db import Model, created, key, pk, utc
from organizer.core.ids import folded
from organizer.core.time import UtcDateTime


class Account(Model):
    """A person who has proved a mail address at least once (or was made by the operator)."""

    __tablename__ = "account"

    id: Mapped[pk]
    key: Mapped[key]
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)  # normalised: `accounts.addresses.normalised`
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    name_folded: Mapped[str] = mapped_column(sa.String(80), default="")  # follows `name`; for searching
    locale: Mapped[str] = mapped_column(sa.String(12), default="")  # empty: as the browser says
    zone: Mapped[str] = mapped_column(sa.String(64), default="")  # empty: the event's zone is shown alone
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")  # ISO 3166-1 alpha-2
    about: Mapped[str] = mapped_column(sa.String(400), default="")
    interests: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    picture: Mapped[str | None] = mapped_column(sa.String(64))  # blob hash
    listed: Mapped[bool] = mapped_column(default=False)  # agreed to be shown among members
    is_site_owner: Mapped[bool] = mapped_column(default=False)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[created]

    @validates("name")
    def _fold_name(self, _field: str, name: str) -> str:
        self.name_folded = folded(name)[:80]
        return name

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the number as text. The cookie itself holds a session's secret, never this."""
        return str(self.id)

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """Only oneself has a role on an account."""
        if actor is not None and actor.id == self.id:
            return frozenset({Role.ANYONE, Role.ACCOUNT, Role.SELF})
        return frozenset({Role.ANYONE})


class SignIn(Model):
    """One mailed invitation to sign in: a code to type or a link to open. Works once, for 15 minutes, newest only."""

    __tablename__ = "sign_in"
    __table_args__ = (sa.Index("ix_sign_in_email_created", "email", "created_at"),)

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(sa.String(254))
    code_hash: Mapped[str] = mapped_column(
        sa.String(64)
    )  # keyed with the installation's secret: six digits are guessable
    link_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    wrong_tries: Mapped[int] = mapped_column(default=0)
    goes_to: Mapped[str] = mapped_column(sa.String(500), default="")  # local path only
    created_at: Mapped[created]
    expires_at: Mapped[utc] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInSession(Model):
    """One browser in which an account is signed in. The cookie holds the secret, this row its hash."""

    __tablename__ = "session"

    id: Mapped[pk]
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(
        sa.String(120), default=""
    )  # "Firefox on Android", never the full agent string
    created_at: Mapped[created]
    seen_at: Mapped[created]  # to the hour, so that reading a page seldom writes
    expires_at: Mapped[utc] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
