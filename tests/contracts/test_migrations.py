"""Migrations lead from empty to head and back on both engines, and the tables are what the models say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import check, downgrade, upgrade

from organizer import create_app
from organizer.core.db import db
from tests import conftest as base


@pytest.fixture
def empty(engine_name: str, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has no table yet."""
    url, name = "", f"organizer_test_{uuid.uuid4().hex[:10]}"
    if engine_name == "postgresql":
        try:
            with base._server() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        except sa.exc.OperationalError as error:
            base._missing("PostgreSQL", error)
        url = f"{base.POSTGRES}/{name}"
    app = create_app(base.settings_for(tmp_path, url), TESTING=True)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if url:
        with base._server() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_from_empty_to_head_and_back_without_drift(empty: Flask) -> None:
    with empty.app_context():
        upgrade()
        check()  # raises SystemExit on drift
        names = set(sa.inspect(db.engine).get_table_names())
        assert set(db.metadata.tables) <= names
        downgrade(revision="base")
        assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert set(sa.inspect(db.engine).get_table_names()) == names
