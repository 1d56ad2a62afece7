"""Writing into the outbox, and looking at it in development."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from organizer import create_app
from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.outreach import jobs, queries, service
from organizer.outreach.models import Letter, LetterState
from organizer.outreach.service import Draft
from tests.conftest import settings_for
from tests.factories import make_account, make_event, make_rsvp

Given = Callable[[Callable[[], Any]], Any]
CODE = {"code": "123456", "link_token": "t" * 32}


def test_a_known_key_writes_nothing_and_breaks_nothing(session: scoped_session[Session]) -> None:
    with unit_of_work():
        assert service.write("sign_in", "once", "a@example.org", "A", "en", CODE)
        assert not service.write("sign_in", "once", "b@example.org", "B", "bg", {})
        account = make_account()
    assert session.scalars(sa.select(Letter.address)).all() == ["a@example.org"]
    assert account.id
    with unit_of_work():
        drafts = [Draft("sign_in", f"many:{n % 300}", f"p{n}@example.org") for n in range(450)]
        assert service.write_all(drafts) == 300
        assert service.write_all([]) == 0


def test_letters_are_part_of_the_transaction(session: scoped_session[Session]) -> None:
    def fail() -> None:
        with unit_of_work():
            service.write("sign_in", "once", "a@example.org", "A", "en", CODE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert session.scalars(sa.select(Letter)).all() == []


def test_without_a_mail_server_letters_are_held(session: scoped_session[Session]) -> None:
    with unit_of_work():
        service.write("sign_in", "once", "a@example.org", "A" * 99, "en", CODE)
    letter = session.scalars(sa.select(Letter)).one()
    assert (letter.state, letter.about, len(letter.person)) == (LetterState.HELD, CODE, 80)
    assert jobs.send_due() == 0
    assert queries.counts() == dict.fromkeys(LetterState, 0) | {LetterState.HELD: 1}


def test_the_outbox_keeps_nothing_for_ever(session: scoped_session[Session]) -> None:
    with unit_of_work():
        service.write("sign_in", "old", "a@example.org", "A", "en", CODE)
    with time_machine.travel(now() + timedelta(days=89)):
        jobs.forget_old()
        assert session.scalars(sa.select(Letter.once)).all() == ["old"]
    with time_machine.travel(now() + timedelta(days=91)):
        jobs.forget_old()
        assert session.scalars(sa.select(Letter.once)).all() == []


def test_the_outbox_is_shown_in_development(app: Flask, client: FlaskClient, given: Given) -> None:
    assert "No letters yet" in client.get("/dev/outbox").text

    def arrange() -> None:
        service.write("sign_in", "code", "mira@example.org", "Mira", "en", CODE)
        rsvp = make_rsvp(make_event(title="Fog <b>walk</b>"), make_account(email="bo@example.org"))
        service.write("going", "ticket", "bo@example.org", "Bo", "en", {"rsvp": rsvp.id}, rsvp.account_id)
        service.write("going", "gone", "bo@example.org", "Bo", "en", {"rsvp": 999})
        service.write("no_such_kind", "kind", "bo@example.org", "Bo", "en", {})

    given(arrange)
    page = client.get("/dev/outbox").text
    assert "123 456 is your code" in page
    assert "Fog &lt;b&gt;walk&lt;/b&gt;" in page
    first = client.get("/dev/outbox/1")
    assert 'href="http://127.0.0.1:8000/sign-in/link/' in first.text
    assert "no-store" in first.headers["Cache-Control"]
    html = client.get("/dev/outbox/2/html")
    assert "data:image/png;base64," in html.text
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "<b>walk" not in html.text
    for number in (3, 4):
        assert "The text is gone" in client.get(f"/dev/outbox/{number}").text
        assert client.get(f"/dev/outbox/{number}/html").status_code == 404
    assert client.get("/dev/outbox/99").status_code == 404


def test_the_outbox_answers_this_machine_only(client: FlaskClient) -> None:
    assert client.get("/dev/outbox", environ_base={"REMOTE_ADDR": "192.168.1.7"}).status_code == 200
    assert client.get("/dev/outbox", environ_base={"REMOTE_ADDR": "203.0.114.9"}).status_code == 404
    assert client.get("/dev/outbox", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


def test_production_has_no_outbox(app: Flask, tmp_path: Any) -> None:
    chosen = settings_for(
        tmp_path, app.extensions["settings"].database_url, env="production", url="https://meet.example.org"
    )
    serious = create_app(chosen, TESTING=True)
    assert serious.test_client().get("/dev/outbox").status_code == 404
    with serious.app_context():
        db.engine.dispose()


def test_the_terminal_counts_and_resends(app: Flask, given: Given) -> None:
    given(lambda: service.write("sign_in", "once", "a@example.org", "A", "en", CODE))
    runner = app.test_cli_runner()
    assert "held            1" in runner.invoke(args=["letters"]).output
    assert "1 letters are due again." in runner.invoke(args=["letters", "--resend", "held"]).output
