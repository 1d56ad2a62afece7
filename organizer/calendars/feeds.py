"""What a feed says and in which state it is; and its text, put together from blocks that are kept ready."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from organizer import settings
from organizer.accounts.models import Account
from organizer.core.db import db, version_of
from organizer.core.errors import N_, NotFound
from organizer.core.time import at_wall, now, to_wall
from organizer.events.models import Event
from organizer.events.queries import PUBLIC, EventFilter, When
from organizer.rsvps.models import Answer
from organizer.settings import Settings

from . import queries
from .bodies import SMALL, Body, Shelf, squeeze, unsqueezed
from .entries import entry_of
from .ics import Head, calendar, event_lines

Lines = sa.Select[*tuple[Any, ...]]
WRITING = 1  # raise it whenever the writer says the same event in other words
REFRESH = timedelta(hours=1)
COLOURS = {
    "coral": "coral", "rose": "crimson", "pink": "mediumvioletred", "plum": "darkmagenta", "violet": "blueviolet",
    "indigo": "darkslateblue", "blue": "royalblue", "ocean": "steelblue", "teal": "teal", "green": "forestgreen",
    "olive": "olivedrab", "ochre": "darkgoldenrod",
}  # fmt: skip


@dataclass(frozen=True)
class PublicFeed:
    """A feed of public events: what it says of itself, and what names its state without looking at any event."""

    scope: str
    head: Head
    number: int
    changed_at: datetime | None
    span: tuple[datetime, datetime]
    select: Callable[[Lines], Lines]  # narrows the events; called only when the text is wanted
    query: str = ""  # of the filter; "" for none
    name: str = "events"  # of the file

    @property
    def tag(self) -> str:
        """Changes whenever the text may have changed."""
        said = [*astuple(self.head), self.span, self.number, self.query, writing(settings.current())]
        return hashlib.blake2b(repr(said).encode(), digest_size=12).hexdigest()

    @property
    def identity(self) -> str:
        """Which feed it is, whatever its state."""
        return f"{self.scope}?{self.query}"


@dataclass(frozen=True)
class Built:
    """A calendar put together, and the events whose kept text was missing or out of date."""

    data: bytes
    stale: list[int]


def site_feed(asked: EventFilter | None = None) -> PublicFeed:
    """All public events, or those of a filter of the list."""
    chosen, asked = settings.current(), asked or EventFilter()
    number, changed_at = version_of("events")
    window, name = queries.Window.today(), chosen.site_name
    query = urlencode(asked.args())
    if asked:
        with force_locale(chosen.default_locale):  # a feed has no visitor whose language we could ask for
            name = f"{name}: {asked.describe()}"
    address = f"?{query}" if query else ""
    head = Head(
        name=name,
        url=f"{chosen.url}/events{address}",
        source=f"{chosen.url}/events.ics{address}",
        refresh=REFRESH,
    )
    since = _since(asked, window)
    begin, end = asked.span(since)
    span = begin, min(end or window.until, window.until)

    def select(lines: Lines) -> Lines:
        return asked.apply(lines.where(Event.starts_at < window.until), since)

    return PublicFeed("events", head, number, changed_at, span, select, query)


def community_feed(slug: str) -> PublicFeed:
    """The public events of a community. Raises NotFound."""
    chosen = settings.current()
    row = queries.community_with_version(slug)
    head = Head(
        name=row.name,
        url=f"{chosen.url}/c/{row.slug}",
        source=f"{chosen.url}/c/{row.slug}.ics",
        zone=row.zone,
        colour=COLOURS.get(row.accent, ""),
        refresh=REFRESH,
    )
    window, scope = queries.Window.today(), f"c:{row.id}"

    def select(lines: Lines) -> Lines:
        return lines.where(PUBLIC, Event.community_id == row.id, *window.conditions)

    span = window.since, window.until
    return PublicFeed(scope, head, row.number, row.changed_at, span, select, name=row.slug)


def _since(asked: EventFilter, window: queries.Window) -> datetime:
    """From when a filter looks: two months back, or this day's midnight if it asks for coming days.

    Never the present moment: the text must stay the same until the day or an event changes.
    """
    if asked.when in {When.ANY, When.RANGE}:
        return window.since
    zone = asked.zone or settings.current().default_zone
    return at_wall(datetime.combine(to_wall(now(), zone), time()), zone)


def body(feed: PublicFeed, gzip: bool) -> tuple[Body, bool]:
    """The text of a feed, compressed if that is wanted and cheap; and whether a worker should make things ready."""
    shelf = shelf_of(settings.current())
    kept = shelf.find(feed.identity, feed.tag)
    if kept is not None:
        return (Body(kept, gzipped=True) if gzip else Body(unsqueezed(kept))), False
    built = build(feed)
    if len(built.data) > SMALL:
        return Body(built.data), True
    squeezed = squeeze(built.data)
    shelf.put(feed.identity, feed.tag, squeezed)
    return (Body(squeezed, gzipped=True) if gzip else Body(built.data)), bool(built.stale)


def build(feed: PublicFeed) -> Built:
    """Put a public feed together; only events whose kept text is out of date are written anew."""
    rows = db.session.execute(feed.select(queries.lines())).all()
    head = feed.head
    if len(rows) > queries.MOST:
        rows = rows[: queries.MOST]
        with force_locale(settings.current().default_locale):
            left_out = _("The next %(num)d events; later ones follow as their time comes nearer.", num=queries.MOST)
        head = replace(head, description=left_out)
    events, stale = written(rows)
    return Built(calendar(head, events), stale)


def written(rows: Sequence[Any]) -> tuple[list[str], list[int]]:
    """The text of each row of `queries.lines`, and the ids of the events whose kept text was of no use."""
    chosen = settings.current()
    names = queries.community_names({row[1] for row in rows})
    stamps = {community_id: stamp_of(name, "", chosen) for community_id, name in names.items()}
    events: list[str] = []
    missing: dict[int, int] = {}
    for event_id, community_id, changed, stamp, text in rows:
        if stamp is not None and stamp == stamps[community_id] + changed:
            events.append(text)
        else:
            missing[event_id] = len(events)
            events.append("")
    for row, tags in queries.details(list(missing)):
        events[missing[row.id]] = event_lines(entry_of(row, tags, chosen))
    return events, list(missing)


def personal_feed(account: Account, answers: dict[int, tuple[Answer | None, str]]) -> bytes:
    """A person's own calendar of the events in `answers` (see `queries.personal`)."""
    chosen = settings.current()
    events: dict[int, str] = {}
    for row, tags in queries.details(list(answers)):
        events[row.id] = event_lines(entry_of(row, tags, chosen, own=True, answer=answers[row.id][0]))
    head = Head(name=chosen.site_name, url=f"{chosen.url}/me", zone=account.zone, refresh=REFRESH)
    return calendar(head, [events[event_id] for event_id in answers if event_id in events])


