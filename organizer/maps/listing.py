"""The list beside the map: the events that the map shows, and those that it cannot show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from organizer.core.db import db
from organizer.events.cards import EventCard, upcoming
from organizer.events.models import Event
from organizer.events.queries import EventFilter
from organizer.maps.boxes import WORLD, View
from organizer.maps.clusters import Rows, in_view
from organizer.web.paging import Page

FEW = 3000
"""Up to so many events of a view are sorted; of more, the list of all is walked, where they then are frequent."""
MOST_COUNTED = 100
UNPLACED_SHOWN = 20


@dataclass(frozen=True)
class Unplaced:
    """Events asked for that have no coordinates. `count` stops at MOST_COUNTED."""

    count: int
    events: list[EventCard]

    @property
    def counted_all(self) -> bool:
        """Whether `count` is exact."""
        return self.count < MOST_COUNTED


@dataclass(frozen=True)
class Listing:
    """A page of the events on the map, where each is (a cell as text, by key), and those not on the map."""

    page: Page[EventCard]
    cells: dict[str, str]
    unplaced: Unplaced


def listing(asked: EventFilter, view: View | None, moment: datetime, after: str = "", before: str = "") -> Listing:
    """The list of a view (None: the whole world), with at most six statements."""
    page = upcoming(asked, after, before, within=[_on_the_map(asked, view, moment)], since=moment)
    keys = [event.key for event in page.items]
    rows = db.session.execute(sa.select(Event.key, Event.cell).where(Event.key.in_(keys))) if keys else ()
    return Listing(page, {key: str(cell) for key, cell in rows}, _unplaced(asked, moment))


def _on_the_map(asked: EventFilter, view: View | None, moment: datetime) -> sa.ColumnElement[bool]:
    if view is None or view.box == WORLD:
        return Event.cell.is_not(None)
    wanted = sa.union_all(*in_view(view, asked.apply(sa.select(Event.id), moment)))
    number = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.limit(FEW + 1).subquery())) or 0
    if number <= FEW:
        return Event.id.in_(wanted)
    # Put like this neither engine takes the condition for a rare one or for a range of cells: they walk the index of
    # starts, which has the order that is wanted.
    return sa.case((view.contains(sa.type_coerce(Event.cell, sa.BigInteger)), 1), else_=0) != 0


def _unplaced(asked: EventFilter, moment: datetime) -> Unplaced:
    nowhere = Event.cell.is_(None)
    wanted: Rows = asked.apply(sa.select(Event.id), moment).where(nowhere).limit(MOST_COUNTED)
    number = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    if not number:
        return Unplaced(0, [])
    return Unplaced(number, list(upcoming(asked, size=UNPLACED_SHOWN, within=[nowhere], since=moment).items))
