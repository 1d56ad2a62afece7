"""Keys, secrets, slugs and folding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer.core.ids import (
    KEY_PATTERN,
    folded,
    from_crockford,
    mac,
    new_key,
    new_secret,
    same,
    slugify,
    to_crockford,
)


def test_keys_are_ten_letters_without_look_alikes() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(KEY_PATTERN.fullmatch(key) for key in keys)
    assert len(new_secret()) == 32


@given(st.integers(0, 2**50 - 1))
def test_crockford_goes_there_and_back(number: int) -> None:
    assert from_crockford(to_crockford(number, 10)) == number


def test_a_derived_secret_belongs_to_one_purpose_and_its_parts() -> None:
    one = mac("master", "ticket", "abc", 1)
    assert one == mac("master", "ticket", "abc", 1)
    others = {mac("master", "manage", "abc", 1), mac("master", "ticket", "ab", "c1"), mac("other", "ticket", "abc", 1)}
    assert one not in others
    assert len(one) == 26
    assert same(one, one)
    assert not same(one, one[:-1] + "0")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Photo walk: Sofia!", "photo-walk-sofia"),
        ("Щъркелова нощ в Пловдив", "shtarkelova-nosht-v-plovdiv"),
        ("Zürich & Kraków", "zurich-krakow"),
        ("東京", "event"),
        ("", "event"),
        ("door", "door-event"),
        ("x" * 200, "x" * 60),
    ],
)
def test_slugs_are_plain_and_never_a_route_of_ours(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("left", "right"),
    [("СОФИЯ", "софия"), ("Kraków", "KRAKOW"), ("Straße", "strasse"), ("Ｔｏｋｙｏ", "tokyo"), ("Йоана", "йоана")],
)
def test_what_people_type_alike_is_folded_alike(left: str, right: str) -> None:
    assert folded(left) == folded(right)
