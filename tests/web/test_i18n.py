"""Which language a visitor reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import make_account, sign_in

Given = Callable[[Callable[[], Any]], Any]


def language(client: FlaskClient, **headers: str) -> str:
    page = client.get("/no-such-page", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return page.text.split('<html lang="')[1].split('"')[0]


def test_the_browser_is_believed_first(client: FlaskClient) -> None:
    assert language(client) == "en"
    assert language(client, Accept_Language="bg-BG,bg;q=0.9,en;q=0.5") == "bg"
    assert language(client, Accept_Language="ja") == "en"


def test_a_choice_is_kept_in_a_cookie(client: FlaskClient) -> None:
    answer = client.post("/locale", data={"locale": "bg", "next": "/events?q=x"})
    assert (answer.status_code, answer.location) == (303, "/events?q=x")
    assert language(client, Accept_Language="en") == "bg"
    client.post("/locale", data={"locale": "klingon"})
    assert language(client) == "bg"


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_nobody_is_sent_elsewhere(client: FlaskClient, next_: str) -> None:
    assert client.post("/locale", data={"locale": "bg", "next": next_}).location == "/"


def test_the_account_knows_best(client: FlaskClient, given: Given) -> None:
    sign_in(client, given(lambda: make_account(locale="bg").id))
    assert language(client, Accept_Language="en") == "bg"
    client.post("/locale", data={"locale": "en"})
    assert language(client, Accept_Language="bg") == "en"
