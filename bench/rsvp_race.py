"""Many people say "I'm coming" in the same moment, over HTTP, to a real server: is every place given exactly once?

    python bench/rsvp_race.py [--engine sqlite|postgresql] [--requests 10000] [--places 100] [--connections 200]
                              [--kill [TIMES]] [--no-baseline]

Starts gunicorn (sync, two workers) on a temporary installation, fetches a form (session, CSRF token) for each person, then
sends all answers, so many at once. With `--kill` master and workers are killed (-9) in the middle and started again, and
some people hang up before they are answered; who has heard nothing sends the same form again. Beside it, before and after,
the least RSVP that cannot oversell is asked by the same crowd (`_bare.py`: one update, one insert, one commit in the same
kind of database).

Prints JSON. Ends with 1 when a law is broken: exactly the places are taken, by those who came first (±1 s); everybody was
answered and led to their own answer, or told to come again; no answer was an error; each answer has one row, one line in
the log and one letter; the tally agrees. PostgreSQL: TEST_POSTGRES names the server.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import _bare
import _race_truth as truth
import _stand as stand
from _cases import settings_of
from _load import raw
from _race_crowd import Told, address_of, forms, send_all
from flask_migrate import upgrade

from organizer import create_app
from organizer.core.db import db, unit_of_work
from organizer.core.ids import new_key
from tests.factories import make_event

TICK = os.sysconf("SC_CLK_TCK")
BARE_ANSWERS = 2000
DEAF = 50  # with `--kill` every fiftieth person hangs up once before the answer is there


@dataclass
class Server:
    """Gunicorn with its workers, which can be killed and comes again at the same port."""

    folder: Path
    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] = field(init=False)
    killed: int = 0

    def start(self) -> None:
        """Start it; it may take seconds until it answers."""
        self.process = stand.start("wsgi:app", self.folder, self.environment, self.port)

    def kill(self) -> None:
        """End master and workers in the middle of whatever they do, and start others."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.killed += 1
        self.start()


def storm(server: Server, requests: list[bytes], asked: argparse.Namespace) -> list[Told]:
    """Send all answers; kill the server as often as was asked, at even distances."""
    deaths = {len(requests) * (n + 1) // (asked.kill + 1) for n in range(asked.kill)}

    def heard(number: int) -> None:
        if number in deaths:
            server.kill()

    return send_all(server.port, requests, asked.connections, heard, DEAF if asked.kill else 0)


@contextmanager
def bare(folder: Path, address: str, connections: int) -> Iterator[list[float]]:
    """Rates of the least that must be done: taken before the block and after it."""
    where = address.replace("+psycopg", "") or str(folder / "bare.db")
    _bare.prepare(where)
    port, rates = stand.free_port(), list[float]()

    def rate() -> float:
        kinds = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
        people = [f"name=Ana&email={new_key()}%40example.org".encode() for _ in range(BARE_ANSWERS)]
        begun = time.perf_counter()
        told = send_all(port, [raw("POST", "/rsvp", kinds, person) for person in people], connections)
        if any(each.status != 204 for each in told):
            raise SystemExit("the floor is broken")
        return BARE_ANSWERS / (time.perf_counter() - begun)

    with stand.serving("_bare:app", folder, {"BARE_DATABASE": where}, port):
        rates.append(rate())
        yield rates
        rates.append(rate())


def cpu_seconds(*marks: str) -> float:
    """Processor time that all processes with one of these words in their command line have had."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(mark in (folder / "cmdline").read_text(errors="replace") for mark in marks):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return total / TICK


def race(asked: argparse.Namespace, folder: Path, address: str) -> dict[str, Any]:
    """Run the whole race on one engine."""
    environment = stand.environment_of(folder, address)
    app = create_app(settings_of(environment))
    with app.app_context():
        upgrade()
        with unit_of_work():
            event = make_event(capacity=asked.places)
            event_id, path = event.id, f"/events/{event.key}/rsvp"
    server = Server(folder, environment, stand.free_port())
    server.start()
    try:
        stand.first_answer(server.port, path)
        requests = forms(server.port, path, asked.requests)
        marks = {"server": f"127.0.0.1:{server.port}", "database": address.rpartition("/")[2] or "no such process"}
        before = {name: cpu_seconds(mark) for name, mark in marks.items()} | {"client": time.process_time()}
        load, begun = os.getloadavg()[0], time.perf_counter()
        told = storm(server, requests, asked)
        seconds = time.perf_counter() - begun
        after = {name: cpu_seconds(mark) for name, mark in marks.items()} | {"client": time.process_time()}
    finally:
        stand.stop(server.process)
    with app.app_context():
        found = truth.rows(event_id)
        people = {address_of(number): each for number, each in enumerate(told)}
        broken = list(truth.broken(event_id, asked.places, people))
        db.session.remove()
        db.engine.dispose()
    waited = sorted(each.waited for each in told if each.answered)
    return {
        "engine": asked.engine,
        "good": not broken,
        "broken": broken,
        "requests": asked.requests,
        "places": asked.places,
        "connections": asked.connections,
        "killed": server.killed,
        "answers": dict(Counter(str(row.answer) for row in found)),
        "statuses": dict(Counter(str(each.status) for each in told)),
        "sent_again": sum(len(each.sent) - 1 for each in told),
        "done_but_not_heard": truth.unheard(found, people),
        "busy": sum(each.busy for each in told),
        "worst_inversion_s": round(truth.unfairness(found, people), 3),
        "seconds": round(seconds, 1),
        "per_second": round(asked.requests / seconds),
        **{f"p{part:g}_ms": round(waited[int(len(waited) * part / 100)] * 1000) for part in (50, 99)},
        "max_ms": round(waited[-1] * 1000),
        # A server that was killed has taken its figures along.
        "cpu_ms_per_answer": {}
        if server.killed
        else {name: round((after[name] - before[name]) / asked.requests * 1000, 2) for name in after},
        "load_before": load,
        **({} if not broken else {"server_log": (folder / f"server-{server.port}.log").read_text()[-2000:]}),
    }


def main() -> None:
    """Read the arguments, race, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--places", type=int, default=100)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--kill", type=int, nargs="?", default=0, const=1, help="how often the server is killed")
    parser.add_argument("--no-baseline", action="store_true", help="leave out what the rate is compared with")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="organizer-race-") as name, stand.database(asked.engine) as address:
        if asked.no_baseline:
            result = race(asked, Path(name), address)
        else:
            with bare(Path(name), address, asked.connections) as rates:
                result = race(asked, Path(name), address)
            result["bare_per_second"] = [round(rate) for rate in rates]
            result["ratio_to_bare"] = round(result["per_second"] / (sum(rates) / len(rates)), 3)
    print(json.dumps(result, indent=1))
    raise SystemExit(0 if result["good"] else 1)


if __name__ == "__main__":
    main()
