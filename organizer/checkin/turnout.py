"""How many of those who are going will come, and how many places may therefore be given beyond those there are.

The unit of chance is a party: a person comes and brings the guests, or stays and they stay too. A party of `s` places
that is expected with the chance `p` adds `s` or nothing.

**What a community's record says** (`learn`). At each past meetup with a used door `n` parties were going and `x` of them
came. Without any record every rate is as likely as any other: Beta(1, 1). People of one evening are alike (rain, a match
on television, a good speaker), so that `n` answers of one evening tell less than `n` answers of as many evenings: they
count as n / (1 + (n - 1) r), where `r`, the *spread*, is the correlation of two parties of one evening. `r` is estimated
by moments: (x/n - m)² / m(1 - m) has the mean r + (1 - r)/n. Some assumed evenings (r = 0.05, which is ± 10 % around 75 %)
hold the estimate while there are few. The result is the rate `m` and its `weight` in independent answers.

**What the question says.** Parties that said they still come, that are silent, and that were not asked may come at
different rates. Each rate is pulled to the common one as if `SAID_WEIGHT` parties had come at that: where nobody was ever
asked the three are equal, and nothing is assumed of silence but what this community's own silent ones have done.

**What a person's record says.** A person's chance is Beta with the mean of their group and a weight of `PERSON_WEIGHT`
evenings; after coming to `x` of `n` it has the mean p = (PERSON_WEIGHT · m + x) / (PERSON_WEIGHT + n).

**The sum** (`forecast`). With v = p(1 - p), and any two parties correlated by c = u + (1 - u) r, where u = 1/(weight + 1)
is what is not known of the rate and r how much evenings differ, the number who come has

    mean = Σ s p,    variance = (1 - c) Σ s² v + c (Σ s √v)².

For parties that are alike that is exactly the beta-binomial distribution, and with r = 0 the posterior prediction of the
textbook. For others we take the beta-binomial on 0 … Σ s that has this mean and variance, never one narrower than the
binomial. It gives the range, 80 % in the middle, and the chance that more come than there are places.

Assumed and not known: that the next evening is like the last ones; that who comes, comes with all guests; that newcomers
come alone and as the community does. Walk-ins are left out on both sides.

After A. Gelman et al., Bayesian Data Analysis, 3rd ed.: chapter 2 (one rate, beta-binomial prediction) and 5 (groups that
learn from each other).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, sqrt
from typing import Final

SPREAD, SPREAD_WEIGHT = 0.05, 60.0  # assumed correlation, held as by 60 parties beyond the first of an evening
LEAST_SPREAD, MOST_SPREAD = 0.005, 0.5
SAID_WEIGHT: Final = 10.0  # parties
PERSON_WEIGHT: Final = 4.0  # evenings
EVENINGS_NEEDED, ANSWERS_NEEDED = 3, 20  # fewer say too little
TAIL: Final = 0.1  # on each side of the range
RISK: Final = 0.1  # that more come than there are places
MOST_OVERBOOKED: Final = 0.5  # of the capacity, however few come
FINEST: Final = 400  # numbers of people that are told apart; of more every second, third … one


class Said(StrEnum):
    """What somebody going said to «still coming?»."""

    YES = "yes"
    SILENT = "silent"  # was asked and has not answered
    NOTHING = "nothing"  # was not asked


@dataclass(frozen=True, slots=True)
class Tries:
    """So many parties were going, and so many of them came."""

    came: int
    of: int


Evening = Mapping[Said, Tries]
"""What a past meetup showed."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is known of a community: rates by what was said, the correlation within an evening, and by how much of a record."""

    rates: Mapping[Said, float]
    spread: float
    weight: float  # independent answers that the rates are worth
    evenings: int
    answers: int

    @property
    def are_known(self) -> bool:
        """Whether the record is long enough to be told."""
        return self.evenings >= EVENINGS_NEEDED and self.answers >= ANSWERS_NEEDED


