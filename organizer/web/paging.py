"""Keyset pages: the cost of page 1,000 is that of page 1."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from organizer.core.ids import BIGGEST, is_storable

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items in order, and cursors to what comes before and after (None: nothing)."""

    items: Sequence[Item]
    newer: str | None = None
    older: str | None = None


def encode(*values: Any) -> str:
    """Write the sort values of a row as a cursor for an address."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """Read a cursor back, each value through its kind (`datetime.fromisoformat`, int …); None if it is not one of ours."""
    try:
        raw = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(raw, list) or len(raw) != len(kinds):
            return None
        values = tuple(kind(value) for kind, value in zip(kinds, raw, strict=True))
        return values if all(map(_can_be_compared, values)) else None
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        return None


def _can_be_compared(value: Any) -> bool:
    """Whether every engine takes `value` as a parameter: what we never wrote into a cursor may not be."""
    if isinstance(value, datetime):
        return value.tzinfo is not None and 1 < value.year < 9999
    if isinstance(value, str):
        return is_storable(value)
    return not isinstance(value, int) or abs(value) <= BIGGEST


def cut(
    rows: Sequence[Item], size: int, cursor_of: Callable[[Item], str], *, backwards: bool, has_cursor: bool
) -> Page[Item]:
    """Make a page of `size` from `size + 1` rows fetched from a cursor, in reading direction or `backwards`."""
    more = len(rows) > size
    items = list(rows[:size])
    if backwards:
        items.reverse()
    first, last = (cursor_of(items[0]), cursor_of(items[-1])) if items else (None, None)
    if backwards:
        return Page(items, newer=first if more else None, older=last)
    return Page(items, newer=first if has_cursor else None, older=last if more else None)
