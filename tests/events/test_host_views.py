"""Planning an event on one short page, and what hosts do with it later."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from PIL import Image

from organizer.core.db import db
from organizer.core.time import now, to_wall
from organizer.events.models import Event, State, Visibility
from organizer.places.models import Venue
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
START = (to_wall(now(), "Europe/Sofia") + timedelta(days=8)).replace(hour=18, minute=30, second=0, microsecond=0)
THREE = {"title": "Photo walk", "starts": START.strftime("%Y-%m-%dT%H:%M"), "city": "Sofia", "then": "publish"}


@pytest.fixture
def host(client: FlaskClient, given: Given) -> dict[str, Any]:
    """The signed-in owner of a community."""

    def arrange() -> dict[str, Any]:
        owner = make_account()
        community = make_community(owner, slug="walks")
        return {"account": owner.id, "community": community.id}

    found: dict[str, Any] = given(arrange)
    sign_in(client, found["account"])
    return found


def only(given: Given) -> Event:
    event: Event = given(lambda: db.session.scalars(sa.select(Event)).one())
    return event


def test_three_fields_publish_an_event(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    answer = client.post("/c/walks/events/new", data=THREE)
    event = only(given)
    assert (answer.status_code, answer.location) == (303, f"/events/{event.key}/photo-walk")
    assert (event.state, event.zone, event.starts_wall, event.city) == (State.PUBLISHED, "Europe/Sofia", START, "Sofia")
    assert event.guests_limit == 2
    assert "Your event is live" in client.get(answer.location).text


def test_the_form_proposes_the_communitys_city_and_a_day(client: FlaskClient, host: dict[str, Any]) -> None:
    soup = BeautifulSoup(client.get("/c/walks/events/new").text, "html.parser")
    assert soup.find("input", {"name": "city"})["value"] == "Sofia, Bulgaria"
    assert soup.find("input", {"name": "starts"})["value"].endswith("T18:00")
    assert len(soup.find_all("h1")) == 1


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"title": ""}, "title", "Give the event a title"),
        ({"starts": ""}, "starts", "When does it start"),
        ({"starts": "soon"}, "starts", "Please write a date and a time"),
        ({"starts": "2020-01-01T18:00"}, "starts", "already over"),
        ({"starts": "2027-03-28T03:30"}, "starts", "put forward"),
        ({"ends": "2020-01-01T18:00"}, "ends", "after the start"),
        ({"city": ""}, "city", "Say where it is"),
        ({"city": "Qwertzuiopville"}, "city", "do not know"),
        ({"city": "Portland"}, "city", "more than one Portland"),
        ({"capacity": "many"}, "capacity", "Please write a whole number"),
        ({"zone": "Mars"}, "zone", "no such time zone"),
        ({"online_url": "javascript:alert(1)"}, "online_url", "begins with https"),
        ({"latitude": "99", "longitude": "10"}, "latitude", "not on the map"),
        ({"visibility": "nobody"}, "visibility", "Please choose one of the list"),
    ],
)
def test_what_is_wrong_is_said_near_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, host: dict[str, Any], given: Given, change: dict[str, str], where: str, words: str
) -> None:
    typed = THREE | {"text": "Long words with care", "tags": "night, street", "venue_name": "The bridge"} | change
    answer = client.post("/c/walks/events/new", data=typed)
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.text, "html.parser")
    assert words in soup.find(id=f"{where}-wrong").text
    assert soup.find("textarea", {"name": "text"}).text.strip() == "Long words with care"
    assert soup.find("input", {"name": "tags"})["value"] == "night, street"
    assert soup.find("input", {"name": "venue_name"})["value"] == "The bridge"
    assert given(lambda: db.session.scalar(sa.select(sa.func.count(Event.id)))) == 0
    assert given(lambda: db.session.scalar(sa.select(sa.func.count(Venue.id)))) == 0


def test_a_city_of_many_is_chosen_with_one_tap(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    soup = BeautifulSoup(client.post("/c/walks/events/new", data=THREE | {"city": "Portland"}).text, "html.parser")
    choices = [radio["value"] for radio in soup.find_all("input", {"name": "city_choice"})]
    maine = next(choice for choice in choices if "Maine" in choice)
    client.post("/c/walks/events/new", data=THREE | {"city": "Portland", "city_choice": maine})
    event = only(given)
    assert (event.city, event.country, event.zone) == ("Portland", "US", "America/New_York")


def test_a_choice_for_another_city_is_forgotten(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    client.post("/c/walks/events/new", data=THREE | {"city": "Varna", "city_choice": "Portland, Maine, United States"})
    assert only(given).city == "Varna"


def test_a_draft_is_seen_by_hosts_and_published_later(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    path = client.post("/c/walks/events/new", data=THREE | {"then": "draft", "city": ""}).location
    event = only(given)
    assert event.state == State.DRAFT
    assert "Draft." in client.get(path).text
    answer = client.post(f"/events/{event.key}/publish")
    assert answer.status_code == 422
    assert "Say where it is" in answer.text
    client.post(f"/events/{event.key}/edit", data=THREE | {"then": "draft"})
    assert only(given).state == State.DRAFT
    assert client.post(f"/events/{event.key}/publish").status_code == 303
    assert only(given).state == State.PUBLISHED


def test_everything_that_was_said_can_be_changed(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    full = THREE | {
        "venue_name": "Bridge",
        "venue_address": "bul. 1",
        "venue_note": "Ring twice",
        "latitude": "42.69",
        "longitude": "23.33",
        "capacity": "12",
        "tags": "night",
        "online_url": "https://meet.example.org/x",
        "visibility": "unlisted",
        "locale": "bg",
        "guests_limit": "0",
        "zone": "Europe/Paris",
        "text": "Hello",
        "all_day": "y",
        "last_day": (START + timedelta(days=2)).date().isoformat(),
        "address_for": "going",
    }
    client.post("/c/walks/events/new", data=full)
    event = only(given)
    assert (event.capacity, event.guests_limit, event.visibility, event.locale) == (12, 0, Visibility.UNLISTED, "bg")
    assert (event.zone, event.all_day, event.is_online) == ("Europe/Paris", True, True)
    assert event.hides_address
    assert event.ends_wall == (START + timedelta(days=3)).replace(hour=0, minute=0)
    soup = BeautifulSoup(client.get(f"/events/{event.key}/edit").text, "html.parser")
    form = soup.find("form", {"data-event-form": True})
    again = {
        i["name"]: i.get("value", "")
        for i in form.find_all("input")
        if i.get("type") not in {"file", "radio", "checkbox"}
    }
    again |= {i["name"]: i["value"] for i in form.find_all("input", checked=True)}
    again |= {a["name"]: a.text.strip() for a in form.find_all("textarea")}
    again |= {s["name"]: s.find("option", selected=True)["value"] for s in form.find_all("select")}
    assert client.post(f"/events/{event.key}/edit", data=again | {"then": "publish"}).status_code == 303
    same = only(given)
    for name in (
        "starts_wall",
        "ends_wall",
        "zone",
        "capacity",
        "latitude",
        "locale",
        "visibility",
        "guests_limit",
        "text",
        "hides_address",
    ):
        assert getattr(same, name) == getattr(event, name), name
    assert (same.sequence, same.venue_id) == (event.sequence, event.venue_id)
    client.post(f"/events/{event.key}/edit", data=THREE | {"then": "publish"})
    assert only(given).hides_address  # a form that does not name it takes no veil away


def test_a_cover_is_kept_small_and_survives_a_mistake(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (2400, 1600), "teal").save(picture, "JPEG")
    wrong = THREE | {"title": "", "cover": (io.BytesIO(picture.getvalue()), "x.jpg")}
    answer = client.post("/c/walks/events/new", data=wrong, content_type="multipart/form-data")
    assert answer.status_code == 422
    missing = THREE | {"city": "Qwertzuiopville", "cover": (io.BytesIO(picture.getvalue()), "x.jpg")}
    answer = client.post("/c/walks/events/new", data=missing, content_type="multipart/form-data")
    kept = BeautifulSoup(answer.text, "html.parser").find("input", {"name": "kept_cover"})["value"]
    client.post("/c/walks/events/new", data=THREE | {"kept_cover": kept})
    event = only(given)
    assert event.cover == kept
    with client.get(f"/pictures/{kept}") as picture_answer:
        assert picture_answer.mimetype == "image/webp"
    client.post(f"/events/{event.key}/edit", data=THREE | {"kept_cover": "f" * 64})
    assert only(given).cover == kept
    new = io.BytesIO()
    Image.new("RGB", (1600, 900), "coral").save(new, "PNG")
    changed = THREE | {"cover": (io.BytesIO(new.getvalue()), "x.png")}
    assert client.post(f"/events/{event.key}/edit", data=changed, content_type="multipart/form-data").status_code == 303
    assert only(given).cover not in {kept, None}
    client.post(f"/events/{event.key}/edit", data=THREE | {"drop_cover": "y"})
    assert only(given).cover is None
    bad = THREE | {"cover": (io.BytesIO(b"<svg/>"), "x.jpg")}
    answer = client.post("/c/walks/events/new", data=bad, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "could not read this picture" in answer.text


def test_cancelling_says_how_many_are_told_and_wants_a_reason(
    client: FlaskClient, host: dict[str, Any], given: Given
) -> None:
    client.post("/c/walks/events/new", data=THREE)
    event = only(given)
    given(lambda: [make_rsvp(db.session.get_one(Event, event.id)) for _ in range(3)])
    assert "3 people have said that they are coming" in client.get(f"/events/{event.key}/cancel").text
    assert client.post(f"/events/{event.key}/cancel", data={"reason": " "}).status_code == 422
    path = client.post(f"/events/{event.key}/cancel", data={"reason": "Flood in the hall"}).location
    assert "Flood in the hall" in client.get(path).text


def test_a_copy_is_a_draft_to_look_over(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    client.post("/c/walks/events/new", data=THREE)
    event = only(given)
    answer = client.post(f"/events/{event.key}/duplicate")
    copy = given(lambda: db.session.scalars(sa.select(Event).where(Event.id != event.id)).one())
    assert answer.location == f"/events/{copy.key}/edit"
    assert copy.starts_wall == START + timedelta(days=7)
    assert client.post(f"/events/{copy.key}/discard").status_code == 303
    assert only(given).id == event.id


def test_others_can_do_none_of_this(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[str, str, int, int]:
        community = make_community(slug="walks")
        shown, draft = make_event(community), make_event(community, state=State.DRAFT)
        return shown.key, draft.key, make_member(community).id, make_account().id

    shown, draft, member, stranger = given(arrange)
    posts = ("publish", "discard", "duplicate", "edit", "cancel")
    assert client.get("/c/walks/events/new").status_code == 303
    assert {client.post(f"/events/{shown}/{verb}").status_code for verb in posts} == {303}
    for account in (member, stranger):
        sign_in(client, account)
        assert client.get("/c/walks/events/new").status_code == 403
        assert {client.post(f"/events/{shown}/{verb}", data=THREE).status_code for verb in posts} == {403}
        assert {client.post(f"/events/{draft}/{verb}", data=THREE).status_code for verb in posts} == {404}
        assert "Change" not in BeautifulSoup(client.get(f"/events/{shown}").text, "html.parser").text


def test_two_hosts_do_not_overwrite_each_other_unknowingly(
    client: FlaskClient, host: dict[str, Any], given: Given
) -> None:
    client.post("/c/walks/events/new", data=THREE)
    path = f"/events/{only(given).key}/edit"

    def seen(text: str) -> str:
        return str(BeautifulSoup(text, "html.parser").find("input", {"name": "seen"})["value"])

    old = seen(client.get(path).text)
    assert client.post(path, data=THREE | {"seen": old, "text": "From the other"}).status_code == 303
    answer = client.post(path, data=THREE | {"seen": old, "text": "Mine"})
    assert answer.status_code == 422
    assert "Somebody else has changed" in answer.text
    assert client.post(path, data=THREE | {"seen": seen(answer.text), "text": "Mine"}).status_code == 303
    assert only(given).text == "Mine"


def test_a_cancelled_event_is_not_changed_any_more(client: FlaskClient, host: dict[str, Any], given: Given) -> None:
    client.post("/c/walks/events/new", data=THREE)
    key = only(given).key
    client.post(f"/events/{key}/cancel", data={"reason": "Flood"})
    assert (
        client.get(f"/events/{key}/edit").status_code
        == client.post(f"/events/{key}/edit", data=THREE).status_code
        == 409
    )
