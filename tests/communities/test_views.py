"""Community pages as a browser sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from organizer.communities.models import MemberRole
from tests.factories import make_account, make_community, make_member, sign_in

Given = Callable[[Callable[[], Any]], Any]


def test_an_owner_starts_a_community_with_two_fields(client: FlaskClient, given: Given) -> None:
    sign_in(client, given(lambda: make_account(is_site_owner=True).id))
    answer = client.post(
        "/communities/new", data={"name": "Chess in the park", "city": "Varna", "accent": "teal", "locale": "en"}
    )
    assert answer.status_code == 303
    assert answer.location == "/c/chess-in-the-park/events/new"
    assert "Chess in the park" in client.get("/c/chess-in-the-park").text
    assert "Chess in the park" in client.get("/communities").text
    assert "Chess in the park" in client.get("/me/communities").text


def test_what_was_typed_survives_an_error(client: FlaskClient, given: Given) -> None:
    sign_in(client, given(lambda: make_account(is_site_owner=True).id))
    answer = client.post("/communities/new", data={"name": "Chess", "city": "Qwrtzxville", "description": "Long text"})
    assert answer.status_code == 422
    assert "Qwrtzxville" in answer.text
    assert "Long text" in answer.text
    assert 'href="#city"' in answer.text


def test_a_visitor_is_sent_to_sign_in_and_back(client: FlaskClient, given: Given) -> None:
    given(lambda: make_community(slug="chess"))
    answer = client.get("/c/chess/manage")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/c/chess/manage"


def test_joining_and_leaving_by_button(client: FlaskClient, given: Given) -> None:
    given(lambda: make_community(slug="chess"))
    sign_in(client, given(lambda: make_account(name="Ana", listed=True).id))
    assert client.post("/c/chess/join").status_code == 303
    page = client.get("/c/chess").text
    assert "Ana" in page
    assert "/c/chess/leave" in page
    assert client.post("/c/chess/leave").status_code == 303
    assert "/c/chess/leave" not in client.get("/c/chess").text


def test_who_did_not_agree_is_not_shown(client: FlaskClient, given: Given) -> None:
    def arrange() -> None:
        community = make_community(slug="chess")
        make_member(community, make_account(name="Shy Person", email="shy@example.org"))

    given(arrange)
    page = client.get("/c/chess").text
    assert "Shy Person" not in page
    assert "shy@example.org" not in page


def test_settings_members_and_roles(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, int]:
        owner = make_account(name="Olga Owner")
        community = make_community(owner, slug="chess")
        return owner.id, make_member(community, make_account(name="Жана Шишкова")).id

    owner_id, other_id = given(arrange)
    sign_in(client, owner_id)
    page = client.get("/c/chess/edit")
    assert page.status_code == 200
    assert 'value="Sofia, Bulgaria"' in page.text
    changed = {"name": "Chess club", "city": "Sofia, BG", "accent": "plum", "locale": "bg", "description": "**Hi**"}
    assert client.post("/c/chess/edit", data=changed).status_code == 303
    assert "<strong>Hi</strong>" in client.get("/c/chess").text
    assert "Жана Шишкова" in client.get("/c/chess/members?q=ЖАНА").text
    assert "Жана Шишкова" not in client.get("/c/chess/members?q=olga").text
    assert client.post(f"/c/chess/members/{other_id}/role", data={"role": "host"}).status_code == 303
    assert client.post(f"/c/chess/members/{other_id}/role", data={"role": "emperor"}).status_code == 422
    sign_in(client, other_id)
    assert client.get("/c/chess/members").status_code == 403
    assert client.get("/c/chess/manage").status_code == 200


def test_a_wrong_zone_is_refused(client: FlaskClient, given: Given) -> None:
    owner_id = given(lambda: make_account(is_site_owner=True).id)
    sign_in(client, owner_id)
    answer = client.post(
        "/communities/new",
        data={"name": "Chess", "city": "Sofia", "zone": "Mars/Base", "accent": "coral", "locale": "en"},
    )
    assert answer.status_code == 422
    assert "Europe/Sofia" in answer.text


def test_a_member_is_not_a_manager(client: FlaskClient, given: Given) -> None:
    def arrange() -> int:
        return make_member(make_community(slug="chess"), role=MemberRole.MEMBER).id

    sign_in(client, given(arrange))
    assert client.get("/c/chess/manage").status_code == 403
