"""The outbox: letters are rows, written in the transaction that they tell about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from organizer.core.db import BigInt, Model, choice, created, key, pk, utc
from organizer.core.time import UtcDateTime


class LetterState(StrEnum):
    """Where a letter is."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    WAITING = "waiting"  # for the daily letter to its address, at `due_at`
    DIGESTED = "digested"  # stands in a daily letter
    FAILED = "failed"  # given up; may be sent again by hand
    HELD = "held"  # no mail server is set
    DROPPED = "dropped"  # was no longer true or wanted when its turn came


class Letter(Model):
    """One letter to one person. The once-key makes writing it a second time do nothing."""

    __tablename__ = "letter"
    __table_args__ = (
        sa.Index("ix_letter_state_due", "state", "due_at", "id"),
        sa.Index("ix_letter_address", "address", "id"),
    )

    id: Mapped[pk]
    once: Mapped[str] = mapped_column(sa.String(120), unique=True)  # «ticket:17», «promoted:17:3»
    kind: Mapped[str] = mapped_column(sa.String(40))  # names the template
    address: Mapped[str] = mapped_column(sa.String(254))
    person: Mapped[str] = mapped_column(sa.String(80), default="")  # name for the To header
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    locale: Mapped[str] = mapped_column(sa.String(12), default="en")
    about: Mapped[dict[str, Any]] = mapped_column(
        sa.JSON, default=dict
    )  # for the template; emptied once sent if secret
    state: Mapped[LetterState] = mapped_column(choice(LetterState), default=LetterState.DUE)
    due_at: Mapped[utc]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(sa.String(200), default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[created]


class Addressee(Model):
    """A mail address that letters went to: what its holder wants to get, and whether letters reach it.

    Made with the first letter, whether or not there is an account: its key stands in the links of every letter.
    """

    __tablename__ = "addressee"

    id: Mapped[pk]
    key: Mapped[key]
    address: Mapped[str] = mapped_column(sa.String(254), unique=True)  # normalised: `accounts.addresses.normalised`
    choices: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)  # topic → Choice; missing: now
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # refused for good by a mail server
    bounce_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[created]


def _open() -> dict[str, Any]:
    where = sa.text("done_at IS NULL")
    return {"sqlite_where": where, "postgresql_where": where}


class Audience(StrEnum):
    """Whom of an event's list a mailing goes to."""

    GOING = "going"
    ASKED = "asked"  # going, was asked whether they still come, and has not answered
    WAITING = "waiting"  # in the queue, or with a place that is held
    PENDING = "pending"  # asked, and no host has decided yet
    INVITED = "invited"  # in person, and have not answered
    CAME = "came"  # let in at the door; if the door was not used, those who were going


class Mailing(Model):
    """One letter to many of an event's list, written into the outbox in portions.

    The once-key makes it begin only once; each letter has a once-key of its own beside. Rows are few: one for an event's
    reminder, whether or not anybody is reminded.
    """

    __tablename__ = "mailing"
    __table_args__ = (sa.Index("ix_mailing_open", "id", **_open()),)

    id: Mapped[pk]
    once: Mapped[str] = mapped_column(sa.String(80), unique=True)  # «remind_day:17:20261128T1630»
    kind: Mapped[str] = mapped_column(sa.String(40))  # of its letters
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    audience: Mapped[Audience] = mapped_column(choice(Audience))
    about: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)  # beside the RSVP, in each letter
    answered_before: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # who answered later is left out; None: nobody
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of no use for another start; None: for any
    after_id: Mapped[int] = mapped_column(BigInt, default=0)  # the last RSVP or invitation that was looked at
    written: Mapped[int] = mapped_column(default=0)  # letters
    created_at: Mapped[created]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MutedLetter(Model):
    """A kind of letter that a community does not want to be written for its events."""

    __tablename__ = "muted_letter"

    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    muted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    muted_at: Mapped[created]


class OwnWords(Model):
    """What a community says itself in one kind of letter and one language. Empty: what we say."""

    __tablename__ = "own_words"

    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    locale: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(140), default="")  # one line, with placeholders as typed
    opening: Mapped[str] = mapped_column(sa.Text, default="")  # plain paragraphs, with placeholders as typed
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    changed_at: Mapped[created]


class HostMessage(Model):
    """What a host wrote to the people of an event: a draft until it is sent, and the event's record of it afterwards."""

    __tablename__ = "host_message"
    __table_args__ = (sa.Index("ix_host_message_event_sent", "event_id", "sent_at", "id"),)

    id: Mapped[pk]
    key: Mapped[key]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    audience: Mapped[Audience] = mapped_column(choice(Audience))
    subject: Mapped[str] = mapped_column(sa.String(140))  # one line
    text: Mapped[str] = mapped_column(sa.Text)  # plain
    recipients: Mapped[int] = mapped_column(default=0)  # when it was sent
    created_at: Mapped[created]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
