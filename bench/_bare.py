"""The floors beside us: a bare page, the same with SQLAlchemy, and the least RSVP that cannot oversell.

`_bare:app` is the unit J (Flask and Jinja, no data, about 400 bytes) and answers `POST /rsvp` from the SQLite file that
BARE_DATABASE names. `_bare:with_database()` is what cold starts are compared with.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
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
SCHEMA = """
CREATE TABLE event (id INTEGER PRIMARY KEY, taken INTEGER NOT NULL);
CREATE TABLE rsvp (id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, name TEXT, email TEXT, UNIQUE (event_id, email));
INSERT INTO event VALUES (1, 0);
"""

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
    if not _open:
        address = os.environ["BARE_DATABASE"]
        _open["lock"] = os.open(address + ".lock", os.O_RDWR | os.O_CREAT)
        _open["database"] = sqlite3.connect(address, isolation_level=None)
        _open["database"].execute("PRAGMA synchronous=NORMAL")
    database = _open["database"]
    fcntl.flock(_open["lock"], fcntl.LOCK_EX)
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE event SET taken = taken + 1 WHERE id = 1 AND taken < 100000000")
        facts = (request.form["name"], request.form["email"])
        database.execute("INSERT OR IGNORE INTO rsvp (event_id, name, email) VALUES (1, ?, ?)", facts)
        database.execute("COMMIT")
    finally:
        fcntl.flock(_open["lock"], fcntl.LOCK_UN)
    return "", 204


def prepare(path: Path) -> None:
    """Make the file that BARE_DATABASE names."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.executescript(SCHEMA)
    database.close()


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
        taken = database.session.scalar(sa.text("SELECT taken FROM event"))
        return render_template("page.html", title=f"{taken} places taken")

    return small
