"""VTIMEZONE components made from the zone rules that Python itself uses (RFC 5545, section 3.6.5).

Three readers in wide use take only the first date of an RDATE list, so a component here holds either one
yearly RRULE or one single DTSTART, never a list. Zones that follow "the last Sunday of March" get open rules;
zones whose changes no such rule can tell (Morocco's Ramadan, Israel's Friday before the last Sunday, a change
of law) get one sub-component for each change in the years asked for.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from organizer.core.time import zone_of

if TYPE_CHECKING:
    from icalendar import TimezoneDaylight, TimezoneStandard

STEP = timedelta(days=10)  # shorter than any stay in an offset since 1970; a test compares with hourly steps
YEARS_AHEAD = 10  # in so many years each weekday falls on each day a rule allows, so a rule is not seen by chance
UTC_ZONES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"})
EPOCH = 1970  # rules begin here: some readers (vobject) judge a zone by what it does in the years from 2000
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Change:
    """One moment at which a zone's offset changes."""

    onset: datetime  # naive wall time, told by the clock that is about to be changed
    before: timedelta  # offset from UTC until the onset
    after: timedelta
    name: str
    summer: bool

    @property
    def shape(self) -> tuple[object, ...]:
        """All that a yearly rule repeats, except which week of the month."""
        return (self.onset.month, self.onset.weekday(), self.onset.time(), self.before, self.after, self.name)

    @property
    def weeks(self) -> frozenset[int]:
        """The ways to count this weekday in its month: 1 to 4 from the front, -1 for the last."""
        last = monthrange(self.onset.year, self.onset.month)[1] - self.onset.day < 7
        nth = (self.onset.day - 1) // 7 + 1
        return frozenset(([nth] if nth < 5 else []) + ([-1] if last else []))


def is_unclear(wall: datetime, zone: str) -> bool:
    """Whether the naive `wall` time happens twice or never in `zone`, so that readers disagree on it."""
    aware = wall.replace(tzinfo=zone_of(zone), fold=0)
    return aware.utcoffset() != aware.replace(fold=1).utcoffset()


@lru_cache(maxsize=2048)
def vtimezone(zone: str, first_year: int, last_year: int) -> bytes:
    """The VTIMEZONE of an IANA `zone`, right for every wall time in the years asked for, ends included.

    Raises ValueError for an unknown zone.
    """
    from icalendar import Timezone  # only here and below: most processes start without needing it

    start = first_year - 1  # the change that rules in January lies in the year before
    changes = _changes(zone, start, last_year + YEARS_AHEAD)
    ruled_from, rules = _yearly_rules(changes, start, last_year + YEARS_AHEAD)
    singles = [c for c in changes if c.onset.year < ruled_from and c.onset.year <= last_year + 1]
    component = Timezone()
    component.add("TZID", zone)
    if ruled_from > start:
        component.add_component(_observance(_steady(zone, start), None))
    for change in singles:
        component.add_component(_observance(change, None))
    for change, week in rules:
        component.add_component(_observance(_long_ago(change, week) if ruled_from == start else change, week))
    written: bytes = component.to_ical()
    return written


def _steady(zone: str, year: int) -> Change:
    """The offset a zone has when `year` begins, as if it had always been so."""
    aware = datetime(year, 1, 1, tzinfo=zone_of(zone))
    offset = aware.utcoffset() or timedelta()
    onset = aware.replace(year=min(EPOCH, year), tzinfo=None)
    return Change(onset, offset, offset, aware.tzname() or zone, summer=False)


def _long_ago(change: Change, week: int) -> Change:
    """The same rule as if it had always held."""
    year = min(EPOCH, change.onset.year)
    length = monthrange(year, change.onset.month)[1]
    days = range(1, length + 1) if week > 0 else range(length, 0, -1)
    onsets = (change.onset.replace(year=year, day=day) for day in days)
    same_weekday = [onset for onset in onsets if onset.weekday() == change.onset.weekday()]
    return replace(change, onset=same_weekday[abs(week) - 1])


def _changes(zone: str, first_year: int, last_year: int) -> list[Change]:
    return list(_walk(zone_of(zone), datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)))


def _walk(zone: ZoneInfo, moment: datetime, end: datetime) -> Iterator[Change]:
    """Each change of offset in `zone` from `moment` up to `end` (aware UTC), found by steps and halving."""
    here = moment.astimezone(zone)
    while moment < end:
        following = moment + STEP
        there = following.astimezone(zone)
        if there.utcoffset() != here.utcoffset():
            onset = _halve(zone, moment, following)
            then = onset.astimezone(zone)
            if onset < end:
                yield _change(onset, here, then)
            moment, here = onset, then
        else:
            moment, here = following, there


def _halve(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first minute after `low` with another offset; zones have changed on whole minutes since 1972."""
    offset = low.astimezone(zone).utcoffset()
    minutes = int((high - low) / timedelta(minutes=1))
    below = 0
    while minutes - below > 1:
        middle = (below + minutes) // 2
        if (low + timedelta(minutes=middle)).astimezone(zone).utcoffset() == offset:
            below = middle
        else:
            minutes = middle
    return low + timedelta(minutes=minutes)


def _change(onset: datetime, old: datetime, new: datetime) -> Change:
    """`summer` is the half with the clock ahead, also where the law calls winter the exception (Ireland)."""
    before, after = old.utcoffset() or timedelta(), new.utcoffset() or timedelta()
    winter_is_exception = (old.dst() or timedelta()) < timedelta()
    summer = after > before and (bool(new.dst()) or winter_is_exception)
    return Change((onset + before).replace(tzinfo=None), before, after, new.tzname() or "", summer)


def _yearly_rules(changes: list[Change], first: int, last: int) -> tuple[int, list[tuple[Change, int]]]:
    """The year from which changes repeat every year until `last`, and the first of each kind with its week.

    `(last + 1, [])` when they do not.
    """
    by_year = {year: list(group) for year, group in groupby(changes, key=lambda c: c.onset.year)}
    model = by_year.get(last, [])
    weeks = [change.weeks for change in model]
    ruled_from = last + 1
    for year in range(last, first - 1, -1):
        found = by_year.get(year, [])
        if [c.shape for c in found] != [c.shape for c in model]:
            break
        common = [kept & change.weeks for kept, change in zip(weeks, found, strict=True)]
        if not all(common):
            break
        weeks, ruled_from = common, year
    if not model or last - ruled_from < YEARS_AHEAD - 2:
        return last + 1, []
    return ruled_from, [(c, min(week)) for c, week in zip(by_year[ruled_from], weeks, strict=True)]


def _observance(change: Change, week: int | None) -> TimezoneStandard | TimezoneDaylight:
    """One sub-component; a yearly rule when `week` says which weekday of the month it falls on."""
    from icalendar import TimezoneDaylight, TimezoneStandard, vRecur

    part = TimezoneDaylight() if change.summer else TimezoneStandard()
    part.add("DTSTART", change.onset)
    part.add("TZOFFSETFROM", change.before)
    part.add("TZOFFSETTO", change.after)
    part.add("TZNAME", change.name)
    if week is not None:
        day = f"{week}{WEEKDAYS[change.onset.weekday()]}"
        part.add("RRULE", vRecur(FREQ="YEARLY", BYMONTH=change.onset.month, BYDAY=day))
    return part
