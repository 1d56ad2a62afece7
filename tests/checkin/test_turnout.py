"""How many will come: bounds, order, honesty about what is not known, and a simulation as the judge."""

from __future__ import annotations

from dataclasses import replace
from math import comb, exp, isclose, lgamma, log, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer.checkin.turnout import (
    MOST_SPREAD,
    RISK,
    Evening,
    Habits,
    Parties,
    Said,
    Tries,
    forecast,
    learn,
    overbooking,
)

TRIES = st.integers(0, 60).flatmap(lambda of: st.builds(Tries, st.integers(0, of), st.just(of)))
EVENINGS = st.lists(st.dictionaries(st.sampled_from(Said), TRIES), max_size=12)
RECORDS = st.integers(0, 12).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
PARTY = st.builds(
    lambda places, said, record, count: Parties(places, said, *record, count),
    st.integers(1, 6),
    st.sampled_from(Said),
    RECORDS,
    st.integers(1, 9),
)
PARTIES = st.lists(PARTY, min_size=1, max_size=12)
few = settings(max_examples=40, deadline=None)


def steady(rate: float, evenings: int = 20, going: int = 30) -> Habits:
    """A community where nearly the same share comes each time."""
    return learn([{Said.NOTHING: Tries(round(rate * going), going)}] * evenings)


@few
@given(parties=PARTIES, evenings=EVENINGS)
def test_what_is_told_is_possible(parties: list[Parties], evenings: list[Evening]) -> None:
    habits = learn(evenings)
    assert all(0 < rate < 1 for rate in habits.rates.values())
    assert 0 < habits.spread <= MOST_SPREAD
    told = forecast(parties, habits)
    assert told.places == sum(party.places * party.count for party in parties)
    assert 0 <= told.low <= told.high <= told.places
    assert 0 < told.mean < told.places
    assert list(told.cumulative) == sorted(told.cumulative)
    assert isclose(told.cumulative[-1], 1)
    assert told.chance_of_more_than(told.places) == 0
    mean = sum(number * chance for number, chance in enumerate(_chances(told.cumulative)))
    assert isclose(mean, told.mean, rel_tol=1e-6)


@few
@given(parties=PARTIES, evenings=EVENINGS, more=PARTY)
def test_more_parties_bring_more_people(parties: list[Parties], evenings: list[Evening], more: Parties) -> None:
    habits = learn(evenings)
    fewer, all_of_them = forecast(parties, habits), forecast([*parties, more], habits)
    assert all_of_them.mean > fewer.mean
    assert all_of_them.places > fewer.places


@few
@given(party=PARTY, others=PARTIES, evenings=EVENINGS)
def test_who_came_more_often_is_expected_more(party: Parties, others: list[Parties], evenings: list[Evening]) -> None:
    habits = learn(evenings)
    better = replace(party, came=party.came + 1, of=party.of + 1)
    worse = replace(party, of=party.of + 1)
    means = [forecast([one, *others], habits).mean for one in (worse, party, better)]
    assert means == sorted(means)
    assert means[0] < means[2]


@few
@given(evenings=EVENINGS, tries=TRIES.filter(lambda tries: tries.of > 0))
def test_an_evening_to_which_all_came_lowers_no_rate(evenings: list[Evening], tries: Tries) -> None:
    def rate(came: int) -> float:
        return learn([*evenings, {Said.NOTHING: Tries(came, tries.of)}]).rates[Said.NOTHING]

    assert rate(tries.of) >= rate(0)


