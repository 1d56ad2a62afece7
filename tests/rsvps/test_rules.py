"""What the rules of an event say, and how long a place is held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer.core.errors import Forbidden, Invalid
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import ruling
from organizer.rsvps.models import Answer
from organizer.rsvps.rules import SHORTEST_OFFER, USUAL, Mode, Moment, Queue, Rules
from tests.factories import make_account, make_event
from tests.rsvps.coming import come

HOURS = st.integers(0, 24 * 20)
WALLS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.one_of(
    st.none(),
    st.builds(Moment, wall=WALLS),
    st.builds(Moment, before=HOURS.map(lambda hours: timedelta(hours=hours))),
)
ANY = st.builds(
    Rules,
    mode=st.sampled_from(Mode),
    code=st.text(max_size=20),
    opens=MOMENTS,
    closes=MOMENTS,
    edits=MOMENTS,
    queue=st.sampled_from(Queue),
    offer_hours=st.integers(1, 72),
    overbooking=st.integers(0, 9),
    hides_counts=st.booleans(),
)


@given(rules=ANY)
def test_rules_come_back_as_they_were_stored(rules: Rules) -> None:
    assert Rules.of(Event(rsvp_rules=rules.stored())) == rules


def test_the_usual_rules_take_no_room() -> None:
    assert USUAL.stored() == {}
    assert Rules.of(Event(rsvp_rules={})) is USUAL


@given(hours=st.integers(1, 72), minutes=st.integers(1, 60 * 24 * 30))
def test_an_offer_is_shortened_near_the_start_and_never_goes_past_it(hours: int, minutes: int) -> None:
    moment = datetime(2026, 11, 28, 12, tzinfo=UTC)
    starts = moment + timedelta(minutes=minutes)
    until = Rules(offer_hours=hours).offer_until(moment, starts)
    assert moment < until <= starts
    assert until - moment <= max(timedelta(hours=hours), SHORTEST_OFFER)
    if minutes > 20:
        assert until - moment <= timedelta(minutes=minutes) / 2 or until - moment == SHORTEST_OFFER
    if minutes >= 2 * 60 * hours:
        assert until - moment == timedelta(hours=hours)


def test_moments_follow_the_clock_or_the_start() -> None:
    event = Event(starts_at=datetime(2026, 10, 26, 17, tzinfo=UTC), zone="Europe/Sofia", rsvp_rules={})
    # The night before the clocks go back: seven in the evening is 16:00 UTC before, 17:00 after.
    assert Moment(wall=datetime(2026, 10, 24, 19)).at(event) == datetime(2026, 10, 24, 16, tzinfo=UTC)
    assert Moment(wall=datetime(2026, 10, 25, 19)).at(event) == datetime(2026, 10, 25, 17, tzinfo=UTC)
    assert Moment(before=timedelta(hours=24)).at(event) == datetime(2026, 10, 25, 17, tzinfo=UTC)


@pytest.mark.usefixtures("session")
class TestChanging:
    def test_other_rules_hold_at_once_and_give_on_what_they_free(self) -> None:
        host = make_account()
        event = make_event(host=host, capacity=1, rsvp_rules={"queue": "host", "asks": True, "overbooking": 1})
        first, second = come(event, "a"), come(event, "b")
        third = come(event, "c")
        assert [r.answer for r in (first, second, third)] == [Answer.GOING, Answer.GOING, Answer.WAITLISTED]
        assert ruling.change(host, event, Rules()) == Rules(asks=True, overbooking=1)
        assert third.answer is Answer.WAITLISTED
        event.capacity = 2
        ruling.change(host, event, Rules())
        assert third.answer is Answer.GOING

    @pytest.mark.parametrize(
        ("wanted", "field"),
        [
            ({"mode": Mode.CODE, "code": " "}, "code"),
            ({"closes": Moment(wall=datetime(2199, 1, 1))}, "closes_wall"),
            ({"opens": Moment(before=timedelta(1)), "closes": Moment(before=timedelta(2))}, "closes_wall"),
            ({"offer_hours": 0}, "offer_hours"),
            ({"offer_hours": 73}, "offer_hours"),
            ({"ask_hours": -1}, "ask_hours"),
            ({"release_hours": 48}, "release_hours"),
            ({"min_age": 100}, "min_age"),
        ],
    )
    def test_what_cannot_be_is_said_near_its_field(self, wanted: dict[str, object], field: str) -> None:
        host = make_account()
        event = make_event(host=host)
        with pytest.raises(Invalid) as refused:
            ruling.change(host, event, Rules(**wanted))  # type: ignore[arg-type]
        assert refused.value.field == field
        assert event.rsvp_rules == {}

    def test_only_hosts_rule(self) -> None:
        event = make_event()
        with pytest.raises(Forbidden):
            ruling.change(make_account(), event, Rules())
        assert now() < event.starts_at
