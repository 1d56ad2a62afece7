"""Keyset pages and their cursors."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer.core.ids import BIGGEST
from organizer.web.paging import cut, decode, encode


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),
    st.integers(-BIGGEST, BIGGEST),
)
def test_a_cursor_reads_back(moment: datetime, number: int) -> None:
    assert decode(encode(moment, number), datetime.fromisoformat, int) == (moment, number)


@pytest.mark.parametrize("cursor", ["", "x", "%%%", encode(1), encode("not a date", 1), "W10", "bnVsbA"])
def test_a_cursor_that_is_not_ours_is_none(cursor: str) -> None:
    assert decode(cursor, datetime.fromisoformat, int) is None


@pytest.mark.parametrize(
    "cursor",
    [
        encode("2030-01-01T00:00:00", 1),
        encode("0001-01-01T00:00:00+23:59", 1),
        encode("2030-01-01T00:00:00+00:00", BIGGEST + 1),
        "W1tb" * 1500,
        "WyIyMDMwLTAxLTAxVDAwOjAwOjAwKzAwOjAwIixJbmZpbml0eV0",
    ],
)
def test_what_no_engine_compares_is_no_cursor(cursor: str) -> None:
    assert decode(cursor, datetime.fromisoformat, int) is None
    assert decode(encode("a\0b", 1), str, int) is None
    assert decode(encode("a\ud800", 1), str, int) is None


@given(st.integers(0, 40), st.integers(1, 10))
def test_walking_there_and_back_shows_everything_once(count: int, size: int) -> None:
    rows = list(range(count))
    seen: list[int] = []
    after = -1
    while True:
        page = cut(rows[after + 1 : after + 2 + size], size, encode, backwards=False, has_cursor=after >= 0)
        seen += page.items
        if page.older is None:
            break
        after = int((decode(page.older, int) or (0,))[0])
    assert seen == rows
    before = count
    back: list[int] = []
    while True:
        page = cut(rows[:before][::-1][: size + 1], size, encode, backwards=True, has_cursor=True)
        back = [*page.items, *back]
        if page.newer is None:
            break
        before = int((decode(page.newer, int) or (0,))[0])
    assert back == rows
