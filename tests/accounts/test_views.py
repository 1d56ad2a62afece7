"""Signing in through pages: what a mail scanner, a forged link and a counting bot get."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from organizer import create_app
from organizer.accounts import limits, service
from organizer.accounts.models import Account, SignIn, SignInSession
from organizer.core.db import db
from tests.accounts.asking import mailed
from tests.conftest import settings_for
from tests.factories import make_account, sign_in

Given = Callable[[Callable[[], Any]], Any]


def ask(client: FlaskClient, email: str = "mira@example.org", **more: Any) -> TestResponse:
    return client.post("/sign-in", data={"email": email, **more.pop("data", {})}, **more)


def link(app: Flask) -> str:
    return f"/sign-in/link/{mailed(app)[-1]['link_token']}"


def test_a_stranger_signs_in_by_code_and_says_a_name(app: Flask, client: FlaskClient) -> None:
    assert "autocomplete" in client.get("/sign-in?next=/me/profile").text
    asked = ask(client, data={"next": "/me/profile"})
    assert (asked.status_code, asked.location) == (303, "/sign-in/code")
    page = client.get("/sign-in/code").text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    done = client.post("/sign-in/code", data={"code": mailed(app)[-1]["code"]})
    assert (done.status_code, done.location) == (303, "/me/welcome?next=/me/profile")
    assert client.get(done.location).status_code == 200
    named = client.post(
        "/me/welcome", data={"name": "  Mira\u202e  Ivanova ", "zone": "Asia/Tokyo", "next": "/me/profile"}
    )
    assert (named.status_code, named.location) == (303, "/me/profile")
    assert "Mira Ivanova" in client.get("/me").text


def test_scanners_look_and_the_person_presses(app: Flask, client: FlaskClient) -> None:
    ask(client)
    address, other = link(app), app.test_client()
    for _ in range(3):
        page = other.get(address)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page.headers["Cache-Control"]
    assert other.head(address).status_code == 200
    pressed = other.post(address)
    assert (pressed.status_code, pressed.location) == (303, "/me/welcome?next=/me")
    assert other.get("/me").status_code == 200
    assert client.get("/me").status_code == 303
    assert client.post(address).status_code == 410
    assert client.get(address).status_code == 410


def test_two_presses_at_once_sign_in_once(app: Flask, client: FlaskClient) -> None:
    ask(client)
    address, answers = link(app), []
    presses = [
        threading.Thread(target=lambda: answers.append(app.test_client().post(address).status_code)) for _ in range(4)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert sorted(answers) == [303, 410, 410, 410]
    with app.app_context():
        assert len(db.session.scalars(sa.select(SignInSession)).all()) == 1
        assert len(db.session.scalars(sa.select(Account)).all()) == 1


def test_a_page_without_referrer_may_send_its_own_form(app: Flask, client: FlaskClient) -> None:
    ask(client)
    forged = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert client.post(link(app), headers=forged).status_code == 400
    assert client.post(link(app), headers={"Origin": "https://evil.example"}).status_code == 400
    assert client.post(link(app), headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_asking_again_keeps_where_to_go(app: Flask, client: FlaskClient) -> None:
    ask(client, data={"next": "/me/profile"})
    assert 'name="next" value="/me/profile"' in client.get("/sign-in/code").text


def test_the_host_header_is_never_believed(app: Flask, client: FlaskClient) -> None:
    ask(client, headers={"Host": "evil.example"})
    with app.app_context():
        about = mailed(app)[-1]
    outbox = client.get("/dev/outbox/1").text
    assert f"http://127.0.0.1:8000/sign-in/link/{about['link_token']}" in outbox
    assert "evil.example" not in outbox


@pytest.mark.parametrize(
    "goes_to", ["//evil.example", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)", "http://evil.example/"]
)
def test_no_open_redirect_after_signing_in(app: Flask, client: FlaskClient, given: Given, goes_to: str) -> None:
    given(lambda: make_account(email="mira@example.org"))
    form = client.get("/sign-in", query_string={"next": goes_to}).text.split("<main")[1].split("</main")[0]
    assert "evil" not in form
    ask(client, data={"next": goes_to})
    assert client.post(link(app)).location == "/me"
    assert client.post("/me/welcome", data={"name": "Mira", "next": goes_to}).location == "/me"
    assert client.get("/sign-in", query_string={"next": goes_to}).location == "/me"


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask, client: FlaskClient, given: Given) -> None:
    given(lambda: make_account(email="known@example.org"))
    pages = []
    for email in ("known@example.org", "other@example.org"):
        answer = ask(client, email)
        page = client.get("/sign-in/code").text.replace(email, "")
        pages.append((answer.status_code, answer.location, page.split("<main")[1].split('name="csrf')[0]))
    assert pages[0] == pages[1]
    assert len(mailed(app)) == 2


def test_known_and_unknown_addresses_take_the_same_time(app: Flask, given: Given) -> None:
    given(lambda: [make_account(email=f"known{n}@example.org") for n in range(15)])
    client, times = app.test_client(), {"known": [0.0] * 0, "nobody": [0.0] * 0}
    ask(client, "warm@example.org")
    for n in range(15):
        for who, taken in times.items():
            started = time.perf_counter()
            assert ask(client, f"{who}{n}@example.org").status_code == 303
            taken.append(time.perf_counter() - started)
    assert abs(statistics.median(times["known"]) - statistics.median(times["nobody"])) < 0.05


def test_wrong_codes_are_counted_and_kept(app: Flask, client: FlaskClient) -> None:
    ask(client)
    right = mailed(app)[-1]["code"]
    for _ in range(service.WRONG_CODES):
        answer = client.post("/sign-in/code", data={"code": "x" + str((int(right) + 1) % 10**6)})
        assert answer.status_code == 422
        assert "not the code" in answer.text
    over = client.post("/sign-in/code", data={"code": right})
    assert over.status_code == 422
    assert "does not work any more" in over.text
    with app.app_context():
        assert db.session.scalars(sa.select(SignIn.wrong_tries)).one() == service.WRONG_CODES


def test_a_code_opens_only_in_the_browser_that_asked(app: Flask, client: FlaskClient) -> None:
    ask(client)
    stranger = app.test_client()
    assert stranger.post("/sign-in/code", data={"code": mailed(app)[-1]["code"]}).location == "/sign-in"


def test_five_letters_an_hour_and_nobody_is_told(app: Flask, client: FlaskClient) -> None:
    for _ in range(7):
        assert ask(client).location == "/sign-in/code"
    assert len(mailed(app)) == service.LETTERS_PER_HOUR
    # The letter that came before the silence still works here.
    assert client.post("/sign-in/code", data={"code": mailed(app)[-1]["code"]}).status_code == 303


def test_twenty_letters_an_hour_from_one_place(app: Flask, tmp_path: Any) -> None:
    limited = create_app(
        settings_for(tmp_path, app.extensions["settings"].database_url), TESTING=True, WTF_CSRF_ENABLED=False
    )
    client = limited.test_client()
    answers = {ask(client, f"p{n}@example.org", environ_base={"REMOTE_ADDR": "192.0.2.7"}).location for n in range(24)}
    assert answers == {"/sign-in/code"}
    assert len(mailed(app)) == 20
    ask(client, "elsewhere@example.org", environ_base={"REMOTE_ADDR": "192.0.2.8"})
    assert len(mailed(app)) == 21
    with limited.app_context():
        db.engine.dispose()


def test_an_ipv6_connection_is_one_place() -> None:
    assert limits.network_of("2001:db8:1:2:3:4:5:6") == limits.network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert limits.network_of("192.0.2.7") == "192.0.2.7"
    assert limits.network_of(None) == "unknown"


def test_bad_addresses_come_back_with_what_was_typed(client: FlaskClient) -> None:
    answer = ask(client, "mira@<b>")
    assert answer.status_code == 422
    assert 'value="mira@&lt;b&gt;"' in answer.text
    assert ask(client, "").status_code == 422
    assert client.get("/sign-in/code").location == "/sign-in"


def test_signing_in_gives_a_new_session_and_ends_the_old(app: Flask, client: FlaskClient, given: Given) -> None:
    sign_in(client, given(lambda: make_account(email="mira@example.org").id))
    with client.session_transaction() as cookie:
        before = cookie["_user_id"]
        cookie["planted"] = "x"
    ask(client)
    client.post(link(app))
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != before
        assert "planted" not in cookie
        assert "sign_in" not in cookie
    with app.app_context():
        ended = db.session.scalars(sa.select(SignInSession.ended_at).order_by(SignInSession.id)).all()
        assert [at is None for at in ended] == [False, True]


def test_signing_out_ends_the_session_for_copied_cookies_too(app: Flask, client: FlaskClient, given: Given) -> None:
    sign_in(client, given(lambda: make_account().id))
    thief = app.test_client()
    with client.session_transaction() as cookie, thief.session_transaction() as copied:
        copied.update(cookie)
    assert thief.get("/me").status_code == 200
    assert client.post("/sign-out").location == "/"
    assert client.get("/me").status_code == 303
    assert thief.get("/me").status_code == 303


def test_someone_signed_in_needs_no_form(client: FlaskClient, given: Given) -> None:
    sign_in(client, given(lambda: make_account().id))
    assert client.get("/sign-in?next=/me/profile").location == "/me/profile"


def test_the_language_is_kept_with_the_account(app: Flask, client: FlaskClient, given: Given) -> None:
    account_id = given(lambda: make_account(locale="en").id)
    sign_in(client, account_id)
    client.post("/locale", data={"locale": "bg"})
    with app.app_context():
        account = db.session.get(Account, account_id)
        assert account is not None
        assert account.locale == "bg"


def test_pages_of_ones_own_ask_visitors_to_sign_in(client: FlaskClient) -> None:
    for path in ("/me", "/me/profile", "/me/sessions", "/me/welcome"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.location == f"/sign-in?next={path}"
