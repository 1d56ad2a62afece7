"""A living demo community, made from a seed, dates relative to today. For looking around and for benchmarks."""

from __future__ import annotations

import sqlalchemy as sa

from organizer.accounts import service as accounts
from organizer.communities.models import Community
from organizer.core.db import db, retried
from organizer.web.paths import front_path

from . import loading
from .crowd import crowd

__all__ = ["crowd", "load", "welcome"]
FIRST_OWNER = "owner@localhost.example"
LINK_MINUTES = 24 * 60


def load(seed: int = 1) -> bool:
    """Make the demo community unless it is here; return whether it was made."""
    return retried(lambda: loading.load(seed))


def welcome(*, empty: bool) -> list[tuple[str, str]]:
    """Fill a new installation and return who can sign in by which one-click link.

    Only the demo's people get a link this way, and the first owner of an installation started `empty`.
    """
    if not empty and db.session.scalar(sa.select(Community.id).limit(1)) is None:
        load()
    db.session.rollback()
    return retried(lambda: _links(empty=empty))


def _links(*, empty: bool) -> list[tuple[str, str]]:
    links = []
    if empty:
        owner = accounts.make_owner(FIRST_OWNER)
        link = accounts.sign_in_link(owner, LINK_MINUTES, goes_to=front_path())
        return [("Sign in as the owner of this new installation", link)]
    people = {
        "the owner": loading.OWNER,
        "a host": loading.HOST,
        "an attendee": loading.ATTENDEE,
    }
    for who, email in people.items():
        account = accounts.account_for(email)
        if account is not None:
            links.append((f"Sign in as {who}, {account.name}", accounts.sign_in_link(account, LINK_MINUTES)))
    return links
