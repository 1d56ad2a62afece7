"""The one writer of iCalendar text (RFC 5545, 7986) for feeds, single files and mail.

Why events are written as own lines: the icalendar package needs about 240 µs for an event and folds
character by character; these lines need a tenth of that, and after one change in ten thousand events only one
block is written anew. Its text escaping also turns the typed characters `\\N` into a line break. What is not
hot comes from icalendar: the VTIMEZONE components (`timezones`), and it reads everything back in the tests,
where its own writer must agree with ours byte by byte.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from organizer.calendars.timezones import UTC_ZONES, is_unclear, vtimezone
from organizer.core.time import at_wall

PRODID = "-//Organizer//Organizer calendar//EN"
FOLD = 75  # octets of a content line without its line break, RFC 5545 section 3.1


class Status(enum.Enum):
    """STATUS of an event, RFC 5545 section 3.8.1.11."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


class Method(enum.Enum):
    """METHOD of a calendar, RFC 5546: a feed publishes, a mail asks or takes back."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One event as a calendar program shall show it; every text plain and as it shall be read."""

    uid: str  # the same for life, in every feed, file and mail
    sequence: int
    created: datetime  # aware
    changed: datetime  # aware; DTSTAMP, so that the same event is the same bytes
    starts_wall: datetime  # naive, on the clocks of `zone`
    ends_wall: datetime  # naive; of an all-day entry 00:00 of the day after its last
    zone: str  # IANA name
    all_day: bool
    title: str
    description: str = ""
    location: str = ""
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    categories: tuple[str, ...] = ()
    status: Status = Status.CONFIRMED
    organizer_name: str = ""  # left out unless both are given
    organizer_mail: str = ""  # a group or no-reply address, never a person's
    attendee_name: str = ""
    attendee_mail: str = ""  # of the one person whom this is mailed to; empty in feeds and files
    stamped: datetime | None = None  # when this message was written, aware; None: `changed`


@dataclass(frozen=True, slots=True)
class Head:
    """What a calendar says about itself."""

    name: str = ""
    description: str = ""
    url: str = ""  # the page a person would open
    source: str = ""  # where to fetch this calendar again; empty for a secret address
    zone: str = ""
    colour: str = ""  # a CSS3 colour name, RFC 7986 section 5.9
    refresh: timedelta | None = None
    method: Method = Method.PUBLISH


def event_lines(entry: CalendarEntry) -> str:
    """The VEVENT of one entry. Wall times that readers would understand differently are written in UTC."""
    starts, ends = _times(entry)
    free = entry.status is Status.CANCELLED
    lines = [
        "BEGIN:VEVENT",
        f"UID:{text(entry.uid)}",
        f"DTSTAMP:{_utc(entry.stamped or entry.changed)}",
        starts,
        ends,
        f"SUMMARY:{text(entry.title)}",
        f"DESCRIPTION:{text(entry.description)}" if entry.description else "",
        f"LOCATION:{text(entry.location)}" if entry.location else "",
        _geo(entry.latitude, entry.longitude),
        f"URL:{uri(entry.url)}" if entry.url else "",
        f"CATEGORIES:{','.join(map(text, entry.categories))}" if entry.categories else "",
        _organizer(entry),
        _attendee(entry),
        f"STATUS:{entry.status.value}",
        "TRANSP:TRANSPARENT" if free else "",
        f"SEQUENCE:{entry.sequence}",
        f"CREATED:{_utc(entry.created)}",
        f"LAST-MODIFIED:{_utc(entry.changed)}",
        "END:VEVENT",
    ]
    return b"".join(map(fold, filter(None, lines))).decode()


def calendar(head: Head, events: Iterable[str]) -> bytes:
    """A whole calendar: the head, a VTIMEZONE for each zone in use, the `event_lines` in their order."""
    events = list(events)
    spans: dict[str, list[int]] = {}
    for use in {_zone_use(lines) for lines in events} - {""}:
        zone, _, year = use.rpartition(":")
        spans.setdefault(zone, []).append(int(year))
    # An event may end in the year after it began.
    zones = [vtimezone(zone, min(years), max(years) + 1) for zone, years in sorted(spans.items())]
    return b"".join([_head(head), *zones, "".join(events).encode(), b"END:VCALENDAR\r\n"])


def _zone_use(lines: str) -> str:
    """ "Europe/Sofia:2026" for an event that begins then and there, "" for one that needs no VTIMEZONE."""
    start = lines.find(_ZONED, 0, 512)  # behind UID and DTSTAMP
    if start < 0:
        return ""
    start += len(_ZONED)
    return lines[start : lines.index(":", start) + 5]


