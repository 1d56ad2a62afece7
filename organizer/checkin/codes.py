"""Ticket codes: ten Crockford characters for the machine, eleven with a check character for people."""

from __future__ import annotations

from typing import Final

from organizer.core.ids import ALPHABET, KEY_LENGTH

TYPED_LENGTH: Final = KEY_LENGTH + 1  # the code and one check character

_VALUE = {char: value for value, char in enumerate(ALPHABET)}
# What people type instead: letters that look like digits, and Cyrillic letters that look like Latin ones.
_READ_AS = str.maketrans(
    "oil" + "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0445\u0443",
    "011" + "abekmh0pctxy",
    " -\u2010\u2011\u2012\u2013\u2014\u00a0\t\r\n",
)


def _powers_of_two() -> list[int]:
    """2⁰ … 2³⁰ in GF(32) modulo x⁵+x²+1, where 2 is a primitive element: all 31 differ."""
    powers, power = [], 1
    for _ in range(31):
        powers.append(power)
        power = power << 1 ^ (0b100101 if power & 0b10000 else 0)
    return powers


_EXP = _powers_of_two()
_LOG = {power: exponent for exponent, power in enumerate(_EXP)}


class WrongCheckCharacter(ValueError):
    """The text has the shape of a typed code, but was mistyped."""


def check_character(code: str) -> str:
    """The character that follows `code`: one parity symbol of a Reed–Solomon code over GF(32).

    The weights are different powers of a primitive element, so every single wrong character and every
    swap of two characters, neighbours or not, is noticed.
    """
    total = 0
    for position, char in enumerate(code, start=1):
        value = _VALUE[char]
        if value:
            total ^= _EXP[(_LOG[value] + position) % 31]
    return ALPHABET[total]


def show_typed(code: str) -> str:
    """The code as people read and type it: XXXX-XXXX-XXX, the last character being the check."""
    text = (code + check_character(code)).upper()
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def parse_typed(text: str) -> str | None:
    """The ticket code in what somebody typed, or None if it does not have the shape of one.

    Small letters, spaces and dashes do not matter; O is read as 0, I and L as 1, and Cyrillic letters that
    look like Latin ones as those.
    Raises WrongCheckCharacter for a code that was mistyped.
    """
    typed = text.casefold().translate(_READ_AS)
    if len(typed) != TYPED_LENGTH or any(char not in _VALUE for char in typed):
        return None
    code, check = typed[:KEY_LENGTH], typed[KEY_LENGTH]
    if check_character(code) != check:
        raise WrongCheckCharacter("wrong check character")
    return code
