"""What hosts did with an event, as the other hosts can look it up."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased

from organizer.accounts.models import Account
from organizer.core.db import db, save
from organizer.web.paging import Page, cut, decode, encode

from .models import Deed, Event, EventLog

PAGE = 20


class Line(NamedTuple):
    """One entry: names are empty for who is gone, or where nobody is meant."""

    id: int
    deed: Deed
    by: str
    about: str
    words: str
    done_at: datetime


def note(event: Event, deed: Deed, by_id: int | None, about_id: int | None = None, words: str = "") -> None:
    """Write down that this account (None: a program) did this, as part of the same unit of work."""
    save(EventLog(event_id=event.id, deed=deed, by_id=by_id, about_id=about_id, words=words[:500]))


def lines(event: Event, cursor: str = "") -> Page[Line]:
    """Return a page of what was done, the last first. One statement."""
    by, about = aliased(Account), aliased(Account)
    wanted = (
        sa.select(
            *(EventLog.id, EventLog.deed),
            *(sa.func.coalesce(by.name, ""), sa.func.coalesce(about.name, "")),
            *(EventLog.words, EventLog.done_at),
        )
        .outerjoin(by, by.id == EventLog.by_id)
        .outerjoin(about, about.id == EventLog.about_id)
        .where(EventLog.event_id == event.id)
    )
    after = decode(cursor, int)
    if after:
        wanted = wanted.where(EventLog.id < after[0])
    rows = [Line._make(row) for row in db.session.execute(wanted.order_by(EventLog.id.desc()).limit(PAGE + 1))]
    return cut(rows, PAGE, lambda line: encode(line.id), backwards=False, has_cursor=after is not None)


def sentence(line: Line) -> str:
    """Say what was done, in the reader's language."""
    by, about = line.by or _("Somebody"), line.about or _("somebody")
    said = {
        Deed.MOVE_HELD: _("%(by)s changed time or place and told nobody yet", by=by),
        Deed.MOVE_TOLD: _("%(by)s told those who come of the new time or place", by=by),
        Deed.CANCELLED: _("%(by)s cancelled the event", by=by),
        Deed.RESTORED: _("%(by)s said that it takes place after all", by=by),
        Deed.HOST_ADDED: _("%(by)s made %(about)s a host", by=by, about=about),
        Deed.HOST_REMOVED: _("%(by)s took %(about)s off the hosts", by=by, about=about),
        Deed.HOST_LEFT: _("%(by)s is no longer a host", by=by),
        Deed.OVERBOOKED: _("%(by)s set how many places are given beyond the capacity", by=by),
    }
    return str(said[line.deed])
