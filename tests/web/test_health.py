"""Health: alive, and ready to serve."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.db import Version, db
from organizer.web import health


def test_alive_and_ready(client: FlaskClient, app: Flask) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {"status": "ok", "database": True, "disk": True, "queue": True}
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Version)) == 0


def test_what_is_wrong_is_named(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_DISK", 10**18)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1, "total": 10**19})())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["disk"] is False
