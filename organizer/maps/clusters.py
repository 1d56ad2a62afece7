"""Events on the map: counted by cell in the database, with the first events of each place.

Both statements walk ranges of one covering index; how much they read is bounded by what the box holds, and what is said
about single events is bounded by `MOST_LISTED`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from organizer.core.db import db
from organizer.events.models import Event
from organizer.events.queries import EventFilter
from organizer.maps.boxes import View
from organizer.places import grid

Rows = sa.Select[*tuple[Any, ...]]
LISTED_AT_A_PLACE = 20
MOST_LISTED = 1000
"""Events described in one answer: places with more than their share tell only their number."""
MOST_LOOKED_AT = 5000
"""Index entries read to choose the described ones; places beyond are asked for one by one, when they are opened."""


@dataclass(frozen=True)
class Group:
    """Events in one cell of the view: `low` and `high` are the first and last stored cell among them."""

    count: int
    low: int
    high: int
    events: list[Any] = field(default_factory=list)  # rows of `_first_events`, soonest first; may be fewer than count

    @property
    def is_one_place(self) -> bool:
        """Whether all of them are at the same point."""
        return self.low == self.high

    @property
    def ancestor(self) -> tuple[int, int]:
        """The smallest cell that holds all of them, and its zoom."""
        depth = grid.DEPTH - ((self.low ^ self.high).bit_length() + 1) // 2
        return self.low >> grid.shift(depth), depth

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude to show them at: between the first and the last."""
        first, last = (grid.centre(cell, grid.DEPTH) for cell in (self.low, self.high))
        return (first[0] + last[0]) / 2, (first[1] + last[1]) / 2


def groups(view: View, asked: EventFilter, since: datetime) -> list[Group]:
    """All events of the view that are asked for, not over at `since`; at most `boxes.MOST_FEATURES` groups, two statements."""
    rows = db.session.execute(_counting(view, asked, since)).all()
    found = [Group(int(row.number), row.first, row.last) for row in rows]
    described = _described(found)
    if described:
        by_cell: dict[int, list[Any]] = {}
        share = max(1, min(LISTED_AT_A_PLACE, MOST_LISTED // len(described)))
        for event in db.session.execute(_first_events(described, asked, since, share)):
            by_cell.setdefault(event.cell, []).append(event)
        for group in described:
            group.events.extend(sorted(by_cell.get(group.low, ()), key=lambda event: (event.starts_at, event.key)))
    return found


def in_view(view: View, wanted: Rows) -> list[Rows]:
    """`wanted`, a selection of events, within the view: one for each range of the index, to be put together.

    Neither a disjunction of ranges nor a join with them will do: SQLite then takes another index for the first,
    PostgreSQL reads the whole index for the second.
    """
    within = wanted.where(view.contains(_cell()))
    return [within.where(Event.cell.between(low, high)) for low, high in view.ranges()]


def _cell() -> sa.ColumnElement[int]:
    return sa.type_coerce(Event.cell, sa.BigInteger)


def _counting(view: View, asked: EventFilter, since: datetime) -> Rows:
    cell = _cell()
    group = cell.op(">>")(sa.literal_column(str(grid.shift(view.depth)))).label("grp")
    columns = (
        group,
        sa.func.count().label("number"),
        sa.func.min(cell).label("first"),
        sa.func.max(cell).label("last"),
    )
    ranges = in_view(view, asked.apply(sa.select(*columns), since))
    part = sa.union_all(*(each.group_by(group) for each in ranges)).subquery()
    whole = sa.select(
        sa.func.sum(part.c.number).label("number"),
        sa.func.min(part.c.first).label("first"),
        sa.func.max(part.c.last).label("last"),
    )
    return whole.group_by(part.c.grp).order_by(sa.literal_column("first"))


def _described(found: list[Group]) -> list[Group]:
    """The places whose first events are told at once: the small ones first, as long as little need be read."""
    chosen, budget = [], MOST_LOOKED_AT
    for group in sorted((group for group in found if group.is_one_place), key=lambda group: group.count):
        budget -= group.count
        if budget < 0 and len(found) > 1:
            break
        chosen.append(group)
    return chosen


def _first_events(places: list[Group], asked: EventFilter, since: datetime, share: int) -> Rows:
    """The `share` events of each place that end first (the index has them in this order), told in full."""
    wanted: Rows = asked.apply(sa.select(Event.id), since)
    if len(places) == 1:
        first = wanted.where(Event.cell == places[0].low).order_by(Event.ends_at, Event.id).limit(share)
    else:
        rank = sa.func.row_number().over(partition_by=Event.cell, order_by=(Event.ends_at, Event.id)).label("rank")
        ranked = wanted.add_columns(rank).where(Event.cell.in_([group.low for group in places])).subquery()
        first = sa.select(ranked.c.id).where(ranked.c.rank <= share)
    told = (Event.cell, Event.key, Event.slug, Event.title, Event.starts_wall, Event.starts_at)
    more = (Event.all_day, Event.city, Event.state, Event.latitude, Event.longitude, Event.hides_address)
    described: Rows = sa.select(*told, *more).where(Event.id.in_(first))
    return described
