"""The outbox: letters are rows, written in the transaction that they tell about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from organizer.core.db import Model, choice, created, key, pk, utc
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
