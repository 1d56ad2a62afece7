"""How far a moment is, as people say it: "in 3 days", "happening now", "5 minutes ago"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_babel import gettext, ngettext

from organizer.core.time import now, to_wall
from organizer.web.words import language


def of(event: Any, name: str) -> Any:
    """A field of a model, a row or a mapping; None if it has no such field."""
    return event.get(name) if isinstance(event, Mapping) else getattr(event, name, None)


def in_days(event: Any) -> str:
    """How far an event is, in days of its own zone: "today", "tomorrow", "in 3 weeks", "yesterday", "happening now"."""
    present, zone = now(), of(event, "zone")
    starts_at, ends_at = of(event, "starts_at"), of(event, "ends_at")
    if starts_at and ends_at and starts_at <= present < ends_at:
        return str(gettext("happening now"))
    days = (of(event, "starts_wall").date() - to_wall(present, zone).date()).days
    return days_away(days)


def days_away(days: int) -> str:
    """ "today", "in 3 days", "in 2 weeks", "in 3 months", "2 days ago" for a number of days from today."""
    return _days_away(days, language())


@lru_cache(maxsize=4096)
def _days_away(days: int, _spoken: str) -> str:
    if days in (-1, 0, 1):
        return str((gettext("yesterday"), gettext("today"), gettext("tomorrow"))[days + 1])
    count = abs(days)
    if count < 14:
        return str(_coming_days(count) if days > 0 else ngettext("%(num)s day ago", "%(num)s days ago", count))
    if count < 60:
        count //= 7
        return str(_coming_weeks(count) if days > 0 else ngettext("%(num)s week ago", "%(num)s weeks ago", count))
    if count < 730:
        count = round(count * 12 / 365.25)
        return str(_coming_months(count) if days > 0 else ngettext("%(num)s month ago", "%(num)s months ago", count))
    count //= 365
    return str(_coming_years(count) if days > 0 else ngettext("%(num)s year ago", "%(num)s years ago", count))


def _coming_days(count: int) -> str:
    return str(ngettext("in %(num)s day", "in %(num)s days", count))


def _coming_weeks(count: int) -> str:
    return str(ngettext("in %(num)s week", "in %(num)s weeks", count))


def _coming_months(count: int) -> str:
    return str(ngettext("in %(num)s month", "in %(num)s months", count))


def _coming_years(count: int) -> str:
    return str(ngettext("in %(num)s year", "in %(num)s years", count))


def ago(instant: datetime) -> str:
    """How long ago an instant was: "just now", "5 minutes ago", "3 hours ago", then days, weeks, months, years."""
    seconds = (now() - instant).total_seconds()
    if seconds < 60:
        return str(gettext("just now"))
    if seconds < 3600:
        return str(ngettext("%(num)s minute ago", "%(num)s minutes ago", int(seconds // 60)))
    if seconds < 86400:
        return str(ngettext("%(num)s hour ago", "%(num)s hours ago", int(seconds // 3600)))
    return days_away(-int(seconds // 86400))
