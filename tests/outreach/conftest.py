"""A real mail server on a free port, and an application that sends through it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from organizer import create_app
from organizer.core.db import db, unit_of_work
from organizer.core.ids import new_key
from organizer.outreach import digests, jobs, letters, service
from organizer.outreach.models import Letter
from tests.conftest import settings_for

BASE = "https://meet.example.org"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Postman:
    """Takes letters, or answers as `replies` says by address."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    after_data: str = ""
    data_replies: dict[str, str] = field(default_factory=dict)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if reply := self.after_data or self.data_replies.get(envelope.rcpt_tos[0]):
            return reply
        self.letters.append(message_from_bytes(envelope.original_content, _class=EmailMessage, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@dataclass
class Mailing:
    """The application and its mail server."""

    app: Flask
    postman: Postman
    stop: Callable[[], None]
    start: Callable[[], None]

    def given(self, arrange: Callable[[], Any]) -> Any:
        """Run `arrange` in a unit of work of its own and return what it returns."""
        with self.app.app_context(), unit_of_work():
            return arrange()

    def send(self) -> int:
        """Do what a worker does each minute; return how many letters went out."""
        with self.app.app_context():
            digests.gather_due()
            sent: int = jobs.send_due()
            return sent

    def rows(self) -> list[Letter]:
        """The outbox."""
        with self.app.app_context():
            return list(db.session.scalars(sa.select(Letter).order_by(Letter.id)))

    def states(self) -> list[str]:
        """The states of the letters in the outbox."""
        return [str(row.state) for row in self.rows()]


MESSAGE = {
    "outreach/letters/host_message.txt": """{% extends "layouts/letter.txt" %}
{% block subject %}{{ title }}{% endblock %}{% block content %}Bring a lamp.{% endblock %}""",
    "outreach/letters/host_message.html": """{% extends "layouts/letter.html" %}
{% block preview %}A word & two about {{ title }}{% endblock %}{% block content %}<p>Bring a lamp.</p>{% endblock %}""",
}


@pytest.fixture
def messages(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`messages("mira@example.org", "Fog walk", 3, rsvp=…)`: three small letters of hosts, of a topic that may wait."""

    def build(sheet: letters.Sheet) -> letters.Contents:
        if sheet.about.get("gone"):
            raise letters.Gone
        return letters.Contents({"title": sheet.about["title"]}, list_name="Light Walks", link=BASE + "/events/1")

    monkeypatch.setitem(letters._kinds, "host_message", letters.Kind(build, lambda _sheet: True))
    loader = mailing.app.jinja_env.loader
    assert loader is not None
    monkeypatch.setattr(mailing.app.jinja_env, "loader", ChoiceLoader([DictLoader(MESSAGE), loader]))

    def write(address: str, title: str, number: int = 1, account_id: int | None = None, **about: Any) -> None:
        def arrange() -> None:
            for _ in range(number):
                drafts = {"title": title, **about}
                service.write("host_message", new_key(), address, "Mira", "en", drafts, account_id)

        mailing.given(arrange)

    return write


@pytest.fixture
def mailing(app: Flask, tmp_path: Any) -> Iterator[Mailing]:
    """An application like `app`, on the same database, with a mail server; letters wait until the test sends them."""
    port, postman = free_port(), Postman()
    controllers: list[Controller] = []

    def start() -> None:
        controllers.append(Controller(postman, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False))
        controllers[-1].start()

    def stop() -> None:
        while controllers:
            controllers.pop().stop()

    chosen = settings_for(
        tmp_path,
        app.extensions["settings"].database_url,
        rate_limits=False,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        url=BASE,
        site_name="Sofia Walks",
    )
    start()
    sending = create_app(chosen, TESTING=True, WTF_CSRF_ENABLED=False)
    sending.extensions["jobs.run"] = lambda name, args: None  # the wake-up is lost: the periodic run must do
    yield Mailing(sending, postman, stop, start)
    stop()
    with sending.app_context():
        db.session.remove()
        db.engine.dispose()
