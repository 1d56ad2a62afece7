"""Clock, wall time and the UTC column type.

Instants are aware UTC datetimes. A *wall* time is the naive clock time that people were promised, always kept
together with an IANA zone; instants are derived from it and rederived when the rules of a zone change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def now() -> datetime:
    """Return the present instant, aware UTC. The only place that reads the clock."""
    return datetime.now(UTC)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return the zone named `name`. Raises ValueError for anything that is not an IANA zone name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"not a time zone: {name[:60]!r}") from error


def at_wall(wall: datetime, zone: str) -> datetime:
    """Return the instant (aware UTC) at which clocks in `zone` show `wall`.

    A time in the repeated autumn hour means its first pass; a time in the skipped spring hour moves forward by
    the gap (PEP 495, fold=0). Raises ValueError if `wall` is aware or `zone` unknown.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time carries no zone of its own")
    return wall.replace(tzinfo=zone_of(zone), fold=0).astimezone(UTC)


def to_wall(instant: datetime, zone: str) -> datetime:
    """Return what clocks in `zone` show at `instant`, naive."""
    return instant.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)


class UtcDateTime(TypeDecorator[datetime]):
    """Stores UTC; refuses naive datetimes; always returns aware ones."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return naive UTC for the database. Raises ValueError for a naive value."""
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime: attach a zone first")
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        return value and value.replace(tzinfo=UTC)
