"""Keeping the tables of sign-ins short and true."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from organizer import settings
from organizer.core.db import changed
from organizer.core.jobs import job
from organizer.core.time import now

from .models import SignIn, SignInSession

KEPT_AFTER_END = timedelta(hours=1)  # the limit of letters an hour counts these rows


@job()
def note_seen(session_id: int) -> None:
    """Note that a session was used just now; from now on it lasts its full time again."""
    changed(
        sa.update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None), SignInSession.expires_at > now())
        .values(seen_at=now(), expires_at=now() + timedelta(days=settings.current().session_days))
    )


@job(every=timedelta(hours=1))
def forget_ended() -> None:
    """Delete requests to sign in and sessions that are over."""
    changed(sa.delete(SignIn).where(SignIn.expires_at < now() - KEPT_AFTER_END))
    changed(
        sa.delete(SignInSession).where(sa.or_(SignInSession.expires_at < now(), SignInSession.ended_at.is_not(None)))
    )
