"""Every route × (visitor, stranger, member, host, owner) against the access matrix; generated from the URL map."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from organizer.accounts import service as accounts
from organizer.communities.models import MemberRole
from organizer.core import files
from organizer.core.access import ALLOWED, Action, Role
from organizer.core.db import db, save
from organizer.core.time import now
from organizer.events.importing import Options
from organizer.events.models import EventHost, ImportRun, forget_hosts
from organizer.outreach import addressees
from organizer.outreach.links import choose_token, stop_token
from organizer.outreach.models import HostMessage
from organizer.outreach.topics import BY_NAME
from organizer.rsvps import invitations
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Invitation, Kind, Question
from tests.contracts.routes import NOT_FOUND_IS_FINE, PUBLIC, RULES, SECRET, SIGNED_IN, TO_THE_START
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]

SEES = frozenset({Role.ANYONE, Role.VIEWER})
MEMBER = SEES | {Role.ACCOUNT, Role.MEMBER}
ROLES = {
    "visitor": SEES,
    "stranger": SEES | {Role.ACCOUNT},
    "member": MEMBER,
    "host": MEMBER | {Role.COMMUNITY_HOST, Role.EVENT_HOST},
    "owner": MEMBER | {Role.OWNER},
}


def world(**event: Any) -> dict[str, Any]:
    """A community with everybody in it, one event, and what else the routes name."""
    people = {name: make_account() for name in ("stranger", "member", "host", "owner")}
    community = make_community(people["owner"])
    make_member(community, people["member"])
    make_member(community, people["host"], MemberRole.HOST)
    it = make_event(community, rsvp_rules={"asks": True}, **event)
    question = save(Question(event_id=it.id, position=1, kind=Kind.TEXT, label="What do you bring?", shown=True))
    db.session.add(EventHost(event_id=it.id, account_id=people["host"].id))
    forget_hosts()
    rsvp = make_rsvp(it)
    invitation = save(Invitation(event_id=it.id, name="Club", uses=5))
    message = save(HostMessage(event_id=it.id, audience="going", subject="Torch", text="Bring one", sent_at=now()))
    options = asdict(Options({"title": "Name"})) | {"headers": ["Name"]}
    run = ImportRun(community_id=community.id, blob=files.put(b"Name\nWalk\n"), options=options)
    db.session.add(run)
    db.session.flush()
    link = accounts.sign_in_link(make_account())
    addressee = addressees.ensured([str(rsvp.email)])[str(rsvp.email)]
    return {
        "people": {name: account.id for name, account in people.items()},
        "slugs": {"community": community.slug, "event": it.slug},
        "keys": {"event": it.key, "run": run.key, "picture": it.key},
        "guest": rsvp.key,
        "invitation": invitation.key,
        "message": message.key,
        "question": question.key,
        "member_key": people["member"].key,
        "account_id": people["member"].id,
        "tokens": {
            "rsvps.invitation": invitations.token_of(invitation),
            "rsvps.decline_invitation": invitations.token_of(invitation),
            "rsvps": manage_token(rsvp),
            "calendars.of_answer": manage_token(rsvp),
            "tickets": ticket_token(rsvp),
            "accounts": link.rsplit("/", 1)[1],
            "mail": choose_token(addressee.key),
            "mail.stop": stop_token(addressee.key, BY_NAME["changes"]),
        },
    }


def values(endpoint: str, arguments: set[str], made: dict[str, Any]) -> dict[str, Any]:
    """What to put into the route's address."""
    blueprint = endpoint.split(".", maxsplit=1)[0]
    key = made["keys"]["run"] if blueprint == "imports" else made["keys"]["event"]
    known = {
        "key": key,
        "slug": made["slugs"]["event" if endpoint == "events.show" else "community"],
        "guest": made["invitation" if endpoint == "rsvps.revoke_invitation" else "guest"],
        "token": made["tokens"].get(endpoint.removesuffix("_now"), made["tokens"].get(blueprint, "x" * 36)),
        "question": made["question"],
        "topic": "changes",
        "kind": "thank_you",
        "message": made["message"],
        "account_id": made["account_id"],
        "person": made["member_key"],
        "session_id": 1,
        "letter_id": 1,
        "digest": "0" * 64,
    }
    return {name: known[name] for name in arguments}


def outcome(answer: TestResponse) -> str:
    """Say whether the answer let the person in."""
    if answer.status_code in {401, 403, 404} or (answer.location or "").startswith("/sign-in?next"):
        return "no"
    return "no" if answer.location == "/sign-in" else "yes"