@few
@given(parties=PARTIES, evenings=EVENINGS)
def test_parties_alike_may_be_told_one_by_one(parties: list[Parties], evenings: list[Evening]) -> None:
    habits = learn(evenings)
    singly = [replace(party, count=1) for party in parties for _ in range(party.count)]
    one, other = forecast(parties, habits), forecast(singly, habits)
    assert isclose(one.mean, other.mean)
    assert isclose(one.cumulative[one.places // 2], other.cumulative[one.places // 2], abs_tol=1e-9)


@pytest.mark.parametrize("rate", [0.3, 0.75, 0.95])
def test_without_a_record_the_range_is_wide_and_narrows_with_it(rate: float) -> None:
    going = [Parties(count=40)]
    nothing, some, much = (forecast(going, steady(rate, evenings)) for evenings in (0, 2, 30))
    assert nothing.low <= 4 < 36 <= nothing.high  # any share is as likely as any other
    assert nothing.high - nothing.low > some.high - some.low > much.high - much.low
    assert abs(much.mean - 40 * rate) < 1
    assert not learn([]).are_known
    assert steady(rate).are_known


def test_people_of_one_evening_tell_less_than_as_many_of_several() -> None:
    calm = learn([{Said.NOTHING: Tries(15, 20)}] * 10)
    moody = learn([{Said.NOTHING: Tries(20, 20)}, {Said.NOTHING: Tries(10, 20)}] * 5)
    assert isclose(calm.rates[Said.NOTHING], moody.rates[Said.NOTHING], abs_tol=0.02)
    assert moody.spread > 5 * calm.spread
    assert moody.weight < calm.weight
    wide, narrow = (forecast([Parties(count=20)], habits) for habits in (moody, calm))
    assert wide.high - wide.low > narrow.high - narrow.low


def test_guests_come_or_stay_with_the_person() -> None:
    habits = steady(0.75)
    pairs, singles = forecast([Parties(2, count=20)], habits), forecast([Parties(1, count=40)], habits)
    assert isclose(pairs.mean, singles.mean)
    assert pairs.high - pairs.low > singles.high - singles.low


def test_silence_means_what_it_has_meant_here() -> None:
    unasked = steady(0.7)
    assert len(set(unasked.rates.values())) == 3 or max(unasked.rates.values()) - min(unasked.rates.values()) < 0.01
    asked = learn([{Said.YES: Tries(18, 20), Said.SILENT: Tries(3, 10)}] * 6)
    assert asked.rates[Said.YES] > 0.85 > 0.45 > asked.rates[Said.SILENT]
    assert forecast([Parties(said=Said.YES)], asked).mean > forecast([Parties(said=Said.SILENT)], asked).mean


def test_alike_parties_are_the_beta_binomial_of_the_textbook() -> None:
    """With r = 0 the prediction after x of n is the beta-binomial with Beta(1 + x, 1 + n - x): Gelman et al., 2.1–2.4."""
    habits = Habits(dict.fromkeys(Said, 16 / 22), 0.0, 22.0, 1, 20)  # Beta(16, 6)
    told = forecast([Parties(count=10)], habits)

    def beta(a: float, b: float) -> float:
        return exp(lgamma(a) + lgamma(b) - lgamma(a + b))

    textbook = [comb(10, k) * beta(16 + k, 6 + 10 - k) / beta(16, 6) for k in range(11)]
    assert [isclose(a, b, rel_tol=1e-9) for a, b in zip(_chances(told.cumulative), textbook, strict=True)] == [
        True
    ] * 11


@few
@given(parties=PARTIES, evenings=EVENINGS, capacity=st.integers(1, 30))
def test_no_more_is_advised_than_is_safe_and_no_less(
    parties: list[Parties], evenings: list[Evening], capacity: int
) -> None:
    habits = learn(evenings)
    more = overbooking(parties, habits, capacity)
    assert 0 <= more <= capacity // 2

    def risk(extra: int) -> float:
        newcomers = max(capacity + extra - sum(party.places * party.count for party in parties), 0)
        return forecast([*parties, Parties(count=newcomers)], habits).chance_of_more_than(capacity)

    if more:
        assert risk(more) <= RISK
    if more < capacity // 2 and (more or risk(0) <= RISK):
        assert risk(more + 1) > RISK


def test_where_few_come_more_places_may_be_given() -> None:
    advised = [overbooking([Parties(count=20)], steady(rate), 20) for rate in (0.97, 0.85, 0.7)]
    assert advised == sorted(advised)
    assert advised[0] == 0
    assert advised[2] >= 4


def test_nobody_going_is_nobody_coming() -> None:
    told = forecast([], learn([]))
    assert (told.places, told.mean, told.low, told.high) == (0, 0.0, 0, 0)


def test_a_large_event_is_reckoned_as_well() -> None:
    small, large = forecast([Parties(count=300)], steady(0.75)), forecast([Parties(count=30_000)], steady(0.75))
    assert small.step == 1 < large.step
    assert len(large.cumulative) < 500
    assert isclose(large.mean, 100 * small.mean)
    assert abs(large.low - 100 * small.low) < 400  # shares hardly change any more
    assert abs(large.high - 100 * small.high) < 400
    assert isclose(large.chance_of_more_than(22_500), small.chance_of_more_than(225), abs_tol=0.04)


@pytest.mark.parametrize(("evenings", "moods"), [(4, 0.2), (4, 0.6), (15, 0.2), (15, 0.6)])
def test_four_times_in_five_it_is_so(evenings: int, moods: float) -> None:
    """Worlds unlike the model: people with a habit of their own, evenings with a mood, answers to the question, guests."""
    rng, inside, bias, worlds = Random(7), 0, 0.0, 400
    for _ in range(worlds):
        parties, habits, came = _world(rng, evenings, moods)
        told = forecast(parties, habits)
        inside += told.low <= came <= told.high
        bias += (came - told.mean) / told.places / worlds
    assert 0.73 <= inside / worlds <= 0.92
    assert abs(bias) < 0.03


def _world(rng: Random, evenings: int, moods: float) -> tuple[list[Parties], Habits, int]:
    people = [rng.betavariate(0.75 * 5, 0.25 * 5) for _ in range(80)]
    records = [[0, 0] for _ in people]
    seen: list[dict[Said, Tries]] = []

    def evening() -> list[tuple[int, Said, bool]]:
        mood, answers = rng.gauss(0, moods), []
        for person in rng.sample(range(80), rng.randint(12, 40)):
            comes = rng.random() < 1 / (1 + exp(-log(people[person] / (1 - people[person])) - mood))
            said = Said.NOTHING
            if rng.random() < 0.8:
                said = Said.YES if rng.random() < (0.9 if comes else 0.4) else Said.SILENT
            answers.append((person, said, comes))
        return answers

    for _ in range(evenings):
        heard: dict[Said, Tries] = {}
        for person, said, comes in evening():
            known = heard.get(said, Tries(0, 0))
            heard[said] = Tries(known.came + comes, known.of + 1)
            records[person] = [records[person][0] + comes, records[person][1] + 1]
        seen.append(heard)
    parties, came = [], 0
    for person, said, comes in evening():
        places = 1 + rng.choice([0, 0, 0, 1])
        parties.append(Parties(places, said, *records[person]))
        came += comes * places
    return parties, learn(seen), came


def test_the_variance_is_that_of_parties_that_are_correlated() -> None:
    """Against a direct simulation: all parties of an evening share a chance drawn from a Beta of the same correlation."""
    rng, correlation, chance = Random(11), 0.06, 0.7
    habits = Habits(dict.fromkeys(Said, chance), correlation, 1e9, 50, 1000)
    told = forecast([Parties(1, count=20), Parties(3, count=5)], habits)
    size, totals = 1 / correlation - 1, []
    for _ in range(20_000):
        shared = rng.betavariate(chance * size, (1 - chance) * size)
        ones = sum(rng.random() < shared for _ in range(20))
        totals.append(ones + 3 * sum(rng.random() < shared for _ in range(5)))
    mean = sum(totals) / len(totals)
    deviation = sqrt(sum((total - mean) ** 2 for total in totals) / len(totals))
    chances = _chances(told.cumulative)
    ours = sqrt(sum(chance * (number - told.mean) ** 2 for number, chance in enumerate(chances)))
    assert abs(mean - told.mean) < 0.15
    assert abs(deviation - ours) / deviation < 0.03
    inside = sum(told.low <= total <= told.high for total in totals) / len(totals)
    assert 0.78 < inside < 0.9


def _chances(cumulative: tuple[float, ...]) -> list[float]:
    return [b - a for a, b in zip((0.0, *cumulative), cumulative, strict=False)]
