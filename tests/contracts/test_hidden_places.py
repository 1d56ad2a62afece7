"""Where an event is that hides its address is told to who is going and to its hosts: nowhere else, in no form, and no longer
after cancelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from organizer.calendars.service import open_feed, token_of
from organizer.communities.models import MemberRole
from organizer.core.db import db, save
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.answers import Shelf
from organizer.events.models import Event, EventWord
from organizer.events.service import EventDraft
from organizer.maps import shells
from organizer.outreach import letters
from organizer.outreach.models import Letter
from organizer.places.service import VenueDraft
from organizer.rsvps import hosting, invitations
from organizer.rsvps import service as rsvps
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Answer, Invitation, Listing, Rsvp
from tests.contracts.test_access import values
from tests.factories import make_account, make_community, make_member, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
NAME, STREET, NOTE, ROOM = "Quartzkeller", "Obsidianstrasse", "Ringatbasalt", "zirconroom"
NORTH, EAST = 42.693417, 23.330158
MARKERS = ["quartzkeller", "obsidianstrasse", "ringatbasalt", "zirconroom", "42.6934", "23.3301"]
TITLE = "Supper in a place to be told"
DEVELOPMENT = {"outbox.index", "outbox.show", "outbox.html"}  # everybody's letters, on the developer's machine only
ANSWERED = [str(answer) for answer in Answer if answer != Answer.GOING]
OTHERS = ["visitor", "stranger", "member", "other host", *ANSWERED]


def draft(**given: Any) -> EventDraft:
    place = VenueDraft(NAME, f"{STREET} 7", "Sofia", "BG", NORTH, EAST, note=NOTE)
    start = datetime.combine(now().date() + timedelta(days=7), datetime.min.time()) + timedelta(hours=18)
    usual: dict[str, Any] = {"title": TITLE, "starts_wall": start, "place": place, "capacity": 1, "tags": ("supper",)}
    return EventDraft(**usual | {"online_url": f"https://meet.example/{ROOM}", "hides_address": True} | given)


@pytest.fixture
def world(app: Flask, given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> dict[str, Any]:
    """One such event, and everybody that a person can be to it: account ids and the tokens of their answers."""

    def arrange() -> dict[str, Any]:
        owner, host = make_account(), make_account()
        people = {name: make_account() for name in ("stranger", "going", *ANSWERED)}
        community = make_community(owner, slug="salon")
        make_member(community, host, MemberRole.HOST)
        people |= {"member": make_member(community), "other host": make_member(community, role=MemberRole.HOST)}
        event = events.create(host, community, draft())
        events.publish(host, event)
        known: dict[str, Rsvp] = {}
        for name in ("going", "waitlisted", "cancelled", "removed"):
            known[name] = rsvps.answer(
                people[name], event, name=name, email="", guests=0, listing=Listing.NAME, locale="en"
            )
        rsvps.cancel(known["cancelled"])
        hosting.remove(host, known["removed"], "noise")
        for answer in (Answer.PENDING, Answer.OFFERED, Answer.DECLINED):
            known[str(answer)] = make_rsvp(event, people[str(answer)], answer=answer)
        people |= {"host": host, "owner": owner}
        invitation = save(Invitation(event_id=event.id, name="Friends", uses=5))
        pages = ("rsvps.invitation", "rsvps.decline_invitation")
        invited = dict.fromkeys(pages, invitations.token_of(invitation))
        feeds = {name: token_of(open_feed(account, account)) for name, account in people.items()}
        return {
            "people": {name: account.id for name, account in people.items()},
            "slugs": {"community": community.slug, "event": event.slug},
            "keys": {"event": event.key, "run": event.key},
            "guest": known["going"].key,
            "invitation": invitation.key,
            "invited": invited,
            "account_id": people["member"].id,
            "rsvps": {name: rsvp.id for name, rsvp in known.items()},
            "tokens": {
                name: {
                    "rsvps": manage_token(rsvp),
                    "calendars.of_answer": manage_token(rsvp),
                    "tickets": ticket_token(rsvp),
                }
                for name, rsvp in known.items()
            },
            "feeds": feeds,
        }

    empty_map = shells.shell(tmp_path_factory.getbasetemp())  # made once a run: it takes seconds and knows no event
    monkeypatch.setattr(shells, "shell", lambda folder: empty_map)
    app.extensions["pages"], app.extensions["parts"] = Shelf[Any](room=50), Shelf[Any](room=50)
    found: dict[str, Any] = given(arrange)
    assert given(lambda: {name: str(db.session.get(Rsvp, id).answer) for name, id in found["rsvps"].items()}) == {
        name: name for name in ("going", *ANSWERED)
    }
    return found


def browser(app: Flask, world: dict[str, Any], who: str) -> FlaskClient:
    client = app.test_client()
    if who != "visitor":
        sign_in(client, world["people"][who])
    return client


def addresses(app: Flask, world: dict[str, Any], who: str) -> list[str]:
    """Every address of the application that can be read, with the secrets that this person has."""
    secrets = world["invited"] | world["tokens"].get(who, {}) | {"calendars": world["feeds"].get(who, "x" * 36)}
    made: dict[str, Any] = defaultdict(lambda: "0" * 10, world | {"tokens": secrets})  # what else is named is not there
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and rule.endpoint not in DEVELOPMENT:
            with app.test_request_context():
                found.append(app.url_for(rule.endpoint, **values(rule.endpoint, rule.arguments, made)))
    lists = ["/events", "/events.ics", "/map", "/map/list", "/map/events.geojson"]
    found += [f"{path}?{query}" for path in lists for query in ("tag=supper", "online=1", "city=Sofia", "q=supper")]
    return [*found, "/map/events.geojson?bbox=23.32,42.69,23.34,42.70&zoom=20", "/events?community=salon"]


def told(text: str) -> list[str]:
    """Which of the secrets stand in an answer; calendars are unfolded, JSON and addresses may write letters otherwise."""
    plain = text.replace("\r\n ", "").replace("%20", " ").replace("\\/", "/").lower()
    return [marker for marker in MARKERS if marker in plain]


def look(client: FlaskClient, path: str) -> str:
    return client.get(path, follow_redirects=True).get_data().decode("utf-8", "replace")


@pytest.mark.parametrize("who", OTHERS)
def test_nothing_that_others_can_read_tells_it(app: Flask, world: dict[str, Any], engine_name: str, who: str) -> None:
    if engine_name != "sqlite" and who not in {"visitor", "waitlisted"}:
        pytest.skip("what is told does not hang on the engine; two of them ask it whether its SQL agrees")
    for first in ("going", "host", "visitor"):  # so that whatever is kept has been kept
        look(browser(app, world, first), f"/events/{world['keys']['event']}")
        look(browser(app, world, first), f"/events/{world['keys']['event']}.ics")
    client = browser(app, world, who)
    paths = addresses(app, world, who)
    assert len(paths) > 70
    leaks = {path: found for path in paths if (found := told(look(client, path)))}
    assert leaks == {}
    form = client.post(f"/events/{world['keys']['event']}/rsvp", data={"name": "", "email": "none", "guests": "99"})
    assert told(form.text) == []
    for marker in MARKERS[:4]:
        for path in ("/events", "/map/list", "/map/events.geojson", "/events.ics"):
            assert TITLE not in client.get(f"{path}?q={marker}").text, "found by what is hidden"


@pytest.mark.parametrize("who", ["going", "host", "owner"])
def test_who_is_going_and_who_runs_it_are_told(app: Flask, world: dict[str, Any], who: str) -> None:
    client, key = browser(app, world, who), world["keys"]["event"]
    for first in ("visitor", who, who):
        assert told(look(browser(app, world, first), f"/events/{key}")) == ([] if first == "visitor" else MARKERS)
    assert told(look(client, f"/events/{key}.ics")) == MARKERS
    assert told(look(app.test_client(), f"/events/{key}.ics")) == []
    if who != "owner":  # a calendar holds what one hosts or goes to
        assert told(look(client, f"/feeds/{world['feeds'][who]}.ics")) == MARKERS
    else:
        assert told(look(client, f"/events/{key}/edit")) == MARKERS
        assert told(look(client, "/c/salon/venues/search?q=quartz")) == [*MARKERS[:3], *MARKERS[4:]]


def test_the_private_page_and_the_ticket_tell_it(app: Flask, world: dict[str, Any]) -> None:
    tokens, client = world["tokens"]["going"], app.test_client()
    assert told(look(client, f"/rsvps/{tokens['rsvps']}")) == MARKERS
    assert told(look(client, f"/rsvps/{tokens['rsvps']}.ics")) == MARKERS
    assert told(look(client, f"/tickets/{tokens['tickets']}")) == MARKERS[:2]
    assert client.get(f"/tickets/{tokens['tickets']}/ticket.pdf").status_code == 200


@pytest.mark.parametrize("way", ["cancels", "is removed"])
def test_it_is_gone_again(app: Flask, given: Given, world: dict[str, Any], way: str) -> None:
    tokens, client, key = world["tokens"]["going"], browser(app, world, "going"), world["keys"]["event"]
    paths = [f"/events/{key}", f"/events/{key}.ics", f"/rsvps/{tokens['rsvps']}", f"/rsvps/{tokens['rsvps']}.ics",
             f"/tickets/{tokens['tickets']}", f"/feeds/{world['feeds']['going']}.ics", "/me/events"]  # fmt: skip
    before = {path: client.get(path, follow_redirects=True).headers.get("ETag") for path in paths}
    if way == "cancels":
        assert client.post(f"/rsvps/{tokens['rsvps']}/cancel").status_code == 303
    else:
        given(lambda: hosting.remove(host_of(world), db.session.get_one(Rsvp, world["rsvps"]["going"]), "noise"))
    for path in paths:
        held = {"If-None-Match": before[path]} if before[path] else {}
        answer = client.get(path, headers=held, follow_redirects=True)
        assert answer.status_code == 200, path  # never "what you hold is still good"
        assert told(answer.text) == [], path
    assert client.get(f"/tickets/{tokens['tickets']}/ticket.pdf").status_code == 404
    assert {path: found for path in addresses(app, world, "going") if (found := told(look(client, path)))} == {}
    # Whoever moved up knows it now.
    assert told(look(browser(app, world, "waitlisted"), f"/events/{key}")) == MARKERS


def host_of(world: dict[str, Any]) -> Any:
    from organizer.accounts.models import Account

    return db.session.get_one(Account, world["people"]["host"])


def written(app: Flask, world: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """What the letters tell: (kind, to whom) → markers, those in attachments too."""
    names = {id: name for name, id in world["people"].items()}
    found: dict[tuple[str, str], list[str]] = {}
    with app.app_context():
        for letter in db.session.scalars(sa.select(Letter).order_by(Letter.id)):
            if "rsvp" not in letter.about:
                continue
            composed = letters.compose(letters.Sheet.of(letter))
            assert composed is not None
            parts = [*composed.attachments, *([composed.calendar] if composed.calendar else [])]
            files = "".join(part.content.decode("utf-8", "replace") for part in parts)
            said = told(f"{composed.subject} {composed.text} {composed.html} {composed.gist} {files}")
            if said or letters.still_true(letters.Sheet.of(letter)):
                found[letter.kind, names[letter.account_id or 0]] = said
    return found


def test_letters_tell_it_to_who_is_going(app: Flask, given: Given, world: dict[str, Any]) -> None:
    said = written(app, world)
    assert said["going", "going"] == MARKERS
    assert {who: markers for who, markers in said.items() if who[1] != "going" and markers} == {}
    assert {("waitlisted", "waitlisted"), ("cancelled_by_you", "cancelled"), ("removed", "removed")} <= said.keys()

    def moved() -> None:
        event = events.get(world["keys"]["event"])
        elsewhere = VenueDraft("Basaltsaal", "Granitweg 3", "Plovdiv", "BG", 42.147712, 24.748013)
        events.edit(host_of(world), event, draft(place=elsewhere))

    given(moved)
    later = written(app, world)
    assert later["event_moved", "going"] == MARKERS[:2] + MARKERS[3:4]  # what it was, and the link that stays
    assert later["event_moved", "waitlisted"] == []
    page = look(app.test_client(), f"/events/{world['keys']['event']}")
    assert told(page) == []
    assert "Moved." in page
    assert "basaltsaal" not in page.lower()


def test_who_is_invited_is_not_told_yet_and_who_helps_is(app: Flask, world: dict[str, Any]) -> None:
    def letter(kind: str, who: str, **about: int) -> list[str]:
        sheet = letters.Sheet(1, kind, "a@example.org", who, "en", about, world["people"][who], now())
        with app.app_context():
            composed = letters.compose(sheet)
        assert composed is not None
        return told(f"{composed.text} {composed.html} {composed.gist}")

    with app.app_context():
        event, invitation = db.session.scalars(sa.select(Event)).one(), db.session.scalars(sa.select(Invitation)).one()
        numbers = event.id, invitation.id
    assert letter("invitation", "stranger", invitation=numbers[1]) == []
    assert letter("cohost", "host", event=numbers[0]) == MARKERS[:4]


def test_another_hidden_address_is_news_to_who_is_going_only(app: Flask, given: Given, world: dict[str, Any]) -> None:
    def moved() -> None:
        elsewhere = VenueDraft("Basaltsaal", "Granitweg 3", "Sofia", "BG", 42.6501, 23.3702)
        events.edit(host_of(world), events.get(world["keys"]["event"]), draft(place=elsewhere))

    given(moved)
    later = written(app, world)
    assert ("event_moved", "going") in later
    assert ("event_moved", "waitlisted") not in later  # for them it is Sofia, as it was
    page = look(app.test_client(), f"/events/{world['keys']['event']}")
    assert "Moved." not in page
    assert "EventRescheduled" not in page


def test_it_is_hidden_as_soon_as_the_host_hides_it(app: Flask, given: Given, world: dict[str, Any]) -> None:
    key, client = world["keys"]["event"], app.test_client()
    given(lambda: events.edit(host_of(world), events.get(key), draft(hides_address=False)))
    assert told(look(client, f"/events/{key}")) == MARKERS
    assert TITLE in client.get("/events?q=quartzkeller").text
    later = draft().starts_wall + timedelta(hours=1)  # a move in the same breath remembers the open place
    given(lambda: events.edit(host_of(world), events.get(key), draft(starts_wall=later)))
    leaks = {path: found for path in addresses(app, world, "visitor") if (found := told(look(client, path)))}
    assert leaks == {}
    assert TITLE not in client.get("/events?q=quartzkeller").text
    words = given(lambda: set(db.session.scalars(sa.select(EventWord.word))))
    assert not words & {marker.lower() for marker in MARKERS}
    stored = given(lambda: db.session.execute(sa.select(Event.latitude, Event.longitude)).one())
    assert told(f"{stored[0]} {stored[1]}") == []
