"""How templates say times, dates and numbers, in the visitor's language.

Patterns are read from CLDR once a language and results are remembered, since a list asks for the same days again
and again. Wall times are naive and belong to the event's zone; nothing here converts unless a zone is given.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimeFormat, format_skeleton, get_timezone_location, parse_pattern
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import gettext

from organizer.core.time import at_wall, now, to_wall, zone_of
from organizer.web.relative import ago, days_away, in_days, of
from organizer.web.words import language

# Where CLDR's own pattern reads stiffly, we say it as people do.
_DAY = {"en": "EEE d MMM", "bg": "EEE, d MMM"}
_DAY_YEAR = {"en": "EEE d MMM y", "bg": "EEE, d MMM y 'г.'"}
_LONG_DAY = {"en": "EEEE d MMMM y", "bg": "EEEE, d MMMM y 'г.'"}
_CLOCK = {"en": "HH:mm", "bg": "HH:mm"}
_NIGHT_ENDS = time(6, 0)  # a party that ends before six belongs to the day it began


class _Fields(dict[str, str]):
    """Values of pattern fields; the rare ones come from Babel."""

    def __init__(self, moment: datetime, locale: Locale) -> None:
        super().__init__(
            E=locale.days["format"]["abbreviated"][moment.weekday()],
            d=str(moment.day),
            MMM=locale.months["format"]["abbreviated"][moment.month],
            y=str(moment.year),
            HH=f"{moment.hour:02}",
            mm=f"{moment.minute:02}",
            EEE=locale.days["format"]["abbreviated"][moment.weekday()],
        )
        self._rare = DateTimeFormat(moment, locale)

    def __missing__(self, name: str) -> str:
        return str(self._rare[name])


@lru_cache(maxsize=64)
def _locale(spoken: str) -> Locale:
    try:
        return Locale.parse(spoken)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=256)
def _pattern(kind: str, spoken: str) -> str:
    """The %-pattern of "day", "day_year", "long_day" or "clock" in a language."""
    locale = _locale(spoken)
    ours = {"day": _DAY, "day_year": _DAY_YEAR, "long_day": _LONG_DAY, "clock": _CLOCK}[kind].get(locale.language)
    if ours is None and kind == "clock":
        ours = locale.time_formats["short"].pattern
    elif ours is None and kind == "long_day":
        ours = locale.date_formats["full"].pattern
    elif ours is None:
        skeletons = locale.datetime_skeletons
        ours = skeletons["MMMEd" if kind == "day" else "yMMMEd"].pattern
    return str(parse_pattern(ours).format)


@lru_cache(maxsize=16384)
def _say(kind: str, moment: datetime, spoken: str) -> str:
    return _pattern(kind, spoken) % _Fields(moment, _locale(spoken))


def _moment(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def day(value: date | datetime, year: bool | None = None) -> str:
    """ "Sat 28 Nov"; with the year if `year` says so, or by itself if it is not the present one."""
    moment = _moment(value)
    with_year = moment.year != now().year if year is None else year
    return _say("day_year" if with_year else "day", moment, language())


def short_day(value: date | datetime) -> str:
    """ "28 Nov", for the axis of a plot."""
    return format_skeleton("MMMd", _moment(value), locale=_locale(language()))


def is_over(event: Any) -> bool:
    """Whether the end of an event has passed."""
    ends_at = event["ends_at"] if isinstance(event, dict) else event.ends_at
    return bool(ends_at and ends_at <= now())


def long_day(value: date | datetime) -> str:
    """ "Saturday 28 November 2026"."""
    return _say("long_day", _moment(value), language())


def clock(value: datetime) -> str:
    """ "18:30", as the language writes it."""
    return _say("clock", value, language())


def last_day(event: Any) -> date:
    """The last day of an event; an all-day event ends at 00:00 of the day after."""
    starts: datetime = of(event, "starts_wall")
    ends: datetime = of(event, "ends_wall") or starts
    if of(event, "all_day") and ends > starts and ends.time() == time():
        ends -= timedelta(days=1)
    return max(starts.date(), ends.date())


def when(event: Any, zone: str | None = None) -> str:
    """ "Sat 28 Nov, 18:30–20:30" for anything with starts_wall, ends_wall and all_day.

    Adds the year if it is not the present one, and the second day if there is one. With `zone` it says what clocks
    there show (then the event also needs starts_at and ends_at).
    """
    starts, ends = of(event, "starts_wall"), of(event, "ends_wall") or of(event, "starts_wall")
    all_day = bool(of(event, "all_day"))
    if zone and not all_day:
        starts, ends = to_wall(of(event, "starts_at"), zone), to_wall(of(event, "ends_at"), zone)
    if all_day:
        ends = _moment(last_day(event))
    return _span(starts, ends, all_day, now().year, language())


def hours(event: Any) -> str:
    """ "18:30–20:30" of an event within one day or night; "" for others, whose days must be said."""
    starts, ends = of(event, "starts_wall"), of(event, "ends_wall") or of(event, "starts_wall")
    if of(event, "all_day") or not (starts.date() == ends.date() or _is_night(starts, ends)):
        return ""
    return clock(starts) if starts == ends else f"{clock(starts)}–{clock(ends)}"


def _is_night(starts: datetime, ends: datetime) -> bool:
    return ends.date() - starts.date() == timedelta(days=1) and ends.time() <= _NIGHT_ENDS


@lru_cache(maxsize=16384)
def _span(starts: datetime, ends: datetime, all_day: bool, this_year: int, spoken: str) -> str:
    kind = "day" if starts.year == ends.year == this_year else "day_year"
    first, last = _say(kind, starts, spoken), _say(kind, ends, spoken)
    if all_day:
        return (
            first if first == last else f"{_say('day', starts, spoken) if starts.year == ends.year else first} – {last}"
        )
    begin, end = _say("clock", starts, spoken), _say("clock", ends, spoken)
    if starts == ends:
        return f"{first}, {begin}"
    if starts.date() == ends.date() or _is_night(starts, ends):
        return f"{first}, {begin}–{end}"
    return f"{first}, {begin} – {last}, {end}"


@lru_cache(maxsize=4096)
def _tile(moment: datetime, spoken: str) -> tuple[str, str, str]:
    locale = _locale(spoken)
    month = locale.months["stand-alone"]["abbreviated"][moment.month]
    return locale.days["stand-alone"]["abbreviated"][moment.weekday()], str(moment.day), month


def tile(value: date | datetime) -> tuple[str, str, str]:
    """Weekday, day and month of a date tile: ("Sat", "28", "Nov")."""
    return _tile(datetime.combine(value, time()), language())


class Card(NamedTuple):
    """All that a card says about time; made in one go, since lists show fifty of them."""

    weekday: str
    number: str
    month: str
    day: str  # "Sat 28 Nov", for the ear
    hours: str  # "18:30–20:30", or all of `when` if the event is not within one day
    within_a_day: bool
    zone: str  # "" for all-day events
    datetime: str


def card_time(event: Any) -> Card:
    """The words of an event's card, remembered by time, zone and language."""
    starts = of(event, "starts_wall")
    ends = of(event, "ends_wall") or starts
    return _card(starts, ends, of(event, "zone"), bool(of(event, "all_day")), now().year, language())


