"""The hosts' list of an event with ten thousand answers: how long a page takes, and an export, and how much memory.

    python bench/guest_list.py [--engine sqlite|postgresql] [--guests 10000] [--rounds 9]

Fills a temporary installation with one large event (three questions that all have answered, eight earlier meetups that its
guests came to or not) among others. Pages are asked in this process: every tab, searches, a page in the middle, the last
one, the page of one person; the median of some rounds counts, and beside it stands how many bare pages (Flask and Jinja)
take as long. Exports come from a real server with one worker, as they are sent; its peak of memory is compared with that of
a small event. Their baseline is the least that can be done: the driver's rows through `csv`. Prints JSON; ends with 1 when
a page takes more than 100 ms, an export more than 5 s, or memory grows by more than 24 MiB.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import _bare
import _stand as stand
import sqlalchemy as sa
from _cases import settings_of
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from organizer import create_app
from organizer.communities.models import Community
from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import counts
from organizer.rsvps.models import Answer, Rsvp
from organizer.web.paging import encode
from tests.contracts.thousands import Site, let_ask, make_site
from tests.factories import make_event, make_rsvp, sign_in

PAGE_MS, EXPORT_S, MEMORY_MIB = 100.0, 5.0, 24.0
SHARES = (
    (60, Answer.WAITLISTED),
    (75, Answer.CANCELLED),
    (80, Answer.PENDING),
    (82, Answer.REMOVED),
    (84, Answer.DECLINED),
)
FEW = 100  # guests of the small event


def fill(guests: int) -> tuple[Site, str, str]:
    """Make the site; return it with the key of one guest and that of a small event."""
    site = make_site(events=500, guests=guests)
    let_ask(site)
    large = db.session.scalars(sa.select(Event).where(Event.key == site.key)).one()
    large.capacity = guests // 10  # so that nobody who waits is given a place when the tally is counted anew
    part, begin = Rsvp.id % 100, 0
    for end, answer in SHARES:
        here = sa.and_(Rsvp.event_id == large.id, part >= begin, part < end)
        db.session.execute(
            sa.update(Rsvp).where(here).values(answer=answer), execution_options={"synchronize_session": False}
        )
        begin = end
    silent = sa.update(Rsvp).where(Rsvp.event_id == large.id, Rsvp.answer == Answer.GOING).values(asked_at=now())
    db.session.execute(silent, execution_options={"synchronize_session": False})
    small = make_event(db.session.get_one(Community, large.community_id), capacity=FEW)
    for _ in range(FEW):
        make_rsvp(small)
    for found in list(counts.differences()):
        counts.repair(found)
    one = db.session.scalars(sa.select(Rsvp.key).where(Rsvp.event_id == large.id).limit(1)).one()
    return site, one, small.key


def pages(site: Site, one: str, guests: int) -> dict[str, str]:
    """What is looked at, by name."""
    path = f"/events/{site.key}/guests"
    tabs = {f"tab {answer}": f"{path}?answer={answer}" for answer in Answer}
    searches = {"part of a name": "est 77", "an address": "g123", "nobody": "zzz", "nearly all": "gue"}
    found = {f"search, {name}": f"{path}?q={sought}" for name, sought in searches.items()}
    middle, last = (encode(f"guest {number}", 0) for number in (guests // 2, 9_999))
    return (
        {"first page": path}
        | tabs
        | found
        | {
            "page in the middle": f"{path}?after={middle}",
            "last page": f"{path}?after={last}",
            "person": f"{path}/{one}",
        }
        | {"waitlist, searched": f"{path}?answer=waitlisted&q=7", "silent ones": f"/events/{site.key}/guests/silent"}
    )


def milliseconds(ask: Callable[[], Any], rounds: int) -> float:
    """The median of some rounds, after one that does not count."""
    times = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times[1:])


def looked_at(client: FlaskClient, path: str) -> str:
    """Ask for a page as a browser does and return it."""
    answer = client.get(path, headers={"Cache-Control": "no-cache"})
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return answer.text


def measure_pages(app: Flask, site: Site, one: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of every page, and as ratios to a bare one."""
    client, bare = app.test_client(), _bare.app.test_client()
    sign_in(client, site.owner_id)
    least = milliseconds(lambda: bare.get("/"), 200)
    found = {}
    for name, path in pages(site, one, asked.guests).items():
        people = looked_at(client, path).count('<th scope="row">')
        took = milliseconds(lambda path=path: looked_at(client, path), asked.rounds)
        found[name] = {"ms": round(took, 1), "bare_pages": round(took / least, 1), "people": people}
    return {"bare_page_ms": round(least, 3), "pages": found, "slowest_ms": max(each["ms"] for each in found.values())}


