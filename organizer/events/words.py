"""Under which words an event is found, and what a visitor's words ask for. Pure; also used by the import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from organizer.core.ids import slugify
from organizer.places import countries
from organizer.places.finding import look_up
from organizer.places.names import fold, script

MOST_WORDS, LONGEST_WORD, MOST_TAGS, LONGEST_TAG = 60, 40, 10, 30
_UNSPACED = {"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"}


def search_words(
    title: str,
    *,
    city: str = "",
    country: str = "",
    venue: str = "",
    community: str = "",
    tags: Iterable[str] = (),
) -> frozenset[str]:
    """Return the folded words (≤ 40 characters each, ≤ 60 in all, the title's first) under which an event is found.

    `country` is an ISO code. A Cyrillic title is found in Latin letters too, a known city and country in both scripts.
    """
    texts = [title, slugify(title, fallback="").replace("-", " "), *tags, city, *_city_spellings(city, country)]
    texts += [venue, community, *_country_names(country)]
    found: dict[str, None] = {}
    for text in texts:
        for word in fold(text).split():
            found |= dict.fromkeys(_with_tails(word[:LONGEST_WORD]))
    return frozenset(list(found)[:MOST_WORDS])


def asked_words(text: str) -> tuple[str, ...]:
    """Return the folded words of a search, at most six: an event must have a word that begins with each."""
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in fold(text[:200]).split()))[:6]


def _with_tails(word: str) -> list[str]:
    """The word; where words are written without spaces also its every tail, so that any part is found."""
    if script(word) not in _UNSPACED:
        return [word]
    return [word[start:] for start in range(min(len(word), 20))]


@lru_cache(maxsize=2048)
def _city_spellings(city: str, country: str) -> tuple[str, ...]:
    found = look_up(city, country).city if city else None
    return (found.name, found.bulgarian) if found else ()


@lru_cache(maxsize=256)
def _country_names(country: str) -> tuple[str, ...]:
    return (countries.display_name(country), countries.display_name(country, "bg")) if country else ()


def tags_of(text: str | Iterable[str]) -> tuple[str, ...]:
    """Return tidy tags: lower case, single spaces, without "#", ≤ 30 characters, at most ten, in the given order."""
    parts = re.split(r"[,;\n]", text) if isinstance(text, str) else text
    tidy = (" ".join(part.replace("#", " ").split()).lower()[:LONGEST_TAG].strip() for part in parts)
    return tuple(dict.fromkeys(tag for tag in tidy if tag))[:MOST_TAGS]
