"""The same request again, late, twice at once or after a kill: one effect and the same answer."""

from __future__ import annotations

import io
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from organizer.core import replay
from organizer.core.db import db
from organizer.core.time import now
from organizer.events.models import Event, State
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Answer, Rsvp, RsvpMove
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
# Another process that does the same things again and again, and is killed meanwhile.
SERVER = """
import sys
from pathlib import Path
from organizer import create_app
from tests.conftest import settings_for
folder, url, cookie, address = sys.argv[1:]
app = create_app(settings_for(Path(folder), url, rate_limits=False), TESTING=True, WTF_CSRF_ENABLED=False)
client = app.test_client()
client.set_cookie("session", cookie)
for number in range(20):
    answer = client.post(address, headers={"Idempotency-Key": f"key {number}"})
    print(number, answer.location, flush=True)
"""
KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


@pytest.fixture
def owned(app: Flask, given: Given) -> tuple[str, int]:
    """An event's key, and the account that owns its community."""

    def arrange() -> tuple[str, int]:
        owner = make_account()
        return make_event(make_community(owner)).key, owner.id

    return given(arrange)  # type: ignore[no-any-return]


@pytest.fixture
def owner(client: FlaskClient, owned: tuple[str, int]) -> FlaskClient:
    sign_in(client, owned[1])
    return client


def count(app: Flask, table: type[Any]) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def replayed(answer: TestResponse) -> bool:
    return "Idempotent-Replayed" in answer.headers


def test_a_retry_has_no_second_effect_and_the_same_answer(
    owner: FlaskClient, owned: tuple[str, int], app: Flask
) -> None:
    address = f"/events/{owned[0]}/duplicate"
    first, again, other = (owner.post(address, headers=key) for key in (KEY, KEY, {"Idempotency-Key": "another"}))
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert (replayed(first), replayed(again), replayed(other)) == (False, True, False)
    assert other.location != first.location
    assert count(app, Event) == 3
    assert "Set-Cookie" in again.headers  # its message, in a session of now: no cookie is ever kept
    assert "This is a copy" in owner.get(again.location).text


def test_every_form_as_it_is_shown_has_a_key_of_its_own(owner: FlaskClient, owned: tuple[str, int]) -> None:
    keys = [
        re.findall(
            r'name="client_key" value="([^"]{22})"', owner.get(f"/events/{owned[0]}/x", follow_redirects=True).text
        )
        for _ in range(2)
    ]
    assert len(keys[0]) > 2
    assert len(set(keys[0] + keys[1])) == len(keys[0] + keys[1])


def test_the_same_key_with_other_content_is_another_request(
    owner: FlaskClient, owned: tuple[str, int], app: Flask
) -> None:
    guest = f"/events/{owned[0]}/guests"
    for name in ("Ana", "Boris", "Ana"):
        assert owner.post(guest, data={"name": name, "client_key": "k", "csrf_token": name}).status_code == 303
    assert count(app, Rsvp) == 2


def test_a_key_is_worth_nothing_to_somebody_else(
    app: Flask, owner: FlaskClient, owned: tuple[str, int], given: Given
) -> None:
    address = f"/events/{owned[0]}/duplicate"
    assert owner.post(address, headers=KEY).status_code == 303
    stranger = app.test_client()
    assert stranger.post(address, headers=KEY).location == "/sign-in"
    sign_in(stranger, given(lambda: make_account().id))
    assert stranger.post(address, headers=KEY).status_code == 403


def test_what_was_refused_may_be_sent_again(
    owner: FlaskClient, owned: tuple[str, int], app: Flask, given: Given
) -> None:
    given(lambda: db.session.execute(sa.text("UPDATE tally SET ceiling = 0")))
    typed = {"name": "Ana", "client_key": "k"}
    assert owner.post(f"/events/{owned[0]}/guests", data=typed).status_code == 422
    given(lambda: db.session.execute(sa.text("UPDATE tally SET ceiling = 9")))
    answers = [owner.post(f"/events/{owned[0]}/guests", data=typed) for _ in range(2)]
    assert [(answer.status_code, replayed(answer)) for answer in answers] == [(303, False), (303, True)]
    assert count(app, Rsvp) == 1


def test_what_could_not_be_done_now_is_answered_as_it_was_done_then(
    owner: FlaskClient, owned: tuple[str, int], given: Given
) -> None:
    given(lambda: db.session.execute(sa.update(Event).values(state=State.DRAFT)))
    first, again = (owner.post(f"/events/{owned[0]}/discard", headers=KEY) for _ in range(2))
    assert (again.status_code, again.location) == (303, first.location)
    assert owner.post(f"/events/{owned[0]}/discard").status_code == 404


