"""What an address gets is for its holder to say: by account, by private link, by one click in a mail program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db, unit_of_work
from organizer.outreach import addressees, letters
from organizer.outreach.links import choose_token, stop_token
from organizer.outreach.models import Addressee
from organizer.outreach.topics import ANSWERS, BY_NAME, CAPPED, DIGEST, TOPIC_OF, TOPICS, Choice, choice_of, topic_of
from tests.factories import make_account, sign_in

Given = Callable[[Callable[[], Any]], Any]
ADDRESS = "mira@example.org"
REMINDERS, CHANGES = BY_NAME["reminders"], BY_NAME["changes"]


def made(given: Given, address: str = ADDRESS, **choices: str) -> str:
    """The key of an addressee."""

    def arrange() -> str:
        addressee = addressees.ensured([address])[address]
        addressee.choices = dict(choices)
        return addressee.key

    return str(given(arrange))


def kept(app: Flask, address: str = ADDRESS) -> dict[str, str]:
    with app.app_context():
        found = db.session.scalars(sa.select(Addressee).where(Addressee.address == address)).one()
        return dict(found.choices)


def test_every_kind_of_letter_has_a_topic(app: Flask) -> None:
    assert set(letters.kinds()) - TOPIC_OF.keys() == set()
    assert {topic.name for topic in TOPIC_OF.values()} == {topic.name for topic in TOPICS}
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert topic_of("no_such_kind") is ANSWERS
    assert "going" not in CAPPED
    assert "digest" not in CAPPED
    assert {"event_moved", "remind_day", "host_message"} <= set(CAPPED)


def test_answers_cannot_be_stopped_or_kept_for_later() -> None:
    assert ANSWERS.choices == (Choice.NOW,)
    for choice in Choice:
        assert choice_of(ANSWERS, {"answers": choice}) is Choice.NOW


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({}, Choice.NOW),
        ({"changes": "never"}, Choice.NEVER),
        ({"changes": "digest"}, Choice.DIGEST),
        ({"changes": "digest", "digest": "never"}, Choice.NEVER),
        ({"changes": "sometimes"}, Choice.NOW),
        ({"reminders": "never"}, Choice.NOW),
    ],
)
def test_what_is_chosen(stored: dict[str, str], expected: Choice) -> None:
    assert choice_of(CHANGES, stored) is expected


def test_the_daily_letter_itself_cannot_come_daily() -> None:
    assert choice_of(DIGEST, {"digest": "digest"}) is Choice.NOW


def test_an_address_is_known_once(session: scoped_session[Session]) -> None:
    with unit_of_work():
        first = addressees.ensured([ADDRESS, "bo@example.org"])
        keys = {address: found.key for address, found in first.items()}
    with unit_of_work():
        again = addressees.ensured(["bo@example.org", ADDRESS, "cy@example.org", ADDRESS])
        assert {address: found.key for address, found in again.items() if address in keys} == keys
        assert again.keys() == {*keys, "cy@example.org"}
        assert addressees.ensured([]) == {}


def test_an_account_chooses(app: Flask, client: FlaskClient, given: Given) -> None:
    account_id = given(lambda: make_account(email=ADDRESS).id)
    sign_in(client, account_id)
    page = client.get("/me/notifications")
    assert page.status_code == 200
    assert 'href="/me/notifications"' in client.get("/me").text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Addressee)) == 0  # looking makes nothing
    data = {
        "changes": "digest",
        "reminders": "never",
        "messages": "now",
        "answers": "never",
        "thanks": "x",
        "no": "now",
    }
    assert client.post("/me/notifications", data=data).location == "/me/notifications"
    assert kept(app) == {"changes": "digest", "reminders": "never"}
    shown = BeautifulSoup(client.get("/me/notifications").text, "html.parser")
    checked = {box["name"]: box["value"] for box in shown.find_all("input", checked=True)}
    assert (checked["changes"], checked["reminders"], checked["messages"]) == ("digest", "never", "now")
    assert shown.find("input", attrs={"name": "answers"}) is None
    client.post("/me/notifications", data={"changes": "now"})
    assert kept(app) == {"reminders": "never"}


def test_the_private_link_needs_no_account(app: Flask, client: FlaskClient, given: Given) -> None:
    key = made(given)
    with app.app_context():
        address = f"/mail/{choose_token(key)}"
    page = client.get(address)
    assert ADDRESS in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert client.post(address, data={"thanks": "never"}).location == address
    assert kept(app) == {"thanks": "never"}
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post(address, data={"thanks": "now"}).status_code == 400
    assert kept(app) == {"thanks": "never"}


def test_looking_stops_nothing_and_one_click_stops_one_sort(app: Flask, client: FlaskClient, given: Given) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    key = made(given, thanks="digest")
    with app.app_context():
        address = f"/mail/{stop_token(key, REMINDERS)}/reminders/unsubscribe"
    for _ in range(3):
        assert client.get(address).status_code == 200
    assert client.head(address).status_code == 200
    assert kept(app) == {"thanks": "digest"}
    answer = app.test_client().post(address, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.location, answer.headers.get("Set-Cookie")) == (200, None, None)
    assert kept(app) == {"thanks": "digest", "reminders": "never"}
    assert client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "Send them again" in client.get(address).text
    assert client.post(address, data={"resume": "y"}).status_code == 200
    assert kept(app) == {"thanks": "digest"}


def test_one_click_works_from_a_mail_program_in_a_browser(app: Flask, client: FlaskClient, given: Given) -> None:
    key = made(given)
    with app.app_context():
        address = f"/mail/{stop_token(key, CHANGES)}/changes/unsubscribe"
    foreign = {"Origin": "https://webmail.example.net", "Sec-Fetch-Site": "cross-site"}
    data = {"List-Unsubscribe": "One-Click"}
    assert client.post(address, data=data, headers=foreign).status_code == 200
    assert kept(app) == {"changes": "never"}
    assert client.post(f"/mail/{'x' * 36}", headers=foreign).status_code == 400  # everything else stays closed


def test_nobody_stops_what_the_link_does_not_say(app: Flask, client: FlaskClient, given: Given) -> None:
    key, other = made(given), made(given, "bo@example.org")
    with app.app_context():
        stop, choose = stop_token(key, REMINDERS), choose_token(key)
        foreign = other + stop[10:]
    wrong = [
        f"/mail/{stop}/changes/unsubscribe",  # another topic
        f"/mail/{stop}/answers/unsubscribe",
        f"/mail/{stop}/nothing/unsubscribe",
        f"/mail/{choose}/reminders/unsubscribe",  # another purpose
        f"/mail/{foreign}/reminders/unsubscribe",  # somebody else
        f"/mail/{stop}",
    ]
    for address in wrong:
        assert client.get(address).status_code == 404
        assert client.post(address, data={"reminders": "never"}).status_code == 404
    assert kept(app) == kept(app, "bo@example.org") == {}


def test_who_stops_the_daily_letter_gets_nothing_daily_until_asking_again(app: Flask, given: Given) -> None:
    made(given, changes="digest", thanks="never")

    def change(work: Callable[[Addressee], None]) -> dict[str, str]:
        given(lambda: work(addressees.ensured([ADDRESS])[ADDRESS]))
        return kept(app)

    stopped = change(lambda a: addressees.stop(a, DIGEST))
    assert choice_of(CHANGES, stopped) is Choice.NEVER
    assert choice_of(CHANGES, change(lambda a: addressees.resume(a, DIGEST))) is Choice.DIGEST
    change(lambda a: addressees.stop(a, DIGEST))
    wanted = change(lambda a: addressees.choose(a, {"reminders": "digest", "digest": "never"}))
    assert wanted == {"changes": "digest", "reminders": "digest", "thanks": "never"}


def test_a_bounce_is_noted_and_cleared(session: scoped_session[Session], app: Flask) -> None:
    with unit_of_work():
        addressees.ensured([ADDRESS])
        addressees.note_bounce(ADDRESS, "550 " + "x" * 300)
        addressees.note_bounce("nobody@example.org", "550")
    found = addressees.known([ADDRESS])[ADDRESS]
    session.refresh(found)
    assert found.bounced_at is not None
    assert len(found.bounce_reason) == 200
    with unit_of_work():
        addressees.clear_bounce(ADDRESS)
    session.refresh(found)
    assert (found.bounced_at, found.bounce_reason) == (None, "")
