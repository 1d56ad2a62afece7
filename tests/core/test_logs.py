"""Logs tell what happened and keep secrets to themselves."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from flask import Flask

from organizer.core import logs


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mail to Ana.Petrova+x@mail.example.org failed", "mail to …@… failed"),
        ("GET /tickets/k7m2q9x4ab0123456789", "GET /tickets/…"),
        ("see /feeds/secret.ics?x=1", "see /feeds/…?x=1"),
        ("see /invitations/secret/decline", "see /invitations/…/decline"),
        ("/sign-in/link/abc", "/sign-in/link/…"),
        ("/events/k7m2q9x4ab/walk", "/events/k7m2q9x4ab/walk"),
    ],
)
def test_addresses_and_private_links_are_blotted_out(text: str, kept: str) -> None:
    assert logs.scrub(None, "info", {"event": text, "n": 1}) == {"event": kept, "n": 1}


def test_one_line_a_request_with_its_id_and_rule(capsys: pytest.CaptureFixture[str]) -> None:
    class Chosen:
        log_format = "json"
        log_level = "INFO"

    app = Flask("logs")
    logs.init_app(app, Chosen())
    app.add_url_rule("/tickets/<token>", "ticket", lambda token: "ok")
    handlers = logging.getLogger().handlers
    try:
        answer = app.test_client().get("/tickets/verysecret")
        structlog.get_logger().warning("sent to a@example.org")
    finally:
        logging.getLogger().handlers = [known for known in handlers if not getattr(known, "ours", False)]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert lines[0]["rule"] == "/tickets/<token>"
    assert lines[0]["request"] == answer.headers["X-Request-Id"]
    assert "verysecret" not in str(lines)
    assert "a@example.org" not in str(lines)
