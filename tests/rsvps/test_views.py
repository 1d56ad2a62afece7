"""The pages: a stranger with a phone, a signed-in member, a host."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.accounts.models import Account
from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.events.models import State, Visibility
from organizer.rsvps import service
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Answer, Listing, Rsvp, RsvpMove
from tests.factories import make_account, make_event, make_rsvp, sign_in
from tests.rsvps.coming import come
from tests.rsvps.counting import statements

Given = Callable[[Callable[[], Any]], Any]


def only_rsvp(app: Flask) -> Rsvp:
    with app.app_context():
        return db.session.scalars(sa.select(Rsvp)).one()


def once_of(client: FlaskClient, key: str) -> str:
    page = BeautifulSoup(client.get(f"/events/{key}/rsvp").text, "html.parser")
    return str(page.select_one("[name=once]")["value"])  # type: ignore[index]


def post(client: FlaskClient, key: str, **typed: str) -> Any:
    return client.post(f"/events/{key}/rsvp", data={"name": "Mira", "email": "mira@example.org"} | typed)


def test_a_stranger_has_a_ticket_after_two_fields(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event(capacity=5).key)
    answer = post(client, key, once=once_of(client, key))
    rsvp = only_rsvp(app)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "You’re in" in page.text
    assert (rsvp.answer, rsvp.guests, rsvp.listing) == (Answer.GOING, 0, Listing.HIDDEN)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in page.headers["Cache-Control"]


def test_only_the_named_fields_are_needed(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event().key)
    assert post(client, key, guests="1").location.endswith("/rsvp/sent")
    assert only_rsvp(app).guests == 1


def test_a_double_tap_is_one_answer_and_lands_at_the_same_place(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event(capacity=1).key)
    once = once_of(client, key)
    assert post(client, key, once=once).location == post(client, key, once=once).location
    assert only_rsvp(app).answer == Answer.GOING
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RsvpMove)) == 1


def test_a_foreign_address_opens_nothing(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event().key)
    post(client, key, once=once_of(client, key))
    other = app.test_client()
    answer = post(other, key, name="Eve", guests="2", once=once_of(other, key))
    assert answer.location.endswith(f"/events/{key}/rsvp/sent")
    page = other.get(answer.location).text
    assert "Look into your mail" in page
    assert "Mira" not in page
    assert only_rsvp(app).guests == 0


def test_names_stand_apart_from_how_many_more_come(client: FlaskClient, given: Given) -> None:
    def arrange() -> str:
        event = make_event()
        come(event, "mira", guests=1, listing=Listing.NAME)
        return event.key

    key = given(arrange)
    names = BeautifulSoup(client.get(f"/events/{key}", follow_redirects=True).text, "html.parser").select_one(
        ".rsvp-names"
    )
    assert names is not None
    assert " ".join(names.text.split()).endswith(" and 1 more")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " "}, "tell us your name"),
        ({"email": "mira"}, "not a mail address"),
        ({"guests": "7"}, "at most 2 guests"),
        ({"guests": "-1"}, "cannot be negative"),
        ({"listing": "everybody"}, "one of the list"),
    ],
)
def test_a_wrong_form_comes_back_with_all_that_was_typed(
    client: FlaskClient, given: Given, app: Flask, typed: dict[str, str], said: str
) -> None:
    key = given(lambda: make_event().key)
    answer = post(client, key, **({"name": "Mira Ivanova"} | typed))
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert said in page.select_one(".field .wrong").text  # type: ignore[union-attr]
    assert page.select_one("[name=email]")["value"] == typed.get("email", "mira@example.org")  # type: ignore[index]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Rsvp)) == 0


def test_a_robot_that_fills_every_field_changes_nothing(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event().key)
    assert post(client, key, website2="spam").location.endswith("/rsvp/sent")
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Rsvp)) == 0


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ({"starts_at": now() - timedelta(days=3)}, 409, "This event is over."),
        ({"state": State.CANCELLED, "cancel_reason": "Storm"}, 409, "This event was cancelled."),
        ({"visibility": Visibility.MEMBERS}, 403, "is for members of"),
        ({"state": State.DRAFT}, 404, ""),
    ],
)
def test_a_closed_event_says_why(
    client: FlaskClient, given: Given, what: dict[str, Any], status: int, said: str
) -> None:
    key = given(lambda: make_event(**what).key)
    for answer in (client.get(f"/events/{key}/rsvp"), post(client, key)):
        assert answer.status_code == status
        assert said in answer.text


def test_the_private_page_changes_guests_listing_cancels_and_comes_back(
    client: FlaskClient, given: Given, app: Flask
) -> None:
    key = given(lambda: make_event(capacity=3).key)
    address = post(client, key, once=once_of(client, key)).location
    assert client.get(address).status_code == 200
    client.post(f"{address}/guests", data={"guests": "2"})
    client.post(f"{address}/listing", data={"listing": "first name"})
    rsvp = only_rsvp(app)
    assert (rsvp.guests, rsvp.listing) == (2, Listing.FIRST_NAME)
    refused = client.post(f"{address}/guests", data={"guests": "9"})
    assert (refused.status_code, refused.headers["Referrer-Policy"]) == (422, "no-referrer")
    client.post(f"{address}/cancel")
    client.post(f"{address}/cancel")
    assert "You are not coming" in client.get(address).text
    client.post(f"{address}/rejoin")
    assert only_rsvp(app).answer == Answer.GOING


def test_looking_at_the_private_page_changes_nothing(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event().key)
    address = post(client, key, once=once_of(client, key)).location
    for part in ("guests", "listing", "cancel", "rejoin"):
        assert client.get(f"{address}/{part}").status_code == 405
    client.get(address)
    client.head(address)
    assert only_rsvp(app).answer == Answer.GOING


def test_a_forged_address_is_not_found(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event().key)
    address = post(client, key, once=once_of(client, key)).location
    for forged in (
        address[:-1] + ("0" if address[-1] != "0" else "1"),
        "/rsvps/nobody",
        f"/rsvps/{only_rsvp(app).key}",
    ):
        assert client.get(forged).status_code == 404
        assert client.post(f"{forged}/cancel").status_code == 404


def test_who_waits_sees_the_position(client: FlaskClient, given: Given) -> None:
    def arrange() -> str:
        event = make_event(capacity=1)
        make_rsvp(event)
        make_rsvp(event, answer=Answer.WAITLISTED)
        return event.key

    key = given(arrange)
    assert "Join the waitlist" in client.get(f"/events/{key}/rsvp").text
    answer = post(client, key, once=once_of(client, key))
    assert "Number 2 of 2" in client.get(answer.location).text


def test_signed_in_it_takes_one_tap_and_shows_up_under_my_events(client: FlaskClient, given: Given, app: Flask) -> None:
    def arrange() -> tuple[str, int]:
        return make_event(title="Night walk").key, make_account(name="Mira").id

    key, account_id = given(arrange)
    sign_in(client, account_id)
    assert client.get("/me/events").status_code == 200
    answer = client.post(f"/events/{key}/rsvp", data={"guests": "1"})
    assert "2 places are yours" in client.get(answer.location).text
    assert only_rsvp(app).account_id == account_id
    mine = client.get("/me/events").text
    assert "Night walk" in mine
    assert "/tickets/" in mine
    assert client.get(f"/events/{key}/rsvp").location == answer.location


def test_my_events_ask_to_sign_in(client: FlaskClient) -> None:
    assert "/sign-in" in client.get("/me/events").location


def test_an_answer_takes_few_statements(client: FlaskClient, given: Given, app: Flask) -> None:
    key = given(lambda: make_event(capacity=1).key)
    once = once_of(client, key)
    post(client, key, email="warm@example.org")
    asked = statements(app, lambda: post(client, key, once=once))
    assert len([s for s in asked if "letter" not in s]) <= 6, "\n".join(asked)


def test_link_of_an_account_page(app: Flask, given: Given) -> None:
    def arrange() -> str:
        account = make_account()
        rsvp = make_rsvp(make_event(), account)
        return manage_token(rsvp)

    token = given(arrange)
    assert app.test_client().get(f"/rsvps/{token}").status_code == 200
    with app.app_context(), unit_of_work():
        rsvp = db.session.scalars(sa.select(Rsvp)).one()
        assert service.proves(rsvp, db.session.get(Account, rsvp.account_id))
