"""Every form that changes something can be sent twice: it takes part in `web.replay`, or says why it need not."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from organizer.accounts import session as sessions
from organizer.accounts.models import Account, SignInSession
from organizer.calendars import service as calendars
from organizer.core import files
from organizer.core.db import db, save
from organizer.core.time import now
from organizer.events import service as events
from organizer.events import telling
from organizer.events.importing import Options
from organizer.events.models import ImportRun, State
from organizer.outreach.models import Letter, LetterState
from organizer.rsvps.models import Answer, Rsvp, Tally
from tests.contracts.test_access import values, world
from tests.factories import sign_in

Given = Callable[[Callable[[], Any]], Any]
# A key of their own, or an answer that is a cookie. Whoever adds a line here says why, at the view.
OUT = {
    *("accounts.sign_in", "accounts.code", "accounts.sign_in_link", "accounts.sign_out", "i18n.set_locale"),
    *("checkin.check", "checkin.walk_in", "checkin.scans", "rsvps.answer", "mail.stop_now"),
}
EVENT = {
    "title": "Walk",
    "starts": f"{now() + timedelta(days=9):%Y-%m-%dT%H:%M}",
    "city": "Sofia",
    "visibility": "public",
}
PROFILE = {"name": "Ana", "locale": "en", "zone": "Europe/Sofia"}
COMMUNITY = {"name": "Walkers", "city": "Sofia", "accent": "teal", "locale": "en"}
HOURS = {"offer_hours": "24", "late_hours": "24", "ask_hours": "48", "release_hours": "0", "min_age": "0"}
HOURS |= {f"{name}_kind": "none" for name in ("opens", "closes", "edits")}
FILE = b"Name,Start\nWalk,2030-01-01 18:00\n"
COLUMNS = {"title": "Name", "starts": "Start"}
# What to send where nothing would be refused.
SENT: dict[str, dict[str, Any]] = {
    "communities.edit": COMMUNITY,
    "communities.new": COMMUNITY,
    "communities.change_role": {"role": "host"},
    "events.new": EVENT | {"then": "draft"},
    "events.edit": EVENT,
    "events.cancel": {"reason": "Rain"},
    "imports.show": {"source": "file", "shift_weeks": "1"} | {f"column_{name}": COLUMNS[name] for name in COLUMNS},
    "rsvps.add_guest": {"name": "Ana", "email": "ana@example.org"},
    "rsvps.remove_guest": {"why": "Twice on the list"},
    "rsvps.let_in_guest": {"why": "The speaker"},
    "rsvps.move_up_guest": {"why": "The speaker"},
    "rsvps.excuse_guest": {"why": "Ill"},
    "rsvps.say_still_coming": {"coming": "yes"},
    "rsvps.change_guests": {"guests": "1"},
    "rsvps.change_listing": {"listing": "name"},
    "rsvps.change_rules": HOURS | {"mode": "members", "queue": "offer"},
    "rsvps.add_question": {"suggestion": "food"},
    "rsvps.change_question": {"label": "What else?", "kind": "text", "keep_days": "7"},
    "rsvps.invite": {"addresses": "ana@example.org"},
    "rsvps.make_invitation_link": {"uses": "5"},
    "messages.write": {"audience": "going", "subject": "Torch", "text": "Bring one."},
    "letters.keep": {"locale": "en", "subject": "See you, {name}"},
    "letters.switch": {"on": "0"},
    "accounts.profile": PROFILE,
    "accounts.welcome": {"name": "Ana"},
}
WHO = {"communities.join": "stranger", "communities.leave": "member", "accounts.welcome": "stranger"}
DRAFT = {"events.publish", "events.discard"}
STANDS = {
    "rsvps.rejoin": Answer.CANCELLED,
    "rsvps.let_in_guest": Answer.CANCELLED,
    "rsvps.move_up_guest": Answer.WAITLISTED,
    "rsvps.decline_guest": Answer.PENDING,
}


def posts(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}


def rows(app: Flask) -> dict[str, list[str]]:
    """Everything that is in the database."""
    with app.app_context():
        tables = db.metadata.sorted_tables
        return {table.name: sorted(map(repr, db.session.execute(sa.select(table)))) for table in tables}


def test_who_takes_no_part_says_why(app: Flask) -> None:
    reasons = {endpoint: getattr(app.view_functions[endpoint], "no_replay", "") for endpoint in posts(app)}
    assert {endpoint for endpoint, reason in reasons.items() if len(reason) > 20} == OUT


def test_every_form_sent_twice_has_one_effect(app: Flask, given: Given) -> None:
    wrong = []
    for endpoint in sorted(posts(app) - OUT):
        made = given(lambda end=endpoint: prepared(end))
        client = app.test_client()
        sign_in(client, made["people"][WHO.get(endpoint, "owner")])
        rule = next(rule for rule in app.url_map.iter_rules(endpoint) if "POST" in (rule.methods or set()))
        with app.test_request_context():
            address = app.url_for(endpoint, **values(endpoint, rule.arguments, made) | own_numbers(rule, made))
        answers, seen = [], [rows(app)]
        for _ in range(2):
            sent = {"client_key": "k", "account": made["member_key"]} | SENT.get(endpoint, {})
            if endpoint == "rsvps.invite_members":
                sent["member"] = made["member_key"]
            if endpoint == "imports.start":
                sent["file"] = (io.BytesIO(FILE), "events.csv")
            answers.append(client.post(address, data=sent))
            seen.append(rows(app))
        first, again = answers
        if first.status_code >= 400:
            wrong.append(f"{endpoint} was refused ({first.status_code}): say in SENT what it takes")
        elif (first.status_code, first.location) != (again.status_code, again.location):
            wrong.append(f"{endpoint}: {first.status_code} {first.location}, then {again.status_code} {again.location}")
        elif "Idempotent-Replayed" not in again.headers or seen[1] != seen[2]:
            changed = {name for name in seen[1] if seen[1][name] != seen[2][name]}
            wrong.append(f"{endpoint} had a second effect: {changed or 'its answer is not kept'}")
    assert not wrong, "\n" + "\n".join(wrong)


def own_numbers(rule: Rule, made: dict[str, Any]) -> dict[str, Any]:
    """The session to end, not the one that asks; the letter to send again."""
    return {name: made[name] for name in ("session_id", "letter_id") if name in rule.arguments}


def prepared(endpoint: str) -> dict[str, Any]:
    """The world of the access contract, as the form needs it."""
    made = world()
    event = events.get(made["keys"]["event"])
    if endpoint in DRAFT:
        event.state = State.DRAFT
    if endpoint == "events.restore":
        event.state = State.CANCELLED
    if endpoint == "events.tell":
        move = telling.before_change(event, None)
        event.sequence, move.old_zone = 1, "Europe/London"
        db.session.add(move)
    if (answer := STANDS.get(endpoint)) is not None:
        db.session.execute(sa.update(Rsvp).where(Rsvp.event_id == event.id).values(answer=answer))
        waiting = int(answer is Answer.WAITLISTED)
        db.session.execute(sa.update(Tally).where(Tally.event_id == event.id).values(taken=0, going=0, waiting=waiting))
    if endpoint.startswith("outgoing."):
        usual = {"kind": "sign_in", "address": "ana@example.org", "due_at": now()}
        made["letter_id"] = save(Letter(once=endpoint, state=LetterState.FAILED, **usual)).id
    if endpoint == "communities.new" or endpoint.startswith("outgoing."):
        db.session.execute(sa.update(Account).values(is_site_owner=True))
    owner = db.session.get_one(Account, made["people"]["owner"])
    sessions.begin(owner, "another browser")
    made["session_id"] = db.session.scalar(sa.select(sa.func.max(SignInSession.id)))
    if endpoint == "calendars.choose":
        calendars.open_feed(owner, owner)
    options = asdict(Options(COLUMNS, source="file")) | {"headers": list(COLUMNS.values())}
    db.session.execute(sa.update(ImportRun).values(blob=files.put(FILE), options=options))
    return made
