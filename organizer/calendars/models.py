"""Tables of feeds and of calendar text kept ready."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from organizer.core.db import Model, created, key, pk
from organizer.core.time import UtcDateTime


class Feed(Model):
    """A person's own feed. Its address is derived from key and version; a new version makes the old address void."""

    __tablename__ = "feed"

    id: Mapped[pk]
    key: Mapped[key]
    version: Mapped[int] = mapped_column(default=1)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    include_waiting: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[created]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EventLines(Model):
    """The VEVENT of one event as calendar text, of one state of the event, so that a feed is put together, not built."""

    __tablename__ = "event_lines"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    stamp: Mapped[str] = mapped_column(sa.String(40))  # of what the text was made from
    lines: Mapped[str] = mapped_column(sa.Text)