@lru_cache(maxsize=16384)
def _card(starts: datetime, ends: datetime, zone: str, all_day: bool, this_year: int, spoken: str) -> Card:
    event = {"starts_wall": starts, "ends_wall": ends, "all_day": all_day}
    within = hours(event)
    shown = "" if all_day else _zone_name(zone, starts.replace(minute=0, second=0, microsecond=0), spoken)
    instant = starts.date().isoformat() if all_day else iso(at_wall(starts, zone))
    said = day(starts, year=starts.year != this_year)
    return Card(*tile(starts), said, within or when(event), bool(within), shown, instant)


@lru_cache(maxsize=4096)
def _zone_name(zone: str, moment: datetime, spoken: str) -> str:
    short = moment.replace(tzinfo=zone_of(zone)).tzname() or ""
    if short.isalpha():
        return short
    place = get_timezone_location(zone, locale=_locale(spoken), return_city=True)
    return str(gettext("%(city)s time", city=place))


def zone_name(zone: str, wall: datetime) -> str:
    """How people call `zone` at `wall`: "EET", or "Almaty time" where there is no word for it."""
    return _zone_name(zone, wall.replace(tzinfo=None, minute=0, second=0, microsecond=0), language())


@lru_cache(maxsize=4096)
def _number(value: float, spoken: str) -> str:
    return format_decimal(value, locale=_locale(spoken))


def number(value: float) -> str:
    """ "12,345" as the language groups it."""
    return _number(value, language())


def country(code: str | None) -> str:
    """The name of an ISO 3166 country; "" for none, the code itself if it is unknown."""
    return str(_locale(language()).territories.get(code.upper(), code)) if code else ""


def wall(instant: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at an aware instant."""
    return to_wall(instant, zone)


def at(instant: datetime, zone: str) -> str:
    """ "Sat 28 Nov, 18:30": an aware instant as clocks in `zone` show it."""
    shown = to_wall(instant, zone)
    return f"{day(shown)}, {clock(shown)}"


def passed(instant: datetime) -> bool:
    """Whether an aware instant lies behind us."""
    return instant <= now()


def iso(instant: datetime) -> str:
    """An aware instant for a `datetime` attribute: "2026-11-28T16:30:00Z"."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def init_app(app: Flask) -> None:
    """Register everything above as filters."""
    named = (
        day,
        short_day,
        is_over,
        long_day,
        clock,
        when,
        hours,
        card_time,
        tile,
        zone_name,
        in_days,
        days_away,
        ago,
        number,
        country,
        wall,
        at,
        passed,
        iso,
        last_day,
    )
    app.jinja_env.filters.update({function.__name__: function for function in named})