def text(value: str) -> str:
    r"""A TEXT value, RFC 5545 section 3.3.11: `\ ; ,` and line breaks escaped, control characters gone."""
    if _ODD.search(value):  # rare, and five times the price of the replacements below
        value = value.replace("\r\n", "\n").translate(_TAMED)
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def uri(value: str) -> str:
    """A URI value: nothing is escaped, so nothing may stay that could end the line."""
    return value.translate(_ONE_LINE).replace(" ", "%20")


def parameter(value: str) -> str:
    """A quoted parameter value, RFC 5545 section 3.2, which has no way to say a double quote."""
    return f'"{value.translate(_ONE_LINE).replace(chr(34), chr(39))}"'


def fold(line: str) -> bytes:
    """One content line with CRLF, broken before each 76th octet but never inside a character."""
    raw = line.encode("utf-8", "replace")
    if len(raw) <= FOLD:
        return raw + b"\r\n"
    pieces, start, room = [], 0, FOLD
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:  # inside a UTF-8 character
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, FOLD - 1  # the blank that continues a line counts
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces) + b"\r\n"


# C0 and C1 control characters and DEL have no place in text; these others end a line for some reader.
_CONTROLS = [c for c in [*range(0x20), *range(0x7F, 0xA0)] if c != 0x09]
_BREAKS = [0x0A, 0x0D, 0x85, 0x2028, 0x2029]
_ZONED = "\r\nDTSTART;TZID="
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_TAMED = dict.fromkeys(_CONTROLS, "") | dict.fromkeys(_BREAKS, "\n")
_ONE_LINE = dict.fromkeys(_CONTROLS, "") | dict.fromkeys(_BREAKS, " ")


def _times(entry: CalendarEntry) -> tuple[str, str]:
    """The lines DTSTART and DTEND."""
    starts, ends = entry.starts_wall, entry.ends_wall
    if entry.all_day:
        after = max(ends.date(), starts.date() + timedelta(days=1))  # DTEND is exclusive
        return f"DTSTART;VALUE=DATE:{_day(starts.date())}", f"DTEND;VALUE=DATE:{_day(after)}"
    if entry.zone in UTC_ZONES:
        return f"DTSTART:{_wall(starts)}Z", f"DTEND:{_wall(ends)}Z"
    if is_unclear(starts, entry.zone) or is_unclear(ends, entry.zone):
        since, until = at_wall(starts, entry.zone), at_wall(ends, entry.zone)
        if until <= since:  # the clock jumps in between, over the very end
            until = since + (ends - starts)
        return f"DTSTART:{_utc(since)}", f"DTEND:{_utc(until)}"
    return f"DTSTART;TZID={entry.zone}:{_wall(starts)}", f"DTEND;TZID={entry.zone}:{_wall(ends)}"


def _geo(latitude: float | None, longitude: float | None) -> str:
    if latitude is None or longitude is None:
        return ""
    return f"GEO:{latitude:.6f};{longitude:.6f}"


def _organizer(entry: CalendarEntry) -> str:
    if not (entry.organizer_name and entry.organizer_mail):
        return ""
    return f"ORGANIZER;CN={parameter(entry.organizer_name)}:mailto:{uri(entry.organizer_mail)}"


def _attendee(entry: CalendarEntry) -> str:
    """Who comes, as somebody who has answered already (RFC 5545 section 3.8.4.1): nobody is asked again."""
    if not entry.attendee_mail:
        return ""
    name = f";CN={parameter(entry.attendee_name)}" if entry.attendee_name else ""
    return f"ATTENDEE{name};PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{uri(entry.attendee_mail)}"


def _head(head: Head) -> bytes:
    every = _duration(head.refresh) if head.refresh else ""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{head.method.value}",
        f"NAME:{text(head.name)}" if head.name else "",
        f"X-WR-CALNAME:{text(head.name)}" if head.name else "",
        f"DESCRIPTION:{text(head.description)}" if head.description else "",
        f"X-WR-CALDESC:{text(head.description)}" if head.description else "",
        f"URL:{uri(head.url)}" if head.url else "",
        f"SOURCE;VALUE=URI:{uri(head.source)}" if head.source else "",
        f"X-WR-TIMEZONE:{text(head.zone)}" if head.zone else "",
        f"COLOR:{text(head.colour)}" if head.colour else "",
        f"REFRESH-INTERVAL;VALUE=DURATION:{every}" if every else "",
        f"X-PUBLISHED-TTL:{every}" if every else "",
    ]
    return b"".join(map(fold, filter(None, lines)))


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _wall(at: datetime) -> str:
    return f"{_day(at)}T{at.hour:02}{at.minute:02}{at.second:02}"


def _utc(at: datetime) -> str:
    return f"{_wall(at.astimezone(UTC))}Z"


def _duration(length: timedelta) -> str:
    """An RFC 5545 duration in whole minutes, hours where they fit: readers in the wild know PT1H best."""
    minutes = int(length / timedelta(minutes=1))
    return f"PT{minutes // 60}H" if minutes % 60 == 0 else f"PT{minutes}M"