def expected(rule: Action | str, roles: frozenset[Role]) -> str:
    if rule in {PUBLIC, SECRET}:
        return "yes"
    if rule == SIGNED_IN:
        return "yes" if Role.ACCOUNT in roles else "no"
    return "no" if ALLOWED[Action(rule)].isdisjoint(roles) else "yes"


def ask(client: FlaskClient, method: str, address: str) -> TestResponse:
    answer = client.open(address, method=method, json=[] if address.startswith("/api/") else None)
    answer.get_data()  # a stream must be read to its end
    answer.close()
    return answer


def test_every_route_has_a_rule(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(RULES)


@pytest.mark.parametrize("persona", ROLES)
def test_every_route_lets_in_whom_the_matrix_lets_in(app: Flask, given: Given, persona: str) -> None:
    wrong = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            made = given(world)
            client = app.test_client()
            if persona != "visitor":
                sign_in(client, made["people"][persona])
            with app.test_request_context():
                address = app.url_for(rule.endpoint, _method=method, **values(rule.endpoint, rule.arguments, made))
            answer = ask(client, method, address)
            if answer.status_code >= 500:
                wrong.append(f"{method} {rule}: {answer.status_code}")
            if rule.endpoint in NOT_FOUND_IS_FINE and answer.status_code == 404:
                continue
            if rule.endpoint in TO_THE_START and answer.location == "/sign-in":
                continue
            if outcome(answer) != expected(RULES[rule.endpoint], ROLES[persona]):
                wrong.append(f"{method} {rule} for {persona}: {answer.status_code} {answer.location or ''}")
    assert not wrong, "\n" + "\n".join(wrong)


HIDDEN = {
    "draft": ({"state": "draft"}, {"host", "owner"}),
    "members only": ({"visibility": "members"}, {"member", "host", "owner"}),
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_is_hidden_is_hidden_everywhere(app: Flask, given: Given, kind: str) -> None:
    event, seers = HIDDEN[kind]
    made = given(lambda: world(title="Xylophone secret", **event))
    key = made["keys"]["event"]
    pages = [f"/events/{key}/{made['slugs']['event']}", f"/events/{key}.ics", f"/events/{key}/rsvp"]
    lists = ["/", "/events", "/events?q=xylophone", "/events.ics", "/map", "/map/list"]
    lists += [f"/c/{made['slugs']['community']}.ics", "/map/events.geojson?bbox=-180,-85,180,85&zoom=2"]
    for persona in ROLES:
        client = app.test_client()
        if persona != "visitor":
            sign_in(client, made["people"][persona])
        for page in pages:
            seen = "Xylophone" in client.get(page, follow_redirects=True).text.replace("\r\n ", "")
            if seen and persona not in seers:
                pytest.fail(f"{persona} sees {page}")
        for listing in lists:
            assert "Xylophone" not in client.get(listing).text, (persona, listing)
    client = app.test_client()
    assert client.get(pages[0]).status_code in {303, 404}


@pytest.mark.parametrize("path", ["/tickets/", "/rsvps/", "/feeds/", "/mail/"])
def test_a_wrong_secret_is_like_none(client: FlaskClient, given: Given, path: str) -> None:
    made = given(world)
    right = made["tokens"].get(path.strip("/"), "x" * 36)
    ending = ".ics" if path == "/feeds/" else ""
    for token in ("x", "0" * 36, right[:-1] + ("0" if right[-1] != "0" else "1"), right.upper() + "'"):
        assert client.get(f"{path}{token}{ending}").status_code == 404


def test_development_pages_stay_at_home(tmp_path: Path) -> None:
    from organizer import create_app
    from tests.conftest import settings_for

    app = create_app(settings_for(tmp_path, env="production", url="https://meet.example.org"))
    paths = {str(rule) for rule in app.url_map.iter_rules()}
    assert not any(path.startswith(("/dev", "/patterns")) for path in paths)


def test_services_ask_before_they_act() -> None:
    """Whoever takes an actor in a service asks `require` (or says by name whose right it is)."""
    silent = []
    for path in (Path(__file__).parents[2] / "organizer").glob("*/service.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                first = node.args.args[0].arg if node.args.args else ""
                if first == "actor" and "require(" not in ast.unparse(node):
                    silent.append(f"{path.parent.name}.{node.name}")
    assert silent == []
