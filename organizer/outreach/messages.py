"""What hosts write to the people of an event: a draft, looked at, then sent once, and kept as the event's record.

A draft is its writer's. Sending takes the event's lock, so that limits hold for all hosts together and a second tap finds
the message sent; a worker then writes the letters in portions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import changed, db, save
from organizer.core.errors import N_, Invalid, NotFound, TooMany
from organizer.core.ids import KEY_PATTERN
from organizer.core.jobs import job
from organizer.core.time import now
from organizer.events.models import Event, State
from organizer.web.filters import at
from organizer.web.paging import Page, cut, decode, encode

from . import audiences, mailings
from .models import Audience, HostMessage

LONGEST_SUBJECT, LONGEST_TEXT = 140, 5000
APART, A_DAY = timedelta(minutes=10), 3
DRAFTS_KEPT = timedelta(days=7)
PAGE = 20
TO = (Audience.GOING, Audience.WAITING, Audience.PENDING, Audience.INVITED)


def write(actor: Account, event: Event, audience: Audience, subject: str, text: str, key: str = "") -> HostMessage:
    """Keep a draft, or change the writer's own draft with this `key`. Raises Invalid (fields `subject`, `text`, `audience`)."""
    require(actor, Action.MESSAGE_GUESTS, event)
    subject, text = " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    if event.state is State.DRAFT:
        raise Invalid(N_("Nobody knows of this draft yet. Publish it first."), "audience")
    if audience not in TO:
        raise Invalid(N_("Whom do you want to write to?"), "audience")
    for value, field, most in ((subject, "subject", LONGEST_SUBJECT), (text, "text", LONGEST_TEXT)):
        if not value:
            raise Invalid(N_("Please fill this in."), field)
        if len(value) > most:
            raise Invalid(N_("At most %(most)s characters, please."), field, most=most)
    draft = find(actor, event, key) if key else None
    if draft is None or draft.sent_at is not None:
        return save(HostMessage(event_id=event.id, by_id=actor.id, audience=audience, subject=subject, text=text))
    draft.audience, draft.subject, draft.text = audience, subject, text
    db.session.flush()
    return draft


def find(actor: Account, event: Event, key: str) -> HostMessage:
    """Return a message of the event: a sent one, or the actor's own draft. Raises NotFound."""
    require(actor, Action.MESSAGE_GUESTS, event)
    found = None
    if KEY_PATTERN.fullmatch(key):
        wanted = sa.select(HostMessage).where(HostMessage.event_id == event.id, HostMessage.key == key)
        found = db.session.scalar(wanted)
    if found is None or (found.sent_at is None and found.by_id != actor.id):
        raise NotFound(N_("There is no such message."))
    return found


def send(actor: Account, event: Event, key: str) -> HostMessage:
    """Send a draft to its audience. Sending it again changes nothing.

    Raises TooMany with the time from which on it may be tried again, and Invalid (field `audience`) if nobody would get it.
    """
    require(actor, Action.MESSAGE_GUESTS, event)
    db.session.execute(sa.select(Event.id).where(Event.id == event.id).with_for_update())
    message = find(actor, event, key)
    db.session.refresh(message, with_for_update=True)
    if message.sent_at is not None:
        return message
    if (free := free_at(event)) is not None:
        again = at(free, event.zone)
        wait = int((free - now()).total_seconds()) + 1
        raise TooMany(N_("Guests were written to just now. You can send this from %(when)s on."), wait, when=again)
    count = audiences.counts(event.id)[message.audience]
    if not count:
        raise Invalid(N_("Nobody would get this message: choose others."), "audience")
    message.sent_at, message.recipients = now(), count
    db.session.flush()
    once = f"host_message:{message.id}"
    mailings.begin([mailings.row(once, "host_message", event.id, message.audience, {"message": message.id})])
    return message


def free_at(event: Event) -> datetime | None:
    """Return when the next message may be sent; None: now. Ten minutes apart, three a day, whoever of the hosts writes."""
    moment = now()
    latest = db.session.scalars(
        sa.select(HostMessage.sent_at)
        .where(HostMessage.event_id == event.id, HostMessage.sent_at > moment - timedelta(days=1))
        .order_by(HostMessage.sent_at.desc())
        .limit(A_DAY)
    ).all()
    waits = [sent + APART for sent in latest[:1] if sent]
    if len(latest) == A_DAY and latest[-1]:
        waits.append(latest[-1] + timedelta(days=1))
    until = max(waits, default=moment)
    return until if until > moment else None


def sent(event: Event, cursor: str = "") -> Page[Any]:
    """Return a page of what was sent, the newest first, as (message, name of who wrote it)."""
    wanted = (
        sa.select(HostMessage, Account.name)
        .outerjoin(Account, Account.id == HostMessage.by_id)
        .where(HostMessage.event_id == event.id, HostMessage.sent_at.is_not(None))
        .order_by(HostMessage.sent_at.desc(), HostMessage.id.desc())
        .limit(PAGE + 1)
    )
    after = decode(cursor, datetime.fromisoformat, int) if cursor else None
    if after:
        wanted = wanted.where(sa.tuple_(HostMessage.sent_at, HostMessage.id) < after)
    rows = db.session.execute(wanted).all()
    return cut(rows, PAGE, lambda row: encode(row[0].sent_at, row[0].id), backwards=False, has_cursor=after is not None)


@job(every=timedelta(days=1))
def forget_drafts() -> None:
    """Delete drafts that nobody sent within a week."""
    old = HostMessage.created_at < now() - DRAFTS_KEPT
    changed(sa.delete(HostMessage).where(HostMessage.sent_at.is_(None), old))
