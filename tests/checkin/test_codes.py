"""Typed ticket codes: forgiving about how they are written, strict about being right."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer.checkin.codes import WrongCheckCharacter, check_character, parse_typed, show_typed
from organizer.core.ids import ALPHABET

codes = st.text(ALPHABET, min_size=10, max_size=10)


@given(codes)
def test_a_shown_code_reads_back(code: str) -> None:
    assert parse_typed(show_typed(code)) == code


@given(codes)
def test_spaces_case_and_dashes_do_not_matter(code: str) -> None:
    assert parse_typed("  " + show_typed(code).lower().replace("-", " – ") + "\n") == code


def test_look_alikes_are_read_as_what_they_look_like() -> None:
    shown = show_typed("0a1b0c1d0e")
    assert parse_typed(shown.replace("0", "O").replace("1", "l")) == "0a1b0c1d0e"
    assert parse_typed(shown.replace("0", "o").replace("1", "I")) == "0a1b0c1d0e"
    assert parse_typed(shown.replace("A", "А").replace("B", "В").replace("C", "С").replace("E", "Е")) == "0a1b0c1d0e"


@given(codes, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(code: str, place: int, char: str) -> None:
    typed = code + check_character(code)
    wrong = typed[:place] + char + typed[place + 1 :]
    if wrong != typed:
        with pytest.raises(WrongCheckCharacter):
            parse_typed(wrong)


@given(codes)
def test_every_swap_of_two_characters_is_noticed(code: str) -> None:
    typed = code + check_character(code)
    for one, two in combinations(range(len(typed)), 2):
        swapped = list(typed)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        if swapped != list(typed):
            with pytest.raises(WrongCheckCharacter):
                parse_typed("".join(swapped))


@pytest.mark.parametrize("text", ["", "abc", "k7m2q9x4ab", "k7m2q9x4abuu", "k7m2q9x4abu", "https://x.example/1"])
def test_other_shapes_are_no_codes(text: str) -> None:
    assert parse_typed(text) is None
