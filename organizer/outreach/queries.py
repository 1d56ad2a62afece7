"""Looking into the outbox: how many letters are where, and which. Never what they say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from organizer.core.db import db
from organizer.web.paging import Page, cut, decode, encode

from .models import Letter, LetterState

PAGE = 50
MOST = 10_000  # what is more is not counted on a page
_SHOWN = (
    Letter.id,
    Letter.kind,
    Letter.address,
    Letter.state,
    Letter.created_at,
    Letter.due_at,
    Letter.sent_at,
    Letter.tries,
    Letter.last_error,
)


def counts(most: int | None = None) -> dict[LetterState, int]:
    """Return how many letters are in each state; beyond `most` of one state `most` + 1, at no more cost."""
    parts = []
    for state in LetterState:
        some = sa.select(Letter.id).where(Letter.state == state)
        if most is not None:
            some = some.limit(most + 1)
        parts.append(sa.select(sa.literal(state.value).label("state"), sa.func.count()).select_from(some.subquery()))
    return {LetterState(row[0]): row[1] for row in db.session.execute(sa.union_all(*parts))}


def letters(state: LetterState | None, address: str, after: str = "") -> Page[Any]:
    """Return a page of letters, newest first; in one state those first whose time comes last."""
    rows = sa.select(*_SHOWN).limit(PAGE + 1)
    if state is not None:
        rows = rows.where(Letter.state == state)
    if address:
        rows = rows.where(Letter.address == address)
    by_time = state is not None and not address  # so each way follows an index
    if by_time:
        cursor = decode(after, datetime.fromisoformat, int) if after else None
        rows = rows.order_by(Letter.due_at.desc(), Letter.id.desc())
        if cursor:
            rows = rows.where(sa.tuple_(Letter.due_at, Letter.id) < cursor)
    else:
        cursor = decode(after, int) if after else None
        rows = rows.order_by(Letter.id.desc())
        if cursor:
            rows = rows.where(Letter.id < cursor[0])
    return cut(
        db.session.execute(rows).all(),
        PAGE,
        lambda row: encode(row.due_at, row.id) if by_time else encode(row.id),
        backwards=False,
        has_cursor=cursor is not None,
    )
