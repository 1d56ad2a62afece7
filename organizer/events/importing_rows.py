"""From a row of texts to what an event needs, or to the reason why not. Pure: asks the gazetteer, never the database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from organizer.core.errors import N_, Invalid
from organizer.core.time import to_wall
from organizer.places import service as places
from organizer.places.service import Spot, VenueDraft

from .drafts import LONGEST_TEXT, LONGEST_TITLE, MOST_PLACES, checked_link
from .importing_columns import Columns
from .importing_files import SourceRow
from .schedule import Schedule, plan
from .words import tags_of

_LONGEST_DATE = 60  # characters
YES = frozenset({"yes", "y", "true", "1", "x", "on", "да"})
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:,?\s+(.+))?")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,?\s+(.+))?")
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:,?\s+(.+))?")
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})?(?::\d{2})?\s*(am|pm)?|(\d{1,2})\s*(am|pm)", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """How the file's rows are read. `day_first`: what 3/4/2026 means; None: nothing in the file tells."""

    columns: Columns
    home_zone: str
    day_first: bool | None = None
    shift: timedelta = timedelta()


@dataclass(frozen=True)
class RowEvent:
    """What one row says of an event, checked. `source_key` names it whatever the dates are shifted by."""

    line: int
    source_key: str
    title: str
    schedule: Schedule
    place: VenueDraft
    spot: Spot | None
    text: str
    tags: tuple[str, ...]
    website: str
    online_url: str
    is_online: bool
    locale: str
    capacity: int | None

    @property
    def has_city(self) -> bool:
        """Whether the row names a city."""
        return bool(self.place.city)

    @property
    def is_located(self) -> bool:
        """Whether we know where that is."""
        return self.spot is not None and self.spot.latitude is not None