def test_a_late_repeat_of_a_withdrawal_leaves_alone_who_came_back(
    client: FlaskClient, app: Flask, given: Given
) -> None:
    token = given(lambda: manage_token(make_rsvp(make_event())))
    client.get(f"/rsvps/{token}")
    for step in ("cancel", "rejoin", "cancel", "rejoin"):
        answer = client.post(f"/rsvps/{token}/{step}", data={"client_key": step})
        assert answer.location == f"/rsvps/{token}"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    with app.app_context():
        assert db.session.scalars(sa.select(Rsvp.answer)).all() == [Answer.GOING]
    assert count(app, RsvpMove) == 2


def test_of_many_at_once_one_has_an_effect(app: Flask, owned: tuple[str, int]) -> None:
    clients = [app.test_client() for _ in range(6)]
    for client in clients:
        sign_in(client, owned[1])
    gate, answers = threading.Barrier(len(clients)), list[TestResponse]()

    def send(client: FlaskClient) -> None:
        gate.wait()
        answers.append(client.post(f"/events/{owned[0]}/duplicate", headers=KEY))

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert sorted(map(replayed, answers)) == [False] + [True] * (len(clients) - 1)
    assert count(app, Event) == 2


def test_nothing_is_kept_of_what_was_not_committed(
    owner: FlaskClient, owned: tuple[str, int], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    kept = replay.keep

    def killed(*given: Any) -> None:
        kept(*given)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(replay, "keep", killed)
        with pytest.raises(Killed):
            owner.post(f"/events/{owned[0]}/duplicate", headers=KEY)
    assert (count(app, Event), count(app, replay.Replay)) == (1, 0)
    assert not replayed(owner.post(f"/events/{owned[0]}/duplicate", headers=KEY))
    assert (count(app, Event), count(app, replay.Replay)) == (2, 1)


def test_a_server_killed_in_the_middle_leaves_both_or_neither(
    owner: FlaskClient, owned: tuple[str, int], app: Flask, tmp_path: Path
) -> None:
    address, cookie = f"/events/{owned[0]}/duplicate", owner.get_cookie("session")
    assert cookie is not None
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    given = [tmp_path, "" if url.startswith("sqlite") else url, cookie.value, address]
    said = {}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, *map(str, given)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        for _ in range(9):
            number, location = server.stdout.readline().split()
            said[int(number)] = location
        time.sleep(random.uniform(0, 0.02))
        server.kill()
    for number in range(20):
        location = owner.post(address, headers={"Idempotency-Key": f"key {number}"}).location
        assert said.get(number, location) == location
    assert len(said) == 9
    assert count(app, Event) == 1 + 20


def test_a_file_is_content_too(owner: FlaskClient, given: Given, app: Flask) -> None:
    slug = given(lambda: db.session.scalars(sa.text("SELECT slug FROM community")).one())
    answers = []
    for name in ("Walk", "Walk", "Talk"):
        file = (io.BytesIO(f"title,starts\n{name},2030-01-01 18:00\n".encode()), "events.csv")
        answers.append(owner.post(f"/c/{slug}/import", data={"file": file, "client_key": "k"}))
    assert [answer.status_code for answer in answers] == [303] * 3
    assert answers[0].location == answers[1].location != answers[2].location


def test_the_table_tells_nobody_what_was_said(client: FlaskClient, app: Flask, given: Given) -> None:
    token = given(lambda: manage_token(make_rsvp(make_event())))
    client.post(f"/rsvps/{token}/cancel", headers=KEY)
    with app.app_context():
        rows = db.session.execute(sa.text("SELECT * FROM replay")).all()
    assert len(rows) == 1
    for secret in (token, token[10:], "303", "8e03978e"):
        assert secret not in repr(rows[0])


def test_answers_are_forgotten_after_a_day(owner: FlaskClient, owned: tuple[str, int], app: Flask) -> None:
    owner.post(f"/events/{owned[0]}/duplicate", headers=KEY)
    with app.app_context():
        with time_machine.travel(now() + timedelta(hours=23), tick=False):
            assert replay.forget_old() == 0
        with time_machine.travel(now() + timedelta(hours=25), tick=False):
            assert replay.forget_old() == 1
    assert count(app, replay.Replay) == 0


def test_a_message_is_told_once_more_and_none_is_told_twice(owner: FlaskClient, owned: tuple[str, int]) -> None:
    typed = {"name": "Ana", "client_key": "k"}
    for _ in range(2):  # nobody has read the first message when the second request comes
        owner.post(f"/events/{owned[0]}/guests", data=typed)
    assert owner.get(f"/events/{owned[0]}/guests").text.count("Ana is on the list.") == 1
