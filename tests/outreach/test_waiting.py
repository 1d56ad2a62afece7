"""Letters that wait: for the morning, for the daily letter, because it was too much for one day, or for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from organizer.core.db import db
from organizer.core.time import now
from organizer.events.models import State
from organizer.outreach import addressees, digests, service
from organizer.outreach.models import Letter
from organizer.outreach.topics import DIGEST
from tests.factories import make_account, make_event, make_rsvp
from tests.outreach.conftest import Mailing

Messages = Callable[..., None]
MIRA = "mira@example.org"
NOON = datetime(2026, 6, 10, 9, tzinfo=UTC)  # 12:00 in Sofia
NIGHT = datetime(2026, 6, 10, 20, 30, tzinfo=UTC)  # 23:30
MORNING = datetime(2026, 6, 11, 5, tzinfo=UTC)  # 8:00
MINUTE = timedelta(minutes=1)


def choose(mailing: Mailing, **choices: str) -> None:
    mailing.given(lambda: addressees.choose(addressees.ensured([MIRA])[MIRA], choices))


def event_in(mailing: Mailing, starts_at: datetime) -> int:
    """The number of an RSVP to an event that begins then."""
    return int(mailing.given(lambda: make_rsvp(make_event(starts_at=starts_at), email="guest@example.org").id))


def subjects(mailing: Mailing) -> list[str]:
    return [str(mail["Subject"]) for mail in mailing.postman.letters]


def test_at_night_they_wait_for_the_morning(mailing: Mailing, messages: Messages) -> None:
    with time_machine.travel(NIGHT, tick=False):
        messages(MIRA, "Fog walk")
        assert mailing.send() == 0
    (row,) = mailing.rows()
    assert (str(row.state), row.due_at, row.claimed_at, row.tries) == ("due", MORNING, None, 0)
    with time_machine.travel(MORNING - MINUTE, tick=False):
        assert mailing.send() == 0
    with time_machine.travel(MORNING, tick=False):
        assert mailing.send() == 1


def test_night_is_where_the_reader_is(mailing: Mailing, messages: Messages) -> None:
    zones = {"America/New_York": "due", "Asia/Tokyo": "due", "Europe/London": "sent"}
    for zone in zones:
        account_id = mailing.given(lambda zone=zone: make_account(zone=zone).id)
        messages(f"{zone[-4:].lower()}@example.org", "Fog walk", account_id=account_id)
    with time_machine.travel(datetime(2026, 6, 10, 20, 30, tzinfo=UTC), tick=False):  # 16:30, 5:30, 21:30
        mailing.given(lambda: db.session.execute(sa.update(Letter).values(due_at=now())))
        assert mailing.send() == 2
    assert mailing.states() == ["sent", "due", "sent"]


def test_without_a_zone_of_their_own_night_is_where_the_event_is(mailing: Mailing, messages: Messages) -> None:
    rsvp = mailing.given(lambda: make_rsvp(make_event(starts_at=NOON + timedelta(days=30), zone="Asia/Tokyo")).id)
    with time_machine.travel(NOON + timedelta(hours=5), tick=False):  # 17:00 in Sofia, 23:00 in Tokyo
        messages(MIRA, "Neon", rsvp=rsvp)
        messages("bo@example.org", "No event")
        assert mailing.send() == 1
    assert mailing.states() == ["due", "sent"]


def test_what_would_come_too_late_comes_at_night(mailing: Mailing, messages: Messages) -> None:
    sunrise = event_in(mailing, MORNING + timedelta(hours=1))
    with time_machine.travel(NIGHT, tick=False):
        messages(MIRA, "Sunrise", rsvp=sunrise)
        assert mailing.send() == 1


def test_once_a_day_it_is_one_letter(mailing: Mailing, messages: Messages) -> None:
    choose(mailing, messages="digest")
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Fog walk")
        messages(MIRA, "Gone", gone=True)
        messages(MIRA, "Neon <b>walk</b>")
        messages("bo@example.org", "Fog walk")
        assert mailing.send() == 1
    assert mailing.states() == ["waiting"] * 3 + ["sent"]
    assert {row.due_at for row in mailing.rows()[:3]} == {MORNING}
    with time_machine.travel(MORNING - MINUTE, tick=False):
        assert mailing.send() == 0
    with time_machine.travel(MORNING, tick=False):
        assert mailing.send() == 1
        assert mailing.send() == 0
    assert mailing.states() == ["digested"] * 3 + ["sent", "sent"]
    mail = mailing.postman.letters[-1]
    assert mail["Subject"] == "Today: Fog walk and 1 more"
    assert "/digest/unsubscribe>" in mail["List-Unsubscribe"]
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    page = BeautifulSoup(str(html.get_content()), "html.parser")
    for words in (str(text.get_content()), page.get_text(" ")):
        for part in ("Fog walk", "Neon <b>walk</b>", "A word & two about Fog walk", "Light Walks"):
            assert part in words
        assert "Gone" not in words
    assert page.find("a", string="Fog walk")["href"] == "https://meet.example.org/events/1"  # type: ignore[index]


def test_a_daily_letter_of_nothing_true_is_not_sent(mailing: Mailing, messages: Messages) -> None:
    choose(mailing, messages="digest")
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Gone", gone=True)
        assert mailing.send() == 0
    with time_machine.travel(MORNING, tick=False):
        assert mailing.send() == 0
    assert mailing.states() == ["digested", "dropped"]


def test_what_would_come_too_late_daily_comes_at_once(mailing: Mailing, messages: Messages) -> None:
    choose(mailing, messages="digest")
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Tonight", rsvp=event_in(mailing, NOON + timedelta(hours=6)))
        messages(MIRA, "Next week", rsvp=event_in(mailing, NOON + timedelta(days=7)))
        assert mailing.send() == 1
    assert subjects(mailing) == ["Tonight"]


@pytest.mark.parametrize("name", ["messages", "digest"])
def test_who_stops_them_meanwhile_gets_none(mailing: Mailing, messages: Messages, name: str) -> None:
    choose(mailing, messages="digest")
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Fog walk")
        mailing.send()
        choose(mailing, **{name: "never"})
    with time_machine.travel(MORNING, tick=False):
        assert mailing.send() == 0
    assert [(str(row.state), row.last_error) for row in mailing.rows()] == [("dropped", "not wanted")]


def test_who_wants_none_gets_none(mailing: Mailing, messages: Messages) -> None:
    choose(mailing, messages="never")
    messages(MIRA, "Fog walk")
    messages("bo@example.org", "Fog walk")
    with time_machine.travel(NOON, tick=False):
        mailing.given(lambda: db.session.execute(sa.update(Letter).values(due_at=now())))
        assert mailing.send() == 1
    assert mailing.postman.recipients == ["bo@example.org"]
    assert mailing.rows()[0].last_error == "not wanted"


def test_too_many_for_one_day_come_the_next(mailing: Mailing, messages: Messages) -> None:
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Fog walk", 14)
        messages("bo@example.org", "Fog walk", 2)
        mailing.given(lambda: service.write("sign_in", "code", MIRA, "", "en", {"code": "123456", "link_token": "t"}))
        assert mailing.send() == 10 + 2 + 1  # a code is no letter that counts
    assert mailing.states().count("waiting") == 4
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        messages(MIRA, "One more")
        messages(MIRA, "Tonight", rsvp=event_in(mailing, NOON + timedelta(hours=6)))
        assert mailing.send() == 1  # what cannot wait does not
    with time_machine.travel(MORNING, tick=False):
        assert mailing.send() == 1
        messages(MIRA, "The next day")
        assert mailing.send() == 0
    assert subjects(mailing)[-1] == "Today: Fog walk and 4 more"
    with time_machine.travel(NOON + timedelta(hours=26), tick=False):
        messages(MIRA, "A day later")
        assert mailing.send() == 1


def test_several_workers_keep_one_limit(mailing: Mailing, messages: Messages) -> None:
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Fog walk", 40)
        workers = [threading.Thread(target=mailing.send) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(mailing.postman.letters) == 10
    assert mailing.states().count("waiting") == 30


def test_several_workers_and_a_death_make_one_daily_letter(mailing: Mailing, messages: Messages) -> None:
    addresses = [f"p{number}@example.org" for number in range(8)]
    mailing.given(
        lambda: [addressees.choose(person, {"messages": "digest"}) for person in addressees.ensured(addresses).values()]
    )
    with time_machine.travel(NOON, tick=False):
        for address in addresses:
            messages(address, "Fog walk", 3)
        mailing.send()
    with time_machine.travel(MORNING, tick=False):
        with mailing.app.app_context():  # a worker dies before its commit
            digests.gather()
            db.session.rollback()
        assert mailing.states() == ["waiting"] * 24
        workers = [threading.Thread(target=mailing.send) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        mailing.send()
    assert sorted(mailing.postman.recipients) == addresses
    assert mailing.states() == ["digested"] * 24 + ["sent"] * 8


def test_a_change_in_the_night_is_told_at_once(mailing: Mailing) -> None:
    def arrange() -> Any:
        rsvp = make_rsvp(make_event(starts_at=NOON + timedelta(days=5), state=State.CANCELLED), email=MIRA)
        service.write("event_cancelled", "x", MIRA, "Mira", "en", {"rsvp": rsvp.id}, due_at=NIGHT)

    mailing.given(arrange)
    with time_machine.travel(NIGHT, tick=False):
        assert mailing.send() == 1
    (mail,) = mailing.postman.letters
    assert "/changes/unsubscribe>" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_no_reminder_after_the_event_began(
    mailing: Mailing, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    from organizer.outreach import topics

    monkeypatch.setitem(topics.TOPIC_OF, "host_message", topics.BY_NAME["reminders"])
    start = NOON + timedelta(hours=2)
    rsvp = event_in(mailing, start)
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Soon", rsvp=rsvp)
        mailing.stop()
        assert mailing.send() == 0
    assert mailing.states() == ["due"]
    mailing.start()
    with time_machine.travel(start, tick=False):
        assert mailing.send() == 0
    assert [(str(row.state), row.last_error) for row in mailing.rows()] == [("dropped", "the event has begun")]


def test_the_daily_letter_can_be_stopped_by_its_own_link(mailing: Mailing, messages: Messages) -> None:
    choose(mailing, messages="digest")
    with time_machine.travel(NOON, tick=False):
        messages(MIRA, "Fog walk")
        mailing.send()
    with time_machine.travel(MORNING, tick=False):
        mailing.send()
    link = str(mailing.postman.letters[-1]["List-Unsubscribe"]).strip("<>").removeprefix("https://meet.example.org")
    assert mailing.app.test_client().post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with mailing.app.app_context():
        assert addressees.known([MIRA])[MIRA].choices == {"messages": "digest", DIGEST.name: "never"}
