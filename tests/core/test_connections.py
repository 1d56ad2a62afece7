"""Connections to PostgreSQL that were cut while they rested are found out before somebody's request is sent through them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from organizer.core import db as database
from organizer.core.db import db


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


def backend() -> int:
    number: int = db.session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    db.session.rollback()
    return number


def cut(number: int) -> None:
    with sa.create_engine(db.engine.url, poolclass=sa.NullPool).connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:number)"), {"number": number})


def test_a_rested_connection_is_asked_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "RESTED_SECONDS", 0.0)
    with app.app_context():
        first = backend()
        cut(first)
        assert backend() != first


def test_one_in_use_is_not_asked_again_and_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    with app.app_context():
        first = backend()
        monkeypatch.setattr(type(db.engine.dialect), "do_ping", lambda _self, connection: asked.append(connection))
        assert [backend() for _ in range(5)] == [first] * 5
        assert asked == []
        monkeypatch.setattr(database, "RESTED_SECONDS", 0.0)
        assert backend() == first
        assert len(asked) == 1


def test_one_that_is_cut_in_use_breaks_one_request_at_most(app: Flask) -> None:
    with app.app_context():
        first = backend()
        cut(first)
        with pytest.raises(sa.exc.OperationalError):
            backend()
        db.session.rollback()
        assert backend() != first
