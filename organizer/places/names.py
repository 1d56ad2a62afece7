"""How names of places are compared: one folding for the build, the search and the import."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŋ": "n",
    }
)
"""Letters that Unicode does not decompose, as people without them on the keyboard type them."""

_APOSTROPHES = re.compile("['’‘ʼʹ`´ʻ]")
_NOT_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """`text` in lower case without diacritics and punctuation, words divided by one space.

    >>> fold("St. John’s"), fold("Zürich"), fold("ПЛОВДИВ"), fold("'s-Hertogenbosch")
    ('st johns', 'zurich', 'пловдив', 's hertogenbosch')
    """
    if text.isascii():
        plain = text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_NOT_WORDS.sub(" ", _APOSTROPHES.sub("", plain)).split())


def script(text: str) -> str:
    """The Unicode script of the first letter in `text` ("LATIN", "CYRILLIC", "CJK" …), "" without letters."""
    for letter in text:
        if letter.isalpha():
            return unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]
    return ""