def download(port: int, path: str, cookie: str) -> dict[str, Any]:
    """Fetch a file as it comes: seconds to its first byte and to its last, and its size."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode()
    begun, first, size, head = time.perf_counter(), 0.0, 0, b""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(request)
        while part := connection.recv(65536):
            first = first or time.perf_counter() - begun
            size, head = size + len(part), head or part
    if head[9:12] != b"200":
        raise SystemExit(f"{path} answered {head[:200]!r}")
    return {"seconds": round(time.perf_counter() - begun, 2), "first_byte_s": round(first, 2), "bytes": size}


def workers(parent: int) -> list[int]:
    """The processes that a server has started."""
    return [int(number) for number in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def peak_mib(pid: int, work: Callable[[], dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    """Do some work and return the peak of a process' memory meanwhile, with what the work gave."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    done = work()
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024, done


def measure_exports(
    app: Flask, environment: dict[str, str], folder: Path, site: Site, small: str, cookie: str
) -> dict[str, Any]:
    """Seconds and memory of CSV and XLSX, large beside small, and the least that a CSV costs."""
    port, found = stand.free_port(), dict[str, Any]()
    with stand.serving("wsgi:app", folder, environment | {"GUNICORN_CMD_ARGS": "--workers=1"}, port) as server:
        (pid,) = workers(server.pid)[:1]
        for kind in ("csv", "xlsx"):
            download(port, f"/events/{small}/guests.{kind}", cookie)  # imports
            few, _small = peak_mib(pid, lambda kind=kind: download(port, f"/events/{small}/guests.{kind}", cookie))
            many, large = peak_mib(pid, lambda kind=kind: download(port, f"/events/{site.key}/guests.{kind}", cookie))
            found[kind] = large | {"memory_grows_mib": round(many - few, 1)}
    with app.app_context():
        columns = (Rsvp.name, Rsvp.email, Rsvp.answer, Rsvp.guests, Rsvp.source, Rsvp.answered_at, Rsvp.note)
        wanted = sa.select(*columns).join(Event, Event.id == Rsvp.event_id).where(Event.key == site.key)
        least = milliseconds(lambda: csv.writer(io.StringIO()).writerows(db.session.execute(wanted)), 3) / 1000
        db.session.remove()
    found["csv"]["times_the_least"] = round(found["csv"]["seconds"] / least, 1)
    found["xlsx"]["times_the_least"] = round(found["xlsx"]["seconds"] / least, 1)
    return {"least_csv_s": round(least, 3)} | found


def measured(asked: argparse.Namespace, folder: Path, address: str) -> dict[str, Any]:
    """Fill an installation and measure."""
    environment = stand.environment_of(folder, address)
    app = create_app(settings_of(environment))
    with app.app_context():
        upgrade()
        with unit_of_work():
            site, one, small = fill(asked.guests)
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")  # as autovacuum does within a minute
    load = os.getloadavg()[0]
    seen = measure_pages(app, site, one, asked)
    client = app.test_client()
    sign_in(client, site.owner_id)
    kept = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    cookie = f"{kept.key}={kept.value}" if kept else ""
    exports = measure_exports(app, environment, folder, site, small, cookie)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    good = seen["slowest_ms"] <= PAGE_MS
    for kind in ("csv", "xlsx"):
        good = good and exports[kind]["seconds"] <= EXPORT_S and exports[kind]["memory_grows_mib"] <= MEMORY_MIB
    return {"engine": asked.engine, "good": good, "guests": asked.guests, "load": load, **seen, "exports": exports}


def main() -> None:
    """Read the arguments, measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--guests", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="organizer-list-") as name, stand.database(asked.engine) as address:
        result = measured(asked, Path(name), address)
    print(json.dumps(result, indent=1))
    raise SystemExit(0 if result["good"] else 1)


if __name__ == "__main__":
    main()
