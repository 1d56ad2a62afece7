"""A real mail server on a free port, and an application that sends through it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from organizer import create_app
from organizer.core.db import db
from tests.conftest import settings_for


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
        if self.after_data:
            return self.after_data
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
        url="https://meet.example.org",
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
