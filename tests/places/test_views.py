"""The search of places that forms use."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from tests.factories import make_account, make_community, make_member, make_venue, sign_in

Given = Callable[[Callable[[], Any]], Any]


def test_cities_as_json(client: FlaskClient) -> None:
    found = client.get("/places/search?q=Пловд").get_json()
    assert found["cities"][0]["label"] == "Plovdiv, Bulgaria"
    assert found["cities"][0]["zone"] == "Europe/Sofia"
    assert found["venues"] == []


def test_cities_in_the_readers_language(client: FlaskClient) -> None:
    found = client.get("/places/search?q=plovd", headers={"Accept-Language": "bg"}).get_json()
    assert found["cities"][0]["label"] == "Пловдив, България"


def test_options_for_htmx(client: FlaskClient) -> None:
    answer = client.get('/places/search?q=plovdiv, "', headers={"HX-Request": "true"})
    assert '<option value="Plovdiv, Bulgaria">' in answer.text


def test_any_text_is_answered(client: FlaskClient) -> None:
    for text in ("", "%00", "'", "a" * 3000, "*", "<script>"):
        assert client.get("/places/search", query_string={"q": text}).status_code == 200


def test_venues_are_offered_to_who_may_create_events_there(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, int, int]:
        owner, member = make_account(), make_account()
        community = make_community(owner)
        make_member(community, member)
        make_venue(community, name="Café Secret")
        return community.id, owner.id, member.id

    community, owner, member = given(arrange)
    address = f"/places/search?q=secret&community={community}"
    assert client.get(address).get_json()["venues"] == []
    sign_in(client, member)
    assert client.get(address).get_json()["venues"] == []
    client = client.application.test_client()
    sign_in(client, owner)
    assert client.get(address).get_json()["venues"][0]["name"] == "Café Secret"
