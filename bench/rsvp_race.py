"""Many people say "I'm coming" in the same moment, over HTTP, to a real server: is every place given exactly once?

    python bench/rsvp_race.py [--engine sqlite|postgresql] [--requests 500] [--places 50]

Starts gunicorn (sync, two workers) on a temporary installation, fetches a form (session, CSRF token) for each person, then
sends all answers at once. Prints JSON; ends with 1 unless exactly the places are taken, the rest waits in order, no answer
was a server error, and tallies, log and letters agree with the rows. PostgreSQL: TEST_POSTGRES names the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from flask_migrate import upgrade  # noqa: E402

from organizer import create_app  # noqa: E402
from organizer.core.db import db, unit_of_work  # noqa: E402
from organizer.outreach.models import Letter  # noqa: E402
from organizer.rsvps import counts  # noqa: E402
from organizer.rsvps.models import Answer, Rsvp, RsvpMove  # noqa: E402
from organizer.settings import Settings  # noqa: E402
from tests.factories import make_event  # noqa: E402

POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432")
FIELD = re.compile(rb'name="(csrf_token|once)"[^>]*value="([^"]+)"')


@contextmanager
def database(engine: str) -> Iterator[str]:
    """The address of an empty database; "" means SQLite in the instance folder."""
    if engine == "sqlite":
        yield ""
        return
    name = f"organizer_race_{uuid.uuid4().hex[:10]}"
    server = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def server(environment: dict[str, str], folder: Path) -> Iterator[int]:
    """Gunicorn on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "wsgi:app", "-w", "2", "-k", "sync"]
    options = ["-b", f"127.0.0.1:{port}", "--log-level", "error", "--worker-tmp-dir", str(folder), "--backlog", "2048"]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen([*gunicorn, *options], cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        log.close()


async def ask(port: int, head: str, body: bytes = b"") -> tuple[int, bytes, float]:
    """Send one request on a connection of its own; return status, whole answer, milliseconds."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode() + body)
    await writer.drain()
    answer = await reader.read(-1)
    writer.close()
    took = (time.perf_counter() - started) * 1000
    return int(answer[9:12] or 0), answer, took


async def form(port: int, path: str) -> tuple[str, dict[str, str]]:
    """One person's form: the session cookie, and the hidden fields."""
    status, answer, _took = await ask(port, f"GET {path} HTTP/1.1")
    cookie = re.search(rb"Set-Cookie: (session=[^;]+)", answer, re.IGNORECASE)
    if status != 200 or cookie is None:
        raise SystemExit(f"the form answered {status}")
    return cookie[1].decode(), {name.decode(): value.decode() for name, value in FIELD.findall(answer)}


async def storm(port: int, path: str, requests: int) -> tuple[list[tuple[int, bytes, float]], float]:
    """Fetch all forms, then send all answers in one moment; return the answers and the seconds until the last."""
    few = asyncio.Semaphore(8)

    async def fetch() -> tuple[str, dict[str, str]]:
        async with few:
            return await form(port, path)

    forms = await asyncio.gather(*(fetch() for _ in range(requests)))
    posts = []
    for number, (cookie, hidden) in enumerate(forms):
        body = urlencode(hidden | {"name": f"Person {number}", "email": f"p{number}@example.org"}).encode()
        head = f"POST {path} HTTP/1.1\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded"
        posts.append((f"{head}\r\nContent-Length: {len(body)}", body))
    started = time.perf_counter()
    answers = await asyncio.gather(*(ask(port, head, body) for head, body in posts))
    return list(answers), time.perf_counter() - started


def truth(event_id: int) -> dict[str, Any]:
    """What the database says afterwards."""
    rows = db.session.execute(
        sa.select(Rsvp.answer, Rsvp.queued_at, Rsvp.id)
        .where(Rsvp.event_id == event_id)
        .order_by(Rsvp.queued_at, Rsvp.id)
    ).all()
    answers = [row[0] for row in rows]
    going = answers.count(Answer.GOING)
    return {
        "going": going,
        "waiting": answers.count(Answer.WAITLISTED),
        "in_order": answers == [Answer.GOING] * going + [Answer.WAITLISTED] * (len(answers) - going),
        "tally_equals_rows": not list(counts.differences()),
        "moves": db.session.scalar(sa.select(sa.func.count()).select_from(RsvpMove)),
        "letters": db.session.scalar(sa.select(sa.func.count()).select_from(Letter)),
    }


def race(engine: str, requests: int, places: int) -> dict[str, Any]:
    """Run the whole race on one engine."""
    with database(engine) as address, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            "ORGANIZER_INSTANCE": str(folder / "instance"),
            "ORGANIZER_DATABASE_URL": address,
            "ORGANIZER_RATE_LIMITS": "0",
            "ORGANIZER_LOG_LEVEL": "ERROR",
            "ORGANIZER_SECRET_KEY": uuid.uuid4().hex * 2,
        }
        app = create_app(Settings.from_env(environment))
        with app.app_context():
            upgrade()
            with unit_of_work():
                event = make_event(capacity=places)
                event_id, path = event.id, f"/events/{event.key}/rsvp"
        with server(environment, folder) as port:
            answers, seconds = asyncio.run(storm(port, path, requests))
        with app.app_context():
            found = truth(event_id)
            db.session.remove()
            db.engine.dispose()
        log = (folder / "server.log").read_text()[-2000:]
    times = sorted(took for _status, _answer, took in answers)
    statuses = [status for status, _answer, _took in answers]
    own_page = sum(b"\r\nLocation: /rsvps/" in answer for _status, answer, _took in answers)
    expected = min(places, requests)
    good = (
        found["going"] == expected
        and found["waiting"] == requests - expected
        and found["in_order"]
        and found["tally_equals_rows"]
        and found["moves"] == requests
        and found["letters"] == requests
        and own_page == requests
        and max(statuses) < 500
    )
    return {
        "engine": engine,
        "requests": requests,
        "places": places,
        "good": good,
        **found,
        "statuses": {str(status): statuses.count(status) for status in sorted(set(statuses))},
        "own_page": own_page,
        "p50_ms": round(times[len(times) // 2], 1),
        "p99_ms": round(times[int(len(times) * 0.99)], 1),
        "max_ms": round(times[-1], 1),
        "per_second": round(requests / seconds),
        **({} if good else {"server_log": log}),
    }


def main() -> None:
    """Read the arguments, race, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--places", type=int, default=50)
    asked = parser.parse_args()
    result = race(asked.engine, asked.requests, asked.places)
    print(json.dumps(result, indent=1))
    raise SystemExit(0 if result["good"] else 1)


if __name__ == "__main__":
    main()
