"""What only some may know is told to nobody else: hidden events, other people's addresses, another event's guests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from organizer.checkin.codes import show_typed
from organizer.communities.models import MemberRole
from organizer.core import files
from organizer.core.db import db
from organizer.core.time import now
from organizer.events.importing import Options
from organizer.events.indexing import index
from organizer.events.models import ImportRun, State, Visibility
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Listing, Rsvp
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp, make_venue, sign_in

Given = Callable[[Callable[[], Any]], Any]
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"state": State.DRAFT, "published_at": None},
    "members": {"visibility": Visibility.MEMBERS},
    "unlisted": {"visibility": Visibility.UNLISTED},
}
WORD, STREET, ADDRESS = "Zanzibarquartz", "Hiddenstreet", "guestperson"


@pytest.fixture
def world(given: Given) -> dict[str, Any]:
    def arrange() -> dict[str, Any]:
        owner = make_account(email="ownerperson@example.org")
        community = make_community(owner)
        venue = make_venue(community, name=STREET, address=STREET)
        found: dict[str, Any] = {"slug": community.slug, "stranger": make_account().id, "keys": {}, "rsvps": {}}
        shown: dict[str, dict[str, Any]] = {"public": {}, "over": {"starts_at": now() - timedelta(days=3)}}
        for name, facts in {**HIDDEN, **shown}.items():
            title = f"{WORD} {name}"
            own = None if name in shown else venue
            event = make_event(community, title=title, text=WORD, venue=own, **facts)
            index(event, community.name, ("quartz",))
            guest = make_rsvp(event, email=f"{ADDRESS}{name}@example.org", listing=Listing.NAME, name=f"Guest {name}")
            found["keys"][name] = event.key
            found["rsvps"][name] = (guest.key, manage_token(guest), ticket_token(guest))
        hidden_over = make_event(community, title=f"{WORD} members over", starts_at=now() - timedelta(days=2),
                                 visibility=Visibility.MEMBERS)  # fmt: skip
        found["keys"]["members over"] = hidden_over.key
        found["host"] = make_member(community).id
        return found

    made: dict[str, Any] = given(arrange)
    return made


def pages(slug: str) -> list[str]:
    """Everything where events of all kinds meet."""
    lists = ["/", "/events", f"/events?q={WORD}", "/events?tag=quartz", "/events?city=Sofia", f"/events?community={slug}",
             "/events?from=2000-01-01&to=2199-01-01", "/events.ics", f"/events.ics?q={WORD}", f"/c/{slug}", f"/c/{slug}.ics",
             "/communities", "/map", f"/map?q={WORD}", "/map/list", f"/map/list?q={WORD}", "/map/events.geojson",
             f"/map/events.geojson?q={WORD}",
             "/map/events.geojson?bbox=23,42,24,43&zoom=20", f"/places/search?q={STREET}"]  # fmt: skip
    return lists


@pytest.mark.parametrize("who", ["visitor", "stranger"])
def test_hidden_events_are_in_no_list(client: FlaskClient, world: dict[str, Any], who: str) -> None:
    if who == "stranger":
        sign_in(client, world["stranger"])
    for page in pages(world["slug"]):
        text = client.get(page).text
        for name in (*HIDDEN, "members over"):
            assert f"{WORD} {name}" not in text, page
            assert world["keys"][name] not in text, page
        assert STREET not in text.replace(f"q={STREET}", ""), page
        assert "person@example.org" not in text, page


@pytest.mark.parametrize("who", ["visitor", "stranger"])
def test_no_page_of_a_members_event_names_it(client: FlaskClient, world: dict[str, Any], who: str) -> None:
    if who == "stranger":
        sign_in(client, world["stranger"])
    for name in ("draft", "members", "members over"):
        key = world["keys"][name]
        for page in ("", "/x", ".ics", "/rsvp", "/rsvp/sent", "/guests", "/guests.csv", "/door", "/door/live", "/edit"):
            answer = client.get(f"/events/{key}{page}", follow_redirects=True)
            assert WORD not in answer.text, (name, page)
            assert WORD.lower() not in answer.text, (name, page)
            assert STREET not in answer.text, (name, page)
        answer = client.post(f"/events/{key}/rsvp", data={"name": "", "email": "no address"})
        assert answer.status_code in {403, 404}
        assert WORD.lower() not in answer.text.lower(), name


def test_mail_addresses_are_on_no_public_page(client: FlaskClient, world: dict[str, Any]) -> None:
    for name in ("public", "unlisted", "over"):
        for page in ("", "/x", ".ics", "/rsvp"):
            text = client.get(f"/events/{world['keys'][name]}{page}", follow_redirects=True).text
            assert ADDRESS not in text, page
            assert "person@example.org" not in text, page


def test_a_host_of_one_event_has_no_power_over_another(
    client: FlaskClient, given: Given, world: dict[str, Any]
) -> None:
    def elsewhere() -> tuple[str, str]:
        host = make_account()
        other = make_community()
        make_member(other, host, MemberRole.OWNER)
        event = make_event(other, host)
        options = asdict(Options({"title": "Name"})) | {"headers": ["Name"]}
        run = ImportRun(community_id=1, blob=files.put(b"Name\nWalk\n"), options=options)
        db.session.add(run)
        db.session.flush()
        world["host"], world["other"] = host.id, other.slug
        return event.key, run.key

    own, run = given(elsewhere)
    guest = world["rsvps"]["public"][0]
    sign_in(client, world["host"])
    assert client.get(f"/events/{own}/guests").status_code == 200
    assert client.get(f"/events/{own}/guests/{guest}").status_code == 404
    for deed in ("note", "remove", "let-in"):
        data = {"note": "x", "why": "x"}
        assert client.post(f"/events/{own}/guests/{guest}/{deed}", data=data).status_code == 404
        theirs = f"/events/{world['keys']['public']}/guests/{guest}/{deed}"
        assert client.post(theirs, data=data).status_code == 403
    for address in (f"/c/{world['other']}/import/{run}", f"/c/{world['slug']}/import/{run}"):
        assert client.get(address).status_code in {403, 404}
        assert client.post(address).status_code in {403, 404}
        assert client.post(f"{address}/start").status_code in {403, 404}
    for token in world["rsvps"]["public"][1:]:
        assert client.get(f"/tickets/{token[:-1]}{'y' if token.endswith('x') else 'x'}").status_code == 404
    manage, ticket = world["rsvps"]["public"][1:]
    assert client.get(f"/rsvps/{ticket}").status_code == client.get(f"/tickets/{manage}").status_code == 404


def test_another_events_ticket_names_nobody_at_the_door(
    client: FlaskClient, given: Given, world: dict[str, Any]
) -> None:
    def elsewhere() -> tuple[str, int, str]:
        host = make_account()
        event = make_event(None, host, starts_at=now() + timedelta(hours=1))
        code = db.session.query(Rsvp).filter_by(key=world["rsvps"]["public"][0]).one().code
        return event.key, host.id, show_typed(code)

    key, host, code = given(elsewhere)
    sign_in(client, host)
    answer = client.post(f"/api/v1/events/{key}/scans", json=[{"scan_id": "A" * 26, "code": code}])
    assert answer.json is not None
    assert answer.json["results"][0]["verdict"] == "unknown"
    assert "Guest" not in answer.text
    assert WORD not in answer.text
    assert "Guest public" not in client.get(f"/events/{key}/door?scan={'A' * 26}&q=Guest").text
