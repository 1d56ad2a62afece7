"""The signed text inside a ticket's QR code: 80 bytes, written as 120 characters of base45.

    byte 0       format, always 1
    byte 1       key id (1 … 255)
    bytes 2–14   4 zero bits, event key (50 bits), ticket code (50 bits), big endian
    byte 15      ticket version: rises when a ticket is issued anew, so that the old one is refused
    bytes 16–79  Ed25519 signature of bytes 0–15

Base45 (RFC 9285) uses only characters of the QR code's alphanumeric mode, so 120 of them fit version 5
(37 × 37 modules) at level M. No name, no address, no sequential number is inside.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature

from organizer.checkin.codes import WrongCheckCharacter, parse_typed
from organizer.checkin.keyring import KeyRing
from organizer.core.ids import KEY_LENGTH, from_crockford, to_crockford

FORMAT: Final = 1
HEAD: Final = 16  # bytes before the signature
SIZE: Final = 80  # bytes
TEXT_LENGTH: Final = 120  # characters of base45
LAST_VERSION: Final = 255

_BASE45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_TO_DIGIT = bytes(_BASE45.find(code) if code in _BASE45 else 255 for code in range(256))
_WORDS = struct.Struct(f">{SIZE // 2}H")


@dataclass(frozen=True, slots=True)
class TicketClaim:
    """What a genuine ticket says. Whether it is still good, the database knows."""

    event_key: str
    code: str
    version: int


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A ticket code that somebody read out or typed; it proves itself by being unguessable."""

    code: str


class UnreadableTicket(ValueError):
    """The text is no ticket of ours."""


class NotATicket(UnreadableTicket):
    """Something else: a bus ticket, a web address, half a code."""


class Mistyped(UnreadableTicket):
    """A typed code whose check character is wrong."""


class UnknownKey(UnreadableTicket):
    """A ticket of our format, signed by a key that this installation does not have."""


class Forged(UnreadableTicket):
    """A ticket of our format whose signature is wrong."""


def sign(ring: KeyRing, event_key: str, code: str, version: int = 1) -> str:
    """The text for the QR code, 120 characters. The same input gives the same text.

    Raises ValueError unless both keys are ten Crockford characters and 0 ≤ `version` ≤ 255.
    """
    if len(event_key) != KEY_LENGTH or len(code) != KEY_LENGTH:
        raise ValueError(f"keys have {KEY_LENGTH} characters")
    if not 0 <= version <= LAST_VERSION:
        raise ValueError("a ticket version is one byte")
    numbers = from_crockford(event_key) << 50 | from_crockford(code)
    head = bytes((FORMAT, ring.current)) + numbers.to_bytes(13, "big") + bytes((version,))
    return to_base45(head + ring.private[ring.current].sign(head))


def read(ring: KeyRing, text: str) -> TicketClaim | TypedCode:
    """Who the scanned or typed text claims to be, its signature verified.

    Raises NotATicket, Mistyped, UnknownKey or Forged; all are UnreadableTicket.
    """
    # The first characters may be spaces and keyboard scanners add line ends; the last one never is a space.
    scanned = text.strip().rjust(TEXT_LENGTH)
    if len(scanned) != TEXT_LENGTH or len(text) < TEXT_LENGTH - 2:
        return _read_typed(text)
    raw = from_base45(scanned)
    head = raw[:HEAD]
    numbers = int.from_bytes(head[2:15], "big")
    if head[0] != FORMAT or numbers >> 100:
        raise NotATicket("another format")
    key = ring.public.get(head[1])
    if key is None:
        raise UnknownKey("signed elsewhere")
    try:
        key.verify(raw[HEAD:], head)
    except InvalidSignature:
        raise Forged("wrong signature") from None
    return TicketClaim(
        to_crockford(numbers >> 50, KEY_LENGTH), to_crockford(numbers & (1 << 50) - 1, KEY_LENGTH), head[15]
    )


def _read_typed(text: str) -> TypedCode:
    if len(text) > TEXT_LENGTH:
        raise NotATicket("too long")
    try:
        code = parse_typed(text)
    except WrongCheckCharacter:
        raise Mistyped("wrong check character") from None
    if code is None:
        raise NotATicket("not the shape of a code")
    return TypedCode(code)


def to_base45(raw: bytes) -> str:
    """80 bytes as 120 characters (RFC 9285)."""
    return b"".join([_triple(word) for word in _WORDS.unpack(raw)]).decode("ascii")


@lru_cache(maxsize=1 << 14)
def _triple(word: int) -> bytes:
    return bytes((_BASE45[word % 45], _BASE45[word // 45 % 45], _BASE45[word // 2025]))


def from_base45(text: str) -> bytes:
    """The 80 bytes behind 120 characters. Raises NotATicket for a foreign character or a triple too big."""
    try:
        digits = text.encode("ascii").translate(_TO_DIGIT)
    except UnicodeEncodeError:
        raise NotATicket("foreign characters") from None
    if 255 in digits:
        raise NotATicket("foreign characters")
    lows, middles, highs = digits[::3], digits[1::3], digits[2::3]
    try:
        return _WORDS.pack(*[a + 45 * b + 2025 * c for a, b, c in zip(lows, middles, highs, strict=True)])
    except struct.error:
        raise NotATicket("not base45") from None
