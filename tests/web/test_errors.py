"""Where a page that went wrong leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from organizer.events.models import State
from organizer.rsvps.links import manage_token
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def made(given: Given) -> dict[str, Any]:
    def arrange() -> dict[str, Any]:
        owner = make_account()
        community = make_community(owner)
        event = make_event(community, state=State.CANCELLED, cancel_reason="Rain")
        token = manage_token(make_rsvp(event))
        return {"owner": owner.id, "slug": community.slug, "key": event.key, "token": token}

    return given(arrange)  # type: ignore[no-any-return]


def links(text: str) -> list[str]:
    page = BeautifulSoup(text, "html.parser")
    return [str(link["href"]) for link in page.select(".empty a.button")]


def test_a_stale_form_of_an_event_leads_back_to_it(client: FlaskClient, made: dict[str, Any]) -> None:
    sign_in(client, made["owner"])
    for what in ("publish", "edit", "guests/0000000000/let-in"):
        answer = client.post(f"/events/{made['key']}/{what}")
        assert answer.status_code in {404, 409}
        assert links(answer.text) == ([f"/events/{made['key']}"] if answer.status_code == 409 else []) + ["/"]


def test_a_change_of_an_answer_that_is_refused_leads_back_to_it(client: FlaskClient, made: dict[str, Any]) -> None:
    answer = client.post(f"/rsvps/{made['token']}/cancel")
    assert (answer.status_code, links(answer.text)) == (409, [f"/rsvps/{made['token']}", "/"])
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_other_forms_lead_back_to_where_they_stood(client: FlaskClient, made: dict[str, Any]) -> None:
    sign_in(client, made["owner"])
    stood = {"http://localhost/c/x?y=1": ["/c/x?y=1", "/"], "http://evil.example/c/x": ["/"], "": ["/"]}
    for referer, expected in stood.items():
        answer = client.post(f"/c/{made['slug']}/leave", headers={"Referer": referer} if referer else {})
        assert (answer.status_code, links(answer.text)) == (409, expected)
