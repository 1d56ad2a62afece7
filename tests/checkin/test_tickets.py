"""The signed text of a QR code: reads back, and nothing else is taken for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from organizer.checkin.codes import show_typed
from organizer.checkin.keyring import KeyRing
from organizer.checkin.tickets import (
    Forged,
    Mistyped,
    NotATicket,
    TicketClaim,
    TypedCode,
    UnknownKey,
    UnreadableTicket,
    from_base45,
    read,
    sign,
    to_base45,
)
from organizer.core.ids import ALPHABET

RING = KeyRing.fresh()
EVENT, CODE = "k7m2q9x4ab", "se73a5m5gh"
keys = st.text(ALPHABET, min_size=10, max_size=10)


@given(keys, keys, st.integers(0, 255))
def test_a_ticket_reads_back(event_key: str, code: str, version: int) -> None:
    text = sign(RING, event_key, code, version)
    assert len(text) == 120
    assert read(RING, text) == TicketClaim(event_key, code, version)


@pytest.mark.parametrize("key_id", [1, 5, 50, 255])
def test_leading_spaces_survive_scanners_that_trim(key_id: int) -> None:
    ring = KeyRing(key_id, {key_id: RING.private[1]})
    text = sign(ring, EVENT, CODE)
    assert read(ring, text.strip()) == read(ring, f"{text}\r\n") == TicketClaim(EVENT, CODE, 1)


@given(st.binary(min_size=80, max_size=80))
def test_base45_is_that_of_the_rfc(raw: bytes) -> None:
    assert from_base45(to_base45(raw)) == raw


def test_the_examples_of_the_rfc() -> None:
    assert to_base45(b"AB".ljust(80)).startswith("BB8")
    assert to_base45(b"base-45!".ljust(80)).startswith("UJCLQE7W581"[:9])
    with pytest.raises(NotATicket):
        from_base45("GGW" * 39 + "GGX")


@given(st.integers(0, 79), st.integers(1, 255))
def test_any_changed_byte_is_refused(place: int, change: int) -> None:
    raw = bytearray(from_base45(sign(RING, EVENT, CODE)))
    raw[place] ^= change
    with pytest.raises(UnreadableTicket):
        read(RING, to_base45(bytes(raw)))


def test_a_ticket_of_another_installation_is_told_apart() -> None:
    with pytest.raises(Forged):
        read(RING, sign(KeyRing.fresh(), EVENT, CODE))
    with pytest.raises(UnknownKey):
        read(RING, sign(KeyRing(9, {9: RING.private[1]}), EVENT, CODE))


def test_typed_codes_are_read_in_the_same_place() -> None:
    assert read(RING, f" {show_typed(CODE).lower()} ") == TypedCode(CODE)
    with pytest.raises(Mistyped):
        read(RING, show_typed(CODE)[:-1] + ("0" if show_typed(CODE)[-1] != "0" else "1"))


@given(st.text(max_size=200))
@example("")
@example("A" * 120)
@example(" " * 120)
@example(":::" * 40)
@example("ß" * 120)
@example("WIFI:S:cafe;T:WPA;P:secret;;")
def test_garbage_is_never_a_ticket(text: str) -> None:
    with pytest.raises(UnreadableTicket):
        read(RING, text)


@pytest.mark.parametrize(
    ("event_key", "code", "version"), [("short", CODE, 1), (EVENT, "UPPERCASE1", 1), (EVENT, CODE, 256)]
)
def test_wrong_input_is_never_signed(event_key: str, code: str, version: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of several
        sign(RING, event_key, code, version)


def test_reading_costs_little_more_than_the_signature() -> None:
    """At least 80 % of the library's own rate: the quickest of many short runs, which a busy machine does not disturb."""
    text = sign(RING, EVENT, CODE)
    raw, key = from_base45(text), RING.public[1]

    def seconds(work: Callable[[], object]) -> float:
        start = perf_counter()
        for _ in range(25):
            work()
        return perf_counter() - start

    tracer = sys.gettrace()
    sys.settrace(None)  # measuring coverage would be measured too: it slows our lines, not the library's
    try:
        pairs = [
            (seconds(lambda: key.verify(raw[16:], raw[:16])), seconds(lambda: read(RING, text))) for _ in range(60)
        ]
    finally:
        sys.settrace(tracer)
    assert min(library for library, _ in pairs) / min(ours for _, ours in pairs) >= 0.8
