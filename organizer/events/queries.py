"""Which events somebody asks for: one filter for list, map and calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _

from organizer import settings
from organizer.communities.models import Community
from organizer.core.ids import folded
from organizer.core.time import at_wall, now, to_wall, zone_of
from organizer.places.finding import look_up
from organizer.web.filters import day

from .models import Event, EventTag, EventWord
from .schedule import LONGEST
from .words import asked_words, tags_of

# Written out, not bound: only so can both engines prove that the partial indexes fit.
PUBLIC = sa.and_(Event.state != sa.literal_column("'draft'"), Event.visibility == sa.literal_column("'public'"))
Statement = TypeVar("Statement", bound=sa.Select[*tuple[Any, ...]])


class When(StrEnum):
    """Spans of days that a visitor may choose."""

    ANY = ""
    TODAY = "today"
    WEEKEND = "weekend"
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"


@dataclass(frozen=True)
class EventFilter:
    """Which public events somebody asks for; the same for list, map and calendar. Days are those of `zone`."""

    q: str = ""
    when: When = When.ANY
    first: date | None = None  # of a range; both ends are optional and included
    last: date | None = None
    tag: str = ""
    city: str = ""
    online: bool = False
    community: str = ""  # slug
    zone: str = ""  # IANA; empty: the installation's

    @classmethod
    def from_args(cls, args: Mapping[str, str], zone: str = "") -> EventFilter:
        """Read the query of an address; what makes no sense is left out. `zone` is the visitor's, if we know it."""
        first, last = _day_of(args.get("from", "")), _day_of(args.get("to", ""))
        if first and last and last < first:
            first, last = last, first
        asked = args.get("when", "")
        when = When(asked) if asked in {span.value for span in When} else When.ANY
        if first or last:
            when = When.RANGE
        elif when == When.RANGE:
            when = When.ANY
        return cls(
            q=" ".join(args.get("q", "").split())[:100],
            when=when,
            first=first,
            last=last,
            tag=next(iter(tags_of(args.get("tag", ""))), ""),
            city=" ".join(args.get("city", "").split())[:100],
            online=args.get("online", "") in {"1", "on", "y"},
            community=args.get("community", "")[:60],
            zone=zone if _is_zone(zone) else "",
        )

    def args(self, **changes: Any) -> dict[str, str]:
        """Return this filter, with `changes` to its fields, as the query of an address; only what is set."""
        asked = replace(self, **changes)
        if "when" in changes and asked.when != When.RANGE:
            asked = replace(asked, first=None, last=None)
        ranged = asked.when == When.RANGE
        values = {
            "q": asked.q,
            "when": "" if ranged else str(asked.when),
            "from": asked.first.isoformat() if ranged and asked.first else "",
            "to": asked.last.isoformat() if ranged and asked.last else "",
            "tag": asked.tag,
            "city": asked.city,
            "online": "1" if asked.online else "",
            "community": asked.community,
        }
        return {name: value for name, value in values.items() if value}

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return any(getattr(self, field.name) for field in fields(self) if field.name != "zone")

    def span(self, present: datetime) -> tuple[datetime, datetime | None]:
        """Return from when (not over by then) to when (begun before) events are asked for, as instants."""
        zone = self.zone or settings.current().default_zone
        today = to_wall(present, zone).date()
        if self.when == When.RANGE:
            since = _midnight(self.first, zone) if self.first else present
            return since, _midnight(self.last + timedelta(days=1), zone) if self.last else None
        saturday = today + timedelta(days=max(5 - today.weekday(), 0))
        first, days = {
            When.TODAY: (today, 1),
            When.WEEKEND: (saturday, 7 - saturday.weekday()),
            When.WEEK: (today, 7),
            When.MONTH: (today, 30),
        }.get(self.when, (today, 0))
        until = _midnight(first + timedelta(days=days), zone) if days else None
        return max(_midnight(first, zone), present) if days else present, until

    def apply(
        self, statement: Statement, since: datetime | None = None, begun_from: datetime | None = None
    ) -> Statement:
        """Narrow a selection from the event table to the public events asked for, in no order.

        Without a range of days: those that are not over at `since`, by default now. `begun_from` leaves out what began
        before it: a later page need not look there (one lower bound, since SQLite uses only one of two).
        """
        begin, until = self.span(since or now())
        earliest = max(begin - LONGEST, begun_from or begin - LONGEST)
        statement = statement.where(PUBLIC, Event.ends_at > begin, Event.starts_at >= earliest)
        if until is not None:
            statement = statement.where(Event.starts_at < until)
        for word in asked_words(self.q):
            statement = statement.where(Event.id.in_(_with_word(word)))
        if self.tag:
            statement = statement.where(Event.id.in_(sa.select(EventTag.event_id).where(EventTag.tag == self.tag)))
        if self.city:
            statement = statement.where(_in_city(self.city))
        if self.online:
            statement = statement.where(Event.is_online.is_(True))
        if self.community:
            owner = sa.select(Community.id).where(Community.slug == self.community).scalar_subquery()
            statement = statement.where(Event.community_id == owner)
        return statement

    def describe(self) -> str:
        """Say what is asked for, in the visitor's language: "“foto” · This weekend · Sofia"; "" for everything."""
        parts = [f"“{self.q}”" if self.q else "", self.when_label(), self.city, f"#{self.tag}" if self.tag else ""]
        parts += [_("Online") if self.online else "", self.community]
        return " · ".join(part for part in parts if part)

    def when_label(self) -> str:
        """The chosen days in words, "" for any."""
        if self.when == When.RANGE:
            return " – ".join(day(end) if end else "…" for end in (self.first, self.last))
        return when_labels()[self.when] if self.when else ""


def when_labels() -> dict[When, str]:
    """The spans to choose from, in words."""
    return {
        When.ANY: _("Any day"),
        When.TODAY: _("Today"),
        When.WEEKEND: _("This weekend"),
        When.WEEK: _("Next 7 days"),
        When.MONTH: _("Next 30 days"),
    }


def _day_of(text: str) -> date | None:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and bool(zone_of(name))
    except ValueError:
        return False


def _midnight(day: date, zone: str) -> datetime:
    return at_wall(datetime.combine(day, time()), zone)


def _with_word(word: str) -> sa.Select[int]:
    """Ids of the events with a word that begins with `word`; a single letter must be the whole word."""
    if len(word) == 1 and word.isascii():
        return sa.select(EventWord.event_id).where(EventWord.word == word)
    return sa.select(EventWord.event_id).where(EventWord.word >= word, EventWord.word < word + "\U0010ffff")


def _in_city(text: str) -> sa.ColumnElement[bool]:
    """The city as written and as our list of cities calls it: "София" finds Sofia."""
    known = look_up(text).city
    names = sorted({folded(text.partition(",")[0].strip())} | ({folded(known.name)} if known else set()))
    return Event.city_folded == names[0] if len(names) == 1 else Event.city_folded.in_(names)
