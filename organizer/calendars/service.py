"""A person's own feed, and the text of events kept ready for all feeds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from organizer import settings
from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import db, save
from organizer.core.errors import N_, NotFound
from organizer.core.ids import KEY_LENGTH, KEY_PATTERN, mac, same
from organizer.core.time import now

from . import queries
from .entries import entry_of
from .feeds import stamp_of
from .ics import event_lines
from .models import EventLines, Feed


def feed_of(account: Account) -> Feed | None:
    """The person's feed, revoked or not; None if there was never one."""
    return db.session.scalar(sa.select(Feed).where(Feed.account_id == account.id))


def open_feed(actor: Account, account: Account) -> Feed:
    """Give a person a feed with a fresh address; any earlier address is void at once."""
    require(actor, Action.EDIT_ACCOUNT, account)
    feed = feed_of(account)
    if feed is None:
        try:
            with db.session.begin_nested():
                return save(Feed(account_id=account.id))
        except IntegrityError:  # tapped twice: the other request has made it
            feed = db.session.scalars(sa.select(Feed).where(Feed.account_id == account.id)).one()
    feed.version += 1
    feed.revoked_at = feed.used_at = None
    db.session.flush()
    return feed


def revoke_feed(actor: Account, account: Account) -> None:
    """Make the address of a person's feed void. Doing it again changes nothing."""
    require(actor, Action.EDIT_ACCOUNT, account)
    feed = feed_of(account)
    if feed is not None and feed.revoked_at is None:
        feed.revoked_at = now()
        db.session.flush()


def choose(actor: Account, account: Account, *, include_waiting: bool) -> None:
    """Say whether events for which one waits are in the own feed. Raises NotFound without a feed."""
    require(actor, Action.EDIT_ACCOUNT, account)
    feed = feed_of(account)
    if feed is None or feed.revoked_at is not None:
        raise NotFound(N_("You have no calendar address."))
    feed.include_waiting = include_waiting
    db.session.flush()


def token_of(feed: Feed) -> str:
    """The secret of the feed's address: its key and 130 bits."""
    return feed.key + mac(settings.current().secret(), "feed", feed.key, feed.version)


def find(token: str) -> tuple[Feed, Account]:
    """The feed at `token` and whose it is. One statement. Raises NotFound for unknown, forged, old and revoked."""
    key = token[:KEY_LENGTH]
    if KEY_PATTERN.fullmatch(key):
        found = db.session.execute(
            sa.select(Feed, Account).join(Account, Account.id == Feed.account_id).where(Feed.key == key)
        ).first()
        if found is not None and found[0].revoked_at is None and same(token, token_of(found[0])):
            return found[0], found[1]
    raise NotFound(N_("There is no such calendar."))


def note_use(feed_id: int) -> None:
    """Remember that a feed was just asked for."""
    db.session.execute(sa.update(Feed).where(Feed.id == feed_id).values(used_at=now()))


def keep_lines(event_ids: Sequence[int]) -> int:
    """Write the text of events anew and keep it; return how many. Harmless when done twice at once."""
    chosen = settings.current()
    known = set(db.session.scalars(sa.select(EventLines.event_id).where(EventLines.event_id.in_(event_ids))))
    fresh = []
    for row, tags in queries.details(event_ids):
        text = event_lines(entry_of(row, tags, chosen))
        fresh.append({"event_id": row.id, "stamp": stamp_of(row.community, row.changed, chosen), "lines": text})
    if changed := [line for line in fresh if line["event_id"] in known]:
        db.session.execute(sa.update(EventLines), changed)
    if added := [line for line in fresh if line["event_id"] not in known]:
        try:
            with db.session.begin_nested():
                db.session.execute(sa.insert(EventLines), added)
        except IntegrityError:  # another worker was quicker; what it wrote is checked by its stamp
            return len(changed)
    return len(fresh)