@dataclass(frozen=True, slots=True)
class Parties:
    """`count` parties of `places` each who said the same and came to `came` of the last `of` that they were going to."""

    places: int = 1
    said: Said = Said.NOTHING
    came: int = 0
    of: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Forecast:
    """People, with guests: `mean` of them come; with a chance of 80 % it is `low` to `high` of `places`."""

    places: int
    mean: float
    low: int
    high: int
    step: int  # of the numbers in `cumulative`
    cumulative: tuple[float, ...]  # chance that at most 0, `step`, 2 `step`, … come; the last is 1

    def chance_of_more_than(self, number: int) -> float:
        """Return the chance that more than `number` people come; with a `step`, at least that."""
        return 1.0 - self.cumulative[number // self.step] if number < self.places else 0.0


def learn(evenings: Iterable[Evening]) -> Habits:
    """Return what these past meetups say; see the module."""
    evenings = list(evenings)
    sums = [Tries(sum(t.came for t in e.values()), sum(t.of for t in e.values())) for e in evenings]
    sums = [tries for tries in sums if tries.of]
    rate = _rate((tries.came, tries.of) for tries in sums)
    excess = sum(t.of * (t.came / t.of - rate) ** 2 / (rate * (1 - rate)) - 1 for t in sums)
    spread = (SPREAD_WEIGHT * SPREAD + excess) / (SPREAD_WEIGHT + sum(t.of - 1 for t in sums))
    spread = min(max(spread, LEAST_SPREAD), MOST_SPREAD)
    worth = [_worth(tries.of, spread) for tries in sums]
    rate = _rate((tries.came / tries.of * of, of) for tries, of in zip(sums, worth, strict=True))
    rates = {}
    for said in Said:
        heard = [evening[said] for evening in evenings if said in evening]
        came, of = sum(tries.came for tries in heard), sum(tries.of for tries in heard)
        rates[said] = (SAID_WEIGHT * rate + came) / (SAID_WEIGHT + of)
    return Habits(rates, spread, 2 + sum(worth), len(sums), sum(tries.of for tries in sums))


def forecast(parties: Sequence[Parties], habits: Habits) -> Forecast:
    """Return how many of these parties' people will come; see the module."""
    places = sum(party.places * party.count for party in parties)
    mean = alone = together = 0.0
    for party in parties:
        chance = _chance(party, habits)
        doubt = chance * (1 - chance)
        mean += party.count * party.places * chance
        alone += party.count * party.places**2 * doubt
        together += party.count * party.places * sqrt(doubt)
    if not places:
        return Forecast(0, 0.0, 0, 0, 1, (1.0,))
    unknown = 1 / (habits.weight + 1)
    correlation = unknown + (1 - unknown) * habits.spread
    step = 1 + places // FINEST
    cumulative = _cumulative(places, mean, (1 - correlation) * alone + correlation * together**2, step)
    low = next(number for number, chance in enumerate(cumulative) if chance >= TAIL)
    high = next(number for number, chance in enumerate(cumulative) if chance >= 1 - TAIL)
    return Forecast(places, mean, low * step, min(high * step, places), step, cumulative)


def overbooking(parties: Sequence[Parties], habits: Habits, capacity: int) -> int:
    """Return how many places may be given beyond `capacity`: the most with which P(more come than `capacity`) ≤ `RISK`.

    Places that are not taken yet are reckoned as taken by newcomers who come alone. At most half of the capacity.
    """
    taken = sum(party.places * party.count for party in parties)

    def is_safe(more: int) -> bool:
        newcomers = Parties(count=max(capacity + more - taken, 0))
        return forecast([*parties, newcomers], habits).chance_of_more_than(capacity) <= RISK

    safe, unsafe = 0, int(capacity * MOST_OVERBOOKED) + 1
    while unsafe - safe > 1:
        middle = (safe + unsafe) // 2
        safe, unsafe = (middle, unsafe) if is_safe(middle) else (safe, middle)
    return safe


def _rate(tries: Iterable[tuple[float, float]]) -> float:
    """The mean of Beta(1, 1) after so many came of so many."""
    came, of = 1.0, 2.0
    for more_came, more_of in tries:
        came, of = came + more_came, of + more_of
    return came / of


def _chance(party: Parties, habits: Habits) -> float:
    return (PERSON_WEIGHT * habits.rates[party.said] + party.came) / (PERSON_WEIGHT + party.of)


def _worth(of: int, spread: float) -> float:
    """How many independent answers `of` answers of one evening are worth."""
    return of / (1 + (of - 1) * spread)


def _cumulative(places: int, mean: float, variance: float, step: int) -> tuple[float, ...]:
    """The beta-binomial distribution on 0 … `places` with this mean and variance, at every `step`-th number, summed up."""
    share = mean / places
    binomial = places * share * (1 - share)
    correlation = (variance / binomial - 1) / (places - 1) if places > 1 else 0.0
    size = 1 / min(max(correlation, 1e-6), 0.999) - 1
    a, b = size * share, size * (1 - share)
    whole = lgamma(places + 1) + lgamma(size) - lgamma(a) - lgamma(b) - lgamma(size + places)
    sums, total = [], 0.0
    for number in range(0, places + step, step):
        k = min(number, places)
        combinations = whole - lgamma(k + 1) - lgamma(places - k + 1)
        total += exp(combinations + lgamma(a + k) + lgamma(b + places - k))
        sums.append(total)
    return tuple(chance / total for chance in sums)
