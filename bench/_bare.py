"""The floors beside us: a bare page, the same with SQLAlchemy, and the least RSVP that cannot oversell.

`_bare:app` is the unit J (Flask and Jinja, no data, about 400 bytes) and answers `POST /rsvp` from the SQLite file or
the PostgreSQL database that BARE_DATABASE names. `_bare:with_database()` is what cold starts are compared with.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from typing import Any

from flask import Flask, render_template, request
from jinja2 import DictLoader

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title><meta name="viewport" content="width=device-width"></head>
<body>
<header><a href="/">Organizer</a></header>
<main>
<h1>{{ title }}</h1>
<ul>{% for number in range(5) %}<li>Number {{ number }}</li>{% endfor %}</ul>
</main>
<footer><p>Times are local to each event.</p></footer>
</body>
</html>
"""
SCHEMA = (
    "CREATE TABLE bare_event (id INTEGER PRIMARY KEY, taken INTEGER NOT NULL)",
    "CREATE TABLE bare_rsvp (id {key}, event_id INTEGER NOT NULL, name TEXT, email TEXT, UNIQUE (event_id, email))",
    "INSERT INTO bare_event VALUES (1, 0)",
)
TAKE = "UPDATE bare_event SET taken = taken + 1 WHERE id = 1 AND taken < 100000000"
ANSWER = "INSERT INTO bare_rsvp (event_id, name, email) VALUES (1, {0}, {0}) ON CONFLICT DO NOTHING"

app = Flask(__name__)
app.jinja_env.loader = DictLoader({"page.html": PAGE})  # compiled once, unlike a template from a string
_open: dict[str, Any] = {}


@app.get("/")
def page() -> str:
    """The page whose rate is called J."""
    return render_template("page.html", title="Nothing but a page")


@app.post("/rsvp")
def rsvp() -> tuple[str, int]:
    """One place taken, one row written, behind one lock; no session, no CSRF, no letter."""
    facts = (request.form["name"], request.form["email"])
    if is_postgres(os.environ["BARE_DATABASE"]):
        _in_postgres(facts)
    else:
        _in_a_file(facts)
    return "", 204


def _in_a_file(facts: tuple[str, str]) -> None:
    if not _open:
        address = os.environ["BARE_DATABASE"]
        _open["lock"] = os.open(address + ".lock", os.O_RDWR | os.O_CREAT)
        _open["database"] = sqlite3.connect(address, isolation_level=None)
        _open["database"].execute("PRAGMA synchronous=NORMAL")
    database = _open["database"]
    fcntl.flock(_open["lock"], fcntl.LOCK_EX)
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute(TAKE)
        database.execute(ANSWER.format("?"), facts)
        database.execute("COMMIT")
    finally:
        fcntl.flock(_open["lock"], fcntl.LOCK_UN)


def _in_postgres(facts: tuple[str, str]) -> None:
    if not _open:
        import psycopg

        _open["database"] = psycopg.connect(os.environ["BARE_DATABASE"])
    with _open["database"].transaction():
        _open["database"].execute(TAKE)
        _open["database"].execute(ANSWER.format("%s"), facts)


def is_postgres(address: str) -> bool:
    """Whether it is the address of a PostgreSQL database; otherwise it is a file."""
    return address.startswith("postgresql:")


def prepare(address: str) -> None:
    """Make the tables in what BARE_DATABASE names."""
    if is_postgres(address):
        import psycopg

        with psycopg.connect(address) as server:
            for statement in SCHEMA:
                server.execute(statement.format(key="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
        return
    file = sqlite3.connect(address)
    file.execute("PRAGMA journal_mode=WAL")
    with file:
        for statement in SCHEMA:
            file.execute(statement.format(key="INTEGER PRIMARY KEY"))
    file.close()


def with_database() -> Flask:
    """A bare application that reads one table with Flask-SQLAlchemy."""
    import sqlalchemy as sa
    from flask_sqlalchemy import SQLAlchemy

    small = Flask(__name__)
    small.jinja_env.loader = app.jinja_env.loader
    small.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['BARE_DATABASE']}"
    database = SQLAlchemy(small)

    @small.get("/")
    def index() -> str:
        taken = database.session.scalar(sa.text("SELECT taken FROM bare_event"))
        return render_template("page.html", title=f"{taken} places taken")

    return small
