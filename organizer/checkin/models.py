"""Tables of the door: every scan ever made, and who is in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from organizer.core.db import Model, choice, created, pk
from organizer.core.time import UtcDateTime


class Direction(StrEnum):
    """What a scan wants."""

    IN = "in"
    UNDO = "undo"


class Verdict(StrEnum):
    """What the door answered."""

    OK = "ok"
    ALREADY_IN = "already_in"
    UNKNOWN = "unknown"
    WRONG_EVENT = "wrong_event"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    NOT_GOING = "not_going"
    REVOKED = "revoked"
    NOT_YET = "not_yet"
    TOO_LATE = "too_late"
    EVENT_CANCELLED = "event_cancelled"
    UNDONE = "undone"
    SLOW_DOWN = "slow_down"
    ERROR = "error"


class Scan(Model):
    """One attempt at the door, whatever its answer. Append-only."""

    __tablename__ = "scan"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "scan_id"),
        sa.Index("ix_scan_event_received", "event_id", "received_at", "id"),
        sa.Index("ix_scan_device_received", "event_id", "device_id", "received_at"),
    )

    id: Mapped[pk]
    scan_id: Mapped[str] = mapped_column(
        sa.String(40)
    )  # made by the phone, ≥ 128 random bits: a late resend changes nothing
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    rsvp_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rsvp.id", ondelete="SET NULL"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), default="")  # of what was read, when it named nobody
    direction: Mapped[Direction] = mapped_column(choice(Direction), default=Direction.IN)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict))
    device_id: Mapped[str] = mapped_column(sa.String(40), default="")
    counter: Mapped[int] = mapped_column(default=0)  # order within a device, whatever its clock says
    device_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offset_ms: Mapped[int] = mapped_column(default=0)  # server clock minus device clock as the device last saw it
    operator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    why: Mapped[str] = mapped_column(sa.String(200), default="")
    received_at: Mapped[created]


class CheckIn(Model):
    """Somebody is in. One row a ticket at the most: the constraint decides between two phones."""

    __tablename__ = "check_in"
    __table_args__ = (sa.Index("ix_check_in_event_at", "event_id", "at"),)

    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvp.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    scan_pk: Mapped[int | None] = mapped_column(sa.ForeignKey("scan.id", ondelete="SET NULL"))
    places: Mapped[int] = mapped_column(default=1)
    at: Mapped[created]
    device_id: Mapped[str] = mapped_column(sa.String(40), default="")
    operator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
