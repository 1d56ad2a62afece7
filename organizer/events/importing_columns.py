"""Which column of an import file means what: guessed from its header, said by a person, remembered for the next time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from organizer.core.errors import N_, Invalid
from organizer.places.names import fold

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "title": (N_("Title"), ("title", "name", "summary", "event", "event name", "subject", "заглавие", "име")),
    "starts": (
        N_("First day, or date and time"),
        ("startdate", "start", "starts", "date", "begin", "start date", "dtstart", "starts at", "начало", "дата"),
    ),
    "start_time": (N_("Time of the start"), ("start time", "starttime", "time", "час")),
    "ends": (
        N_("Last day, or date and time"),
        ("enddate", "end", "ends", "end date", "dtend", "ends at", "finish", "край"),
    ),
    "end_time": (N_("Time of the end"), ("end time", "endtime")),
    "venue": (N_("Place"), ("venue", "place", "venue name", "location", "място")),
    "address": (N_("Address"), ("address", "street", "venue address", "адрес")),
    "city": (N_("City"), ("city", "town", "locality", "град")),
    "country": (N_("Country"), ("country", "country code", "държава")),
    "latitude": (N_("Latitude"), ("latitude", "lat")),
    "longitude": (N_("Longitude"), ("longitude", "lon", "lng", "long")),
    "zone": (N_("Time zone"), ("timezone", "time zone", "tz", "tzid", "zone")),
    "text": (N_("Text"), ("description", "text", "details", "about", "описание")),
    "tags": (N_("Tags"), ("tags", "topic", "topics", "tag", "category", "categories", "keywords", "теми")),
    "website": (N_("Web page"), ("url", "website", "link", "web", "homepage", "сайт")),
    "online": (N_("Is online (yes or no)"), ("online", "is online", "virtual")),
    "online_url": (N_("Online link"), ("online url", "stream", "online link", "meeting url")),
    "locale": (N_("Language"), ("language", "locale", "locales", "lang", "език")),
    "capacity": (N_("Places"), ("capacity", "places", "seats", "limit")),
    "source_key": (N_("Number or name in the source"), ("id", "uid", "guid", "source key")),
}
"""Our field → what it is called and the headers, folded, by which we know it. A file need only have the first two."""

REQUIRED = ("title", "starts")

Columns = Mapping[str, str]
"""Our field → the file's header. A field that is missing is not in the file."""


class BadMapping(Invalid):
    """Columns are said in a way that cannot be."""


def guessed(headers: Iterable[str]) -> dict[str, str]:
    """Return the likely meaning of columns; each column means one thing at most."""
    by_key = {fold(header): header for header in reversed(list(headers))}
    mapping: dict[str, str] = {}
    for field, (_label, known) in FIELDS.items():
        header = next((by_key[name] for name in known if name in by_key), None)
        if header is not None and header not in mapping.values():
            mapping[field] = header
    return mapping


def checked(mapping: Columns, headers: Iterable[str]) -> dict[str, str]:
    """Return the mapping without what is empty. Raises BadMapping naming the field."""
    there = set(headers)
    kept = {field: header for field, header in mapping.items() if header}
    for field, header in kept.items():
        if field not in FIELDS:
            raise BadMapping(N_("There is no field %(name)s."), field, name=field)
        if header not in there:
            raise BadMapping(N_("The file has no column “%(header)s”."), field, header=header)
    for field in REQUIRED:
        if field not in kept:
            raise BadMapping(N_("Say which column holds this: without it there is no event."), field)
    return kept


def fingerprint(headers: Iterable[str]) -> str:
    """Return what names files with the same columns, in whatever order: 64 hex digits."""
    return hashlib.sha256("\x1f".join(sorted(headers)).encode()).hexdigest()
