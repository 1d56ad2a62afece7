"""Importing events: a file becomes a plan, a plan becomes events in one transaction.

Everything slow (reading, looking up cities, words for the search) is done for the plan, before any lock is taken. The
writing is a handful of bulk statements. What was imported before is recognised by (community, source, source key): an
unchanged row changes nothing, whatever people have edited here since; of a changed row only what changed there is taken
over (when, where, or the rest), and a pin that a human set stays. Imports are silent about new events; whoever answered
an event that moved is told as after any edit.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from organizer.core.errors import Invalid

from . import importing_columns
from .importing_files import SourceTable, read_table
from .importing_rows import Reading, RowEvent, day_first, facts, read_row
from .words import search_words, tags_of

MOST_NAMED = 1000
"""So many refused rows and unknown places are named in a report; all are counted."""
_REPORT_EVERY = 100
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Options:
    """What a person chose. `source` names where the rows come from; rows of two sources never meet."""

    columns: Mapping[str, str]
    source: str = "import"
    shift_weeks: int = 0
    publish: bool = True


@dataclass(frozen=True)
class Refusal:
    """A row that is not taken, and why; `message` is to be translated with `params`."""

    line: int
    title: str
    message: str
    params: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """The reason in English."""
        return self.message % self.params if self.params else self.message


@dataclass(frozen=True)
class PlannedEvent:
    """One event to be: what its rows say together, the words it is found by, the digest of its three groups of facts."""

    row: RowEvent
    words: frozenset[str]
    digest: str


@dataclass(frozen=True)
class Plan:
    """What a file comes to. Every row is in exactly one of: an event's first row, `merged`, `refusals`."""

    options: Options
    rows: int
    events: tuple[PlannedEvent, ...]
    merged: int
    refusals: tuple[Refusal, ...]
    rows_with_city: int
    rows_located: int
    unlocated: tuple[tuple[str, int], ...]  # place as written, rows

    @property
    def located_share(self) -> float:
        """The share of the rows with a city whose city we know; 1 if no row has one."""
        return self.rows_located / self.rows_with_city if self.rows_with_city else 1.0


@dataclass
class _Tally:
    with_city: int = 0
    located: int = 0
    unlocated: Counter[str] = field(default_factory=Counter)

    def count(self, event: RowEvent) -> None:
        if event.has_city:
            self.with_city += 1
            self.located += event.is_located
            if not event.is_located:
                self.unlocated[", ".join(part for part in (event.place.city, event.place.country) if part)] += 1


def read_file(content: bytes) -> SourceTable:
    """Read an import file. Raises UnreadableFile, which says why."""
    return read_table(content)


def planned(
    table: SourceTable,
    options: Options,
    home_zone: str,
    community_name: str = "",
    progress: Progress = lambda done, total: None,
) -> Plan:
    """Return what the rows come to; asks no database. `progress` hears of rows read. Raises BadMapping."""
    columns = importing_columns.checked(options.columns, table.headers)
    dates = (row.cells.get(columns.get(name, ""), "") for row in table.rows for name in ("starts", "ends"))
    reading = Reading(columns, home_zone, day_first(dates), timedelta(weeks=options.shift_weeks))
    merged: dict[str, RowEvent] = {}
    refusals: list[Refusal] = []
    tally = _Tally()
    for number, row in enumerate(table.rows):
        if number % _REPORT_EVERY == 0:
            progress(number, len(table.rows))
        try:
            event = read_row(row, reading)
        except Invalid as error:
            title = row.cells.get(columns["title"], "")[:80]
            refusals.append(Refusal(row.line, title, error.message, dict(error.params)))
            continue
        tally.count(event)
        known = merged.get(event.source_key)
        merged[event.source_key] = _joined(known, event) if known else event
    progress(len(table.rows), len(table.rows))
    return Plan(
        options,
        len(table.rows),
        tuple(_planned(event, community_name) for event in merged.values()),
        len(table.rows) - len(refusals) - len(merged),
        tuple(refusals),
        tally.with_city,
        tally.located,
        tuple(tally.unlocated.most_common()),
    )


def _joined(first: RowEvent, other: RowEvent) -> RowEvent:
    """The same event in another row: tags together; what the first row leaves empty is taken from the other."""
    return replace(
        first,
        tags=tags_of((*first.tags, *other.tags)),
        text=first.text or other.text,
        website=first.website or other.website,
        online_url=first.online_url or other.online_url,
        is_online=first.is_online or other.is_online,
        locale=first.locale or other.locale,
        capacity=other.capacity if first.capacity is None else first.capacity,
    )


def _planned(event: RowEvent, community_name: str) -> PlannedEvent:
    spot = event.spot
    words = search_words(
        event.title,
        city=spot.city if spot else "",
        country=spot.country if spot else "",
        venue=event.place.name,
        community=community_name,
        tags=event.tags,
    )
    return PlannedEvent(event, words, digest_of(event))


def digest_of(event: RowEvent) -> str:
    """Three digests, of when, where and the rest, so that each is taken over by itself: 50 characters."""
    return "-".join(hashlib.sha256(repr(group).encode()).hexdigest()[:16] for group in facts(event))


def changed_groups(before: str | None, after: str) -> tuple[bool, bool, bool]:
    """Which of when, where and the rest differ between two digests; all if there was none before."""
    old = (before or "").split("-")
    new = after.split("-")
    when, where, rest = (len(old) != 3 or old[place] != new[place] for place in range(3))
    return when, where, rest
