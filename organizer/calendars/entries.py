"""What of an event goes into a calendar, in the language of the event."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from babel import Locale, UnknownLocaleError
from flask_babel import force_locale
from flask_babel import gettext as _

from organizer.events.models import State
from organizer.places.countries import display_name
from organizer.rsvps.models import Answer
from organizer.settings import Settings
from organizer.web.i18n import LOCALES

from .ics import CalendarEntry, Status

LONGEST_TEXT = 2000  # characters of a description; the page has the rest


def uid_of(key: str, settings: Settings) -> str:
    """The UID of an event in every feed, file and letter, for life: not a word of it depends on name or address."""
    return f"{key}@{settings.calendar_host}"


def url_of(key: str, slug: str, settings: Settings) -> str:
    """The public address of an event's page. Written out: a feed asks for ten thousand of them."""
    return f"{settings.url}/events/{key}/{slug}"


def entry_of(
    row: Any, tags: tuple[str, ...], settings: Settings, *, own: bool = False, answer: Answer | None = None
) -> CalendarEntry:
    """The entry of a row of `queries.details`.

    `own`: for the calendar of somebody who comes or hosts, who may know where to meet online; an `answer` other
    than going is said in the title. Of an event that hides its address others than who is going or hosts are told the
    city only.
    """
    row = _told(row, knows=own and answer in (None, Answer.GOING))
    locale = language(row.locale, row.community_locale, settings)
    url = url_of(row.key, row.slug, settings)
    return CalendarEntry(
        uid=uid_of(row.key, settings),
        sequence=row.sequence,
        created=row.created_at,
        changed=row.changed_at,
        starts_wall=row.starts_wall,
        ends_wall=row.ends_wall,
        zone=row.zone,
        all_day=row.all_day,
        title=_title(row, answer, locale),
        description="\n\n".join(_paragraphs(row, own, url, locale)),
        location=_location(row, own, locale),
        latitude=row.latitude,
        longitude=row.longitude,
        url=url,
        categories=tags,
        status=_status(row.state, answer),
        organizer_name=row.community,
        organizer_mail=settings.sender,
    )


def _told(row: Any, *, knows: bool) -> Any:
    """The row as its reader may know it: see `events.whereabouts`."""
    if not row.hides_address:
        return row
    seen: dict[str, Any] = {**row._mapping, "is_veiled": not knows}
    if not knows:
        seen |= dict.fromkeys(("venue", "address", "note", "online_url"), "")
    elif row.exact_latitude is not None:
        seen |= {"latitude": row.exact_latitude, "longitude": row.exact_longitude}
    return SimpleNamespace(**seen)


def language(event_locale: str, community_locale: str, settings: Settings) -> str:
    """The first of these languages that we speak."""
    known = (locale for locale in (event_locale, community_locale) if locale in LOCALES)
    return next(known, settings.default_locale)


@lru_cache(maxsize=1024)
def country_name(code: str, locale: str) -> str:
    """The name of a country in `locale`, "" for no code."""
    try:
        return display_name(code, Locale.parse(locale)) if code else ""
    except (UnknownLocaleError, ValueError):
        return code


def place(venue: str | None, address: str | None, city: str, country: str, locale: str) -> str:
    """Where something is, in one line and nothing twice; `country` is a code and becomes a name in `locale`."""
    parts = [venue or "", address or "", city, country_name(country, locale)]
    return ", ".join(part for n, part in enumerate(parts) if part and part not in parts[:n])


def plain(markdown: str) -> str:
    """Markdown as a person would type it into a plain text field: marks removed, link addresses kept."""
    text = _IMAGE.sub(r"\1", markdown)
    text = _LINK.sub(lambda m: m[2] if m[1] == m[2] else f"{m[1]} ({m[2]})", text)
    text = _HEADING.sub(r"\1", text)
    text = _MARKED.sub(r"\2", text)
    text = _ESCAPED.sub(r"\1", text)
    return _GAPS.sub("\n\n", text).strip()


_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[([^\]]+)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE)
_MARKED = re.compile(r"(?<![\w*_`])(\*\*|__|\*|_|`)(?=\S)(.+?)(?<=\S)\1(?![\w*_`])")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!<>~|-])")
_GAPS = re.compile(r"\n\s*\n\s*")


def _title(row: Any, answer: Answer | None, locale: str) -> str:
    if row.state == State.CANCELLED:
        with force_locale(locale):
            return str(_("Cancelled: %(title)s", title=row.title))
    if answer in (Answer.WAITLISTED, Answer.OFFERED):
        with force_locale(locale):
            return str(_("Waitlist: %(title)s", title=row.title))
    if answer == Answer.PENDING:
        with force_locale(locale):
            return str(_("Asked to join: %(title)s", title=row.title))
    return str(row.title)


def _status(state: State, answer: Answer | None) -> Status:
    if state == State.CANCELLED:
        return Status.CANCELLED
    unsure = state == State.DRAFT or answer in (Answer.WAITLISTED, Answer.OFFERED, Answer.PENDING)
    return Status.TENTATIVE if unsure else Status.CONFIRMED


def _paragraphs(row: Any, own: bool, url: str, locale: str) -> Iterable[str]:
    if row.state == State.CANCELLED and row.cancel_reason:
        yield row.cancel_reason
    if own and row.online_url:
        with force_locale(locale):
            yield _("Join online: %(url)s", url=row.online_url)
    if row.hides_address and row.is_veiled and row.city:
        with force_locale(locale):
            yield _("The exact address is shown to those who are going.")
    if row.note:
        yield row.note
    text = plain(row.text)
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rsplit(maxsplit=1)[0] + " …"
    if text:
        yield text
    if row.website:
        yield row.website
    yield url


def _location(row: Any, own: bool, locale: str) -> str:
    if row.is_online and not (row.venue or row.address or (row.hides_address and row.city)):
        if own and row.online_url:
            return str(row.online_url)
        with force_locale(locale):
            return str(_("Online"))
    return place(row.venue, row.address, row.city, row.country, locale)
