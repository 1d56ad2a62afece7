"""What is turned away before any view sees it, and what is said when a view breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db
from tests.factories import make_account, sign_in

Given = Callable[[Callable[[], Any]], Any]


@pytest.mark.parametrize("address", ["/events?q=a%00b", "/events?%00=1", "/c/a%00b"])
def test_text_that_cannot_be_kept_is_refused(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 400


def test_fields_and_file_names_too(client: FlaskClient) -> None:
    assert client.post("/sign-in", data={"email": "a\0b@example.org"}).status_code == 400


def test_json_is_no_form(client: FlaskClient) -> None:
    assert client.post("/sign-in", json={"email": "mira@example.org"}).status_code == 400
    assert client.post("/sign-in", data=b"[" * 99_999, content_type="application/json").status_code == 400


@pytest.mark.parametrize(("number", "status"), [(2**63 - 1, 303), (2**63, 404)])
def test_numbers_beyond_64_bits_are_no_address(client: FlaskClient, number: int, status: int) -> None:
    assert client.post(f"/me/sessions/{number}/end").status_code == status


def test_a_strange_origin_is_another_site(client: FlaskClient) -> None:
    assert client.post("/locale", headers={"Origin": "http://["}).status_code == 400


def test_a_broken_statement_still_has_a_page(app: Flask, client: FlaskClient, given: Given) -> None:
    def broken() -> str:
        db.session.execute(sa.text("SELECT nothing FROM nowhere"))
        return ""

    app.add_url_rule("/broken", "broken", broken)
    sign_in(client, given(lambda: make_account().id))
    answer = client.get("/broken")
    assert (answer.status_code, "<h1" in answer.text) == (500, True)


def test_errors_of_the_database_do_not_say_what_was_typed(session: scoped_session[Session]) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused:
        session.execute(sa.text("SELECT nothing FROM nowhere WHERE code = :code"), {"code": "123-456"})
    assert "123-456" not in str(refused.value)
