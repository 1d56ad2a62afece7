"""Public keys and secrets.

A *key* stands in URLs, QR codes and feeds: 10 characters of Crockford base32 (50 random bits). A *secret* lets its
holder act: at least 128 random bits, or derived from the installation's secret so that it needs no storing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
KEY_LENGTH = 10
KEY_PATTERN = re.compile(rf"[{ALPHABET}]{{{KEY_LENGTH}}}")


def new_key() -> str:
    """Return a fresh public key: 10 characters without i, l, o, u."""
    return to_crockford(secrets.randbits(50), KEY_LENGTH)


def to_crockford(number: int, length: int) -> str:
    """Write `number` (≥ 0) as exactly `length` Crockford base32 characters, most significant first."""
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(length - 1, -1, -1))


def from_crockford(text: str) -> int:
    """Read Crockford base32. Raises ValueError on any other character."""
    number = 0
    for character in text:
        number = number * 32 + ALPHABET.index(character)
    return number


def new_secret() -> str:
    """Return a URL-safe secret of 192 random bits (32 characters)."""
    return secrets.token_urlsafe(24)


def hashed(secret: str) -> str:
    """Return what is stored of a random secret: 64 hex digits of SHA-256. Not for guessable secrets."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mac(master: str, purpose: str, *parts: str | int, length: int = 26) -> str:
    """Derive `length` Crockford characters (5 bits each; 26 = 130 bits) from `master` for one purpose and its parts.

    Lets a link be shown again without storing it (RFC 2104 HMAC-SHA-256; parts are length-prefixed).
    """
    message = b"".join(len(raw).to_bytes(4) + raw for raw in (str(part).encode() for part in (purpose, *parts)))
    digest = hmac.new(master.encode(), message, hashlib.sha256).digest()
    return to_crockford(int.from_bytes(digest), length)


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


BIGGEST = 2**63 - 1
"""The largest number that both engines take."""


def is_storable(text: str) -> bool:
    """Whether both engines keep `text`: PostgreSQL refuses NUL, and half of a surrogate pair is no UTF-8."""
    return "\0" not in text and not _SURROGATE.search(text)


def storable(text: str) -> str:
    """Return `text` without what the engines do not keep."""
    return _SURROGATE.sub("", text.replace("\0", ""))


_SURROGATE = re.compile("[\ud800-\udfff]")

_LATIN = "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y y e yu ya i yi ye g i"
_CYRILLIC = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґѝ", _LATIN.split(), strict=True))
_RESERVED = {"door", "edit", "rsvp", "guests", "questions", "cancel", "duplicate", "publish", "new", "import", "manage"}


def slugify(text: str, fallback: str = "event") -> str:
    """Return lower-case ASCII words joined by dashes, at most 60 characters; Cyrillic is transliterated.

    A slug is decoration: two things may share it. Never one of the words our own routes use.
    """
    latin = "".join(_CYRILLIC.get(character, character) for character in text.lower())
    ascii_only = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].rstrip("-") or fallback
    return f"{slug}-{fallback}" if slug in _RESERVED else slug


def folded(text: str) -> str:
    """Return `text` for comparing and searching: casefolded, accents and compatibility forms removed.

    Stored beside the text, since SQLite's own lower() and LIKE know ASCII only. The Cyrillic й and ё keep their marks'
    base letter, as people type both.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