def single(event_id: int, *, own: bool = False, answer: Answer | None = None) -> bytes:
    """One event as a calendar file, for a download or a letter. Raises NotFound."""
    for row, tags in queries.details([event_id]):
        return calendar(Head(), [event_lines(entry_of(row, tags, settings.current(), own=own, answer=answer))])
    raise NotFound(N_("There is no such event."))


def stamp_of(community: str, changed: str, chosen: Settings) -> str:
    """What the kept text of an event was made from: our way of writing, the community's name, the time of change.

    At most 40 characters; `changed` as in `queries.lines`.
    """
    said = f"{writing(chosen)}\0{community}".encode()
    return hashlib.blake2b(said, digest_size=6).hexdigest() + changed


@lru_cache(maxsize=8)
def writing(chosen: Settings) -> str:
    """Names all that text depends on beside the events: our way of writing, settings, and the rules of zones."""
    zone_rules = version("tzdata")
    names = [chosen.url, chosen.site_name, chosen.sender, chosen.calendar_host, chosen.default_locale]
    return hashlib.blake2b(repr([WRITING, zone_rules, *names]).encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=8)
def shelf_of(chosen: Settings) -> Shelf:
    """Where bodies are kept."""
    return Shelf(chosen.folder / "cache" / "feeds")
