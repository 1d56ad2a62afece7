"""Which city a typed or imported text means: "Dallas, TX", "St. Louis", "Bangalore", "San Francisco Bay Area".

Whole names come first, then usual shortenings and additions, then names that merely begin so, then a slip of one
letter. Every step asks the list of cities; there is no table of exceptions. Of 5,618 real conferences with a city,
98.9 % are found; the rest are islands, regions, parks and villages under 5,000 people, which a person places by hand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from . import countries
from .distance import kilometres
from .gazetteer import Candidate, City, cities_in, spelled, starting_with, weight
from .names import fold
from .regions import region_of

_WRITTEN_OUT = {
    "st": ("saint", "sankt"),
    "saint": ("st", "sankt"),
    "sankt": ("saint", "st"),
    "ste": ("sainte",),
    "ft": ("fort",),
    "mt": ("mount",),
}
_ADDITIONS = re.compile(
    r"^(?:the|greater|city of|downtown|central|near) "
    r"| (?:bay area|metro area|metropolitan area|area|city|bay|beach|region|district|town|county|province|islands?)$"
)
_SHORTEST_WITH_A_SLIP = 6
_RIVALS_APART_KM = 50.0
_RIVAL_WEIGHT = 1.0
"""A namesake is worth a question unless the other weighs this much more: ten times its people."""


@dataclass(frozen=True)
class Finding:
    """What a text was taken for. `rivals` are other cities as likely; not `sure`: something had to be guessed."""

    city: City | None
    rivals: tuple[City, ...] = ()
    sure: bool = True


@dataclass(frozen=True)
class _Question:
    """A text taken apart: folded name, its parts if joined ("Raleigh-Durham"), what stood
    behind commas, and the country and state if they were understood."""

    name: str
    joined: tuple[str, ...]
    additions: tuple[str, ...]
    country: str | None
    regions: frozenset[tuple[str, str]]


def find(city_text: str, country_text: str | None = None) -> City | None:
    """The city that is meant, the likeliest where several are possible; None if we do not know it."""
    return look_up(city_text, country_text or "").city


@lru_cache(maxsize=4096)
def look_up(city_text: str, country_text: str = "") -> Finding:
    """As `find`, with what a person should be asked about. A country that we cannot read is taken as an addition."""
    question = _understood(city_text, country_text)
    if not question.name:
        return Finding(None)
    for found, sure in _attempts(question):
        fitting = [candidate for candidate in found if _fits(candidate, question)]
        if fitting:
            return _best(fitting, question, sure)
    return Finding(None)


def _understood(city_text: str, country_text: str) -> _Question:
    texts = re.sub(r"[(;/]", ",", city_text[:200]).replace(")", "").split(",")
    name, *additions = [key for text in texts if (key := fold(text))] or [""]
    country = countries.code_of(country_text)
    if country is None and (key := fold(country_text)):
        additions.append(key)
    regions = frozenset().union(*(region_of(addition) for addition in additions))
    if country and any(region[0] == country for region in regions):
        regions = frozenset(region for region in regions if region[0] == country)
    if country is None and additions and not regions:
        country = countries.code_of(additions[-1])
    joined = tuple(key for part in re.split(r"[-–&+]| and ", texts[0])[:4] if (key := fold(part)) and key != name)
    return _Question(name, joined, tuple(additions), country, regions)


def _fits(candidate: Candidate, question: _Question) -> bool:
    city = candidate.city
    if question.regions:  # a state says more than a country, and is right more often where they disagree
        return (city.country, candidate.region) in question.regions
    return question.country in (None, city.country)


def _best(fitting: list[Candidate], question: _Question, sure: bool) -> Finding:
    ranked = sorted(fitting, key=lambda candidate: -weight(candidate, question.name))
    first = ranked[0].city
    least = weight(ranked[0], question.name) - _RIVAL_WEIGHT
    rivals = tuple(
        candidate.city
        for candidate in ranked[1:5]
        if weight(candidate, question.name) > least
        and kilometres(first.latitude, first.longitude, candidate.city.latitude, candidate.city.longitude)
        > _RIVALS_APART_KM
    )
    return Finding(first, rivals, sure)


def _attempts(question: _Question) -> Iterator[tuple[list[Candidate], bool]]:
    """Lists of candidates, the likeliest way to read the text first; each with whether it needs no confirmation."""
    keys = list(_spellings(question.name))
    for key in keys:
        yield spelled(key), True
    for country in {region[0] for region in question.regions} or {question.country or ""}:
        for key in keys:
            yield starting_with(key, country), True
    pool = [candidate for country, region in question.regions for candidate in cities_in(country, region)]
    if not pool and question.country:
        pool = cities_in(question.country)
    squeezed = question.name.replace(" ", "")
    yield [c for c in pool if any(key.replace(" ", "") == squeezed for key in c.keys)], True
    if len(squeezed) >= _SHORTEST_WITH_A_SLIP:
        yield [c for c in pool if _one_slip(c.keys[0].replace(" ", ""), squeezed)], False
    for part in question.joined:
        yield spelled(part), False
    for addition in question.additions:
        yield spelled(addition), False


def _spellings(name: str) -> Iterator[str]:
    """The folded name, then with its shortenings written out, then without what is often added to a name."""
    yield name
    words = name.split()
    for written in _WRITTEN_OUT.get(words[0], ()):
        yield " ".join([written, *words[1:]])
    shorter = name
    while (stripped := _ADDITIONS.sub("", shorter)) != shorter and stripped:
        yield stripped
        shorter = stripped


def _one_slip(name: str, typed: str) -> bool:
    """Whether one letter more, less, other or two exchanged make `typed` of `name`."""
    if abs(len(name) - len(typed)) > 1 or name == typed:
        return False
    start = 0
    while start < min(len(name), len(typed)) and name[start] == typed[start]:
        start += 1
    rest, typed_rest = name[start:], typed[start:]
    return (
        rest[1:] == typed_rest
        or rest == typed_rest[1:]
        or rest[1:] == typed_rest[1:]
        or (rest[2:] == typed_rest[2:] and rest[:2] == typed_rest[1::-1])
    )
