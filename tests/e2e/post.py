"""A mail server of the test's own, and what it brought."""

from __future__ import annotations

import re
from email.message import EmailMessage
from time import monotonic, sleep
from typing import Any

from aiosmtpd.controller import Controller

from tests.outreach.conftest import Postman, free_port

PATIENCE = 10.0  # seconds that a letter may take on a busy machine


class Post:
    """Letters as they came over SMTP."""

    def __init__(self) -> None:
        self._postman = Postman()
        self._server = Controller(self._postman, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False)
        self._server.start()
        self.settings: dict[str, Any] = {
            "smtp_host": "127.0.0.1",
            "smtp_port": self._server.port,
            "smtp_security": "none",
        }

    def close(self) -> None:
        """Take no more letters."""
        self._server.stop()

    def letter(self, address: str, subject: str) -> EmailMessage:
        """Wait for a letter to `address` whose subject matches, and return the newest one."""
        until = monotonic() + PATIENCE
        while True:
            came: list[EmailMessage] = list(self._postman.letters)
            for mail in reversed(came):
                if mail["To"].addresses[0].addr_spec == address and re.search(subject, mail["Subject"]):
                    return mail
            assert monotonic() < until, [mail["Subject"] for mail in came]
            sleep(0.02)


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """The text of a letter, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def code_in(mail: EmailMessage) -> str:
    """The six digits that sign in."""
    found = re.search(r"\b(\d{3}) (\d{3})\b", mail["Subject"])
    assert found
    return found[1] + found[2]