def read_row(row: SourceRow, reading: Reading) -> RowEvent:
    """Return what `row` says. Raises Invalid with a reason fit to show beside its line."""

    def cell(field: str) -> str:
        return row.cells.get(reading.columns.get(field, ""), "")

    title = " ".join(cell("title").split())
    if not title:
        raise Invalid(N_("The row has no title."), "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(N_("The title is longer than %(most)s characters."), "title", most=LONGEST_TITLE)
    if len(cell("text")) > LONGEST_TEXT:
        raise Invalid(N_("The text is longer than %(most)s characters."), "text", most=LONGEST_TEXT)
    place = VenueDraft(
        name=cell("venue")[:120],
        address=cell("address")[:200],
        city=cell("city")[:120],
        country=cell("country")[:60],
        latitude=_number(cell("latitude"), "latitude"),
        longitude=_number(cell("longitude"), "longitude"),
        zone=cell("zone"),
    )
    has_place = any((place.name, place.address, place.city, place.latitude is not None))
    online_url = checked_link(cell("online_url"), "online_url")
    is_online = bool(online_url) or cell("online").casefold() in YES
    if not has_place and not is_online:
        raise Invalid(N_("The row says neither a place nor that it is online."), "city")
    spot = places.guessed_spot(place, reading.home_zone)
    starts = cell("starts")
    try:
        schedule = _schedule(starts, cell("start_time"), cell("ends"), cell("end_time"), spot.zone, reading)
    except OverflowError as error:
        raise Invalid(N_("Please check the year."), "starts") from error
    return RowEvent(
        line=row.line,
        source_key=_source_key(cell("source_key"), title, starts, place),
        title=title,
        schedule=schedule,
        place=place,
        spot=spot if has_place else None,
        text=cell("text"),
        tags=tags_of(cell("tags")),
        website=checked_link(cell("website").replace(" ", "%20"), "website"),
        online_url=online_url,
        is_online=is_online,
        locale=_locale(cell("locale")),
        capacity=_capacity(cell("capacity")),
    )


def day_first(texts: Iterable[str]) -> bool | None:
    """Say from all dates of a file whether 3/4/2026 begins with the day; None if nothing tells or they disagree."""
    firsts = [match for text in texts if (match := _SLASHES.fullmatch(text))]
    day, month = any(int(match[1]) > 12 for match in firsts), any(int(match[2]) > 12 for match in firsts)
    return None if day == month else day


def _source_key(number: str, title: str, starts: str, place: VenueDraft) -> str:
    """The source's own number, else title, first day as written, and place: what stays when other things change."""
    if number:
        return f"id:{number}"[:200]
    tidy = (" ".join(text.casefold().split()) for text in (starts, place.city or place.name, title))
    return "|".join(tidy)[:200]


def _schedule(starts: str, start_time: str, ends: str, end_time: str, zone: str, reading: Reading) -> Schedule:
    if not starts:
        raise Invalid(N_("The row has no date."), "starts")
    first, exact = read_when(starts, start_time, zone, reading.day_first)
    last, exact_end = read_when(ends, end_time, zone, reading.day_first) if ends else (None, exact)
    if last is not None and not exact_end:
        last += timedelta(days=1)  # a last day is a whole day
    if last is None and end_time and exact:
        last = datetime.combine(first.date(), read_clock(end_time))
        last += timedelta(days=1) if last <= first else timedelta()
    shifted = last + reading.shift if last is not None else None
    return plan(first + reading.shift, shifted, zone, all_day=not exact)


def read_when(day: str, clock: str, zone: str, is_day_first: bool | None) -> tuple[datetime, bool]:
    """Return the naive wall time in `zone` and whether it is exact (else a day). Raises Invalid naming the text."""
    found = _read_date(day, is_day_first)
    if found is None:
        raise Invalid(N_("“%(date)s” is no date that we can read. Write it as 2026-11-24."), "starts", date=day[:40])
    moment, exact = found
    if moment.tzinfo is not None:
        moment = to_wall(moment, zone)
    if clock and not exact:
        return datetime.combine(moment.date(), read_clock(clock)), True
    return moment, exact


def _read_date(text: str, is_day_first: bool | None) -> tuple[datetime, bool] | None:
    if len(text) > _LONGEST_DATE:
        return None
    try:
        return datetime.fromisoformat(text), len(text) > 10
    except ValueError:
        pass
    numbers: tuple[int, int, int]
    if match := _DAY_FIRST.fullmatch(text):
        numbers = int(match[3]), int(match[2]), int(match[1])
    elif match := _YEAR_FIRST.fullmatch(text):
        numbers = int(match[1]), int(match[2]), int(match[3])
    elif (match := _SLASHES.fullmatch(text)) and is_day_first is not None:
        day, month = (match[1], match[2]) if is_day_first else (match[2], match[1])
        numbers = int(match[3]), int(month), int(day)
    elif match:
        raise Invalid(N_("“%(date)s” may be two dates. Write it as 2026-11-24."), "starts", date=text)
    else:
        return None
    try:
        day_only = datetime.combine(date(*numbers), time())
    except ValueError:
        return None
    return (datetime.combine(day_only, read_clock(match[4])), True) if match[4] else (day_only, False)


def read_clock(text: str) -> time:
    """Read 18:30, 18.30, 6:30 pm or 6pm. Raises Invalid naming the text."""
    match = _CLOCK.fullmatch(text.strip())
    if match:
        hour, minute = int(match[1] or match[4]), int(match[2] or 0)
        if half := (match[3] or match[5] or "").lower():
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise Invalid(N_("“%(time)s” is no time that we can read. Write it as 18:30."), "start_time", time=text[:40])


def _number(text: str, field: str) -> float | None:
    """A coordinate; people write a comma for the point."""
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise Invalid(N_("“%(text)s” is no coordinate in degrees."), field, text=text[:40]) from error


def _capacity(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9 or int(text) > MOST_PLACES:
        raise Invalid(N_("“%(text)s” is no number of places."), "capacity", text=text[:40])
    return int(text)


def _locale(text: str) -> str:
    """The first language named: "EN,DE" is held in English."""
    match = re.match(r"([A-Za-z]{2,3})\b", text)
    return match[1].lower() if match else ""


def facts(event: RowEvent) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]:
    """What the row says of when, where, and the rest: each group is applied to a known event only if it changed."""
    schedule, place = event.schedule, event.place
    return (
        (schedule.starts_wall.isoformat(), schedule.ends_wall.isoformat(), schedule.all_day),
        (place, event.online_url, event.is_online),
        (event.title, event.text, event.tags, event.website, event.locale, event.capacity),
    )
