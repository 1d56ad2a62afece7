"""The five fixtures: engine, app, session, client, given. A template database is migrated once a run and copied per test."""

from __future__ import annotations

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session, scoped_session

from organizer import create_app
from organizer.core.db import db, unit_of_work
from organizer.settings import Settings

POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432")
SECRET = "only-for-tests-" + "x" * 32


def pytest_collection_finish() -> None:
    """Take what was imported out of the search for garbage: each test makes an application, and would pay for it anew."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def settings_for(folder: Path, database_url: str = "", **more: Any) -> Settings:
    return Settings.from_env(
        {}, instance=str(folder), secret_key=SECRET, database_url=database_url, log_level="ERROR", **more
    )


def _missing(what: str, error: Exception) -> None:
    if os.environ.get("CI"):
        raise error
    pytest.skip(f"{what} is not running here: {type(error).__name__}")


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The migrated databases by engine, made at their first use: a SQLite file to copy, a PostgreSQL one to empty."""
    made: dict[str, str] = {}
    yield made
    if "postgresql" in made:
        with _server() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {made['postgresql']} WITH (FORCE)")


def _server() -> sa.Connection:
    return sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect()


def _renewed(name: str) -> str:
    """Empty the database and give it a new name, for what a process remembers by address; return the name.

    A database of its own for each test would cost half a second, most of it waiting for the disk.
    """
    fresh = f"organizer_test_{uuid.uuid4().hex[:10]}"
    with _server() as connection:
        # Threads of the last test may still hold a connection, and with it a lock.
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        connection.exec_driver_sql(f"ALTER DATABASE {name} RENAME TO {fresh}")
    engine = sa.create_engine(f"{POSTGRES}/{fresh}", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        statements = "".join(f'DELETE FROM "{table}";' for table in tables.scalars())
        counters = connection.exec_driver_sql("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        statements += "".join(f"SELECT setval('{counter}', 1, false);" for counter in counters.scalars())
        connection.exec_driver_sql(f"SET session_replication_role = replica; {statements}")
    return fresh


def _migrated(folder: Path, database_url: str) -> None:
    app = create_app(settings_for(folder, database_url), TESTING=True)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each test that touches the database runs on both engines."""
    return str(request.param)


@pytest.fixture
def app(
    engine_name: str, _templates: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application on a fresh, migrated database of its own: real commits, real threads."""
    database_url = ""
    if engine_name == "sqlite":
        if "sqlite" not in _templates:
            folder = tmp_path_factory.mktemp("template")
            _migrated(folder, "")
            _templates["sqlite"] = str(folder / "organizer.db")
        shutil.copyfile(_templates["sqlite"], tmp_path / "organizer.db")
    else:
        if "postgresql" not in _templates:
            name = f"organizer_test_{uuid.uuid4().hex[:10]}"
            try:
                with _server() as connection:
                    connection.exec_driver_sql(f"CREATE DATABASE {name}")
            except sa.exc.OperationalError as error:
                _missing("PostgreSQL", error)
            _templates["postgresql"] = name
            _migrated(tmp_path_factory.mktemp("template"), f"{POSTGRES}/{name}")
        _templates["postgresql"] = _renewed(_templates["postgresql"])
        database_url = f"{POSTGRES}/{_templates['postgresql']}"
    app = create_app(settings_for(tmp_path, database_url, rate_limits=False), TESTING=True, WTF_CSRF_ENABLED=False)
    # Each test has its own application; templates are compiled once a run.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(tmp_path_factory.getbasetemp()))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def spoiled(_templates: dict[str, str]) -> Iterator[None]:
    """For a test that changes tables: the next one gets a database made anew."""
    yield
    if (name := _templates.pop("postgresql", None)) is not None:
        with _server() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """For service tests: an application context with a session. Never use it beside `client` (Flask would share the user)."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """For view tests: a visitor's browser. Sign in with `factories.sign_in(client, account_id)`."""
    return app.test_client()


@pytest.fixture
def given(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    """Run a function in a unit of work of its own and return what it returns: `given(lambda: make_event().key)`."""

    def run(arrange: Callable[[], Any]) -> Any:
        with app.app_context(), unit_of_work():
            return arrange()

    return run
