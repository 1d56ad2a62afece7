"""Venues offered while a host types."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from tests.factories import make_account, make_community, make_member, make_venue, sign_in

Given = Callable[[Callable[[], Any]], Any]


def test_venues_are_offered_to_who_may_create_events_there(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, int]:
        owner, member = make_account(), make_account()
        community = make_community(owner, slug="club")
        make_member(community, member)
        make_venue(community, name="Café Secret", note="By the lion")
        return owner.id, member.id

    owner, member = given(arrange)
    address = "/c/club/venues/search?q=secret"
    assert client.get(address).status_code in {302, 303}
    sign_in(client, member)
    assert client.get(address).status_code == 403
    client = client.application.test_client()
    sign_in(client, owner)
    (venue,) = client.get(address).get_json()["places"]
    assert (venue["name"], venue["city"], venue["note"]) == ("Café Secret", "Sofia", "By the lion")
    assert client.get("/c/club/venues/search?q=").get_json()["places"] == []
