"""Reading about accounts."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from organizer.core.db import db
from organizer.core.ids import hashed
from organizer.core.time import now

from .models import Account, SignInSession


def open_sessions(account: Account) -> Sequence[SignInSession]:
    """Return where `account` is signed in, last used first."""
    return db.session.scalars(
        sa.select(SignInSession)
        .where(
            SignInSession.account_id == account.id, SignInSession.ended_at.is_(None), SignInSession.expires_at > now()
        )
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    ).all()


def session_of_secret(secret: str) -> SignInSession | None:
    """Return the session that `secret` opens, ended or not."""
    return db.session.scalar(sa.select(SignInSession).where(SignInSession.secret_hash == hashed(secret)))


def has_owner() -> bool:
    """Whether somebody owns this installation yet."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Account.is_site_owner))))
