"""How fast the outbox empties through a real mail server, and what killing workers costs.

    python bench/outbox.py [--engine sqlite|postgresql] [--tickets 300] [--letters 10000] [--kills 20]

Two parts, each on a temporary installation with a mail server (aiosmtpd) in a process of its own:

- **speed**: tickets, the heaviest kind (QR picture, PDF, calendar), sent by one worker over one connection. Beside it, in
  the same run and to the same server, one of these mails over and over by bare smtplib: `ratio` is what ours reach of it.
- **kills**: light letters and two workers that are killed together again and again. Nothing may be lost, and at most one
  letter may come twice for each worker killed.

Prints JSON; ends with 1 if something is lost, too much comes twice, or fewer than 20 tickets go out in a second.
PostgreSQL: TEST_POSTGRES names the server.
"""

from __future__ import annotations

import argparse
import json
import smtplib
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from _stand import database  # noqa: E402
from flask import Flask  # noqa: E402
from flask_migrate import upgrade  # noqa: E402

from organizer import create_app  # noqa: E402
from organizer.core.db import db, reading, unit_of_work  # noqa: E402
from organizer.core.time import now  # noqa: E402
from organizer.outreach import addressees, claims, jobs, letters, queries, service, transport  # noqa: E402
from organizer.outreach.models import LetterState  # noqa: E402
from organizer.settings import Settings  # noqa: E402
from tests.factories import make_event, make_rsvp  # noqa: E402
from tests.outreach.killing import counting, massacre  # noqa: E402

LEAST = 20  # tickets a second


def installation(folder: Path, address: str, port: int) -> Flask:
    """An empty installation that sends to the mail server at `port`; nothing wakes a worker."""
    chosen = Settings.from_env(
        {},
        instance=str(folder / "instance"),
        database_url=address,
        url="https://meet.example.org",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        log_level="ERROR",
    )
    app = create_app(chosen)
    app.extensions["jobs.run"] = lambda *_more: None
    with app.app_context():
        upgrade()
    return app


def write_tickets(number: int) -> None:
    """Put tickets for `number` people into the outbox, half of them in Bulgarian."""
    event = make_event(title="Winter light over the old town of Plovdiv")
    rsvps = [make_rsvp(event, name=f"Станимира Photographer {n}") for n in range(number)]
    drafts = [
        service.Draft(
            "going", f"going:{one.id}", str(one.email), one.name, "bg" if one.id % 2 else "en", {"rsvp": one.id}
        )
        for one in rsvps
    ]
    service.write_all(drafts)


def bare(port: int, mail: bytes, number: int) -> float:
    """Send one ready mail `number` times over one connection by nothing but smtplib; return mails a second."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        begun = time.perf_counter()
        for _ in range(number):
            server.sendmail("a@example.org", ["b@example.org"], mail)
        return number / (time.perf_counter() - begun)


def a_mail(app: Flask) -> bytes:
    """One of the tickets as it is sent."""
    with reading():
        sheet = claims.claim()[0].sheet
        composed = letters.compose(sheet)
        assert composed is not None
        person = addressees.known([sheet.address])[sheet.address]
        assert person.key == sheet.addressee
    return transport.message(
        composed, sheet.address, sheet.person, "bare", now(), app.extensions["settings"]
    ).as_bytes()


def speed(engine: str, number: int) -> dict[str, Any]:
    """Send tickets, and the bare mails beside them."""
    with database(engine) as address, tempfile.TemporaryDirectory() as name, counting(Path(name)) as (port, _log):
        app = installation(Path(name), address, port)
        with app.app_context():
            with unit_of_work():
                write_tickets(number + claims.BATCH)
            mail = a_mail(app)  # the first batch is claimed, and left
            before = bare(port, mail, 100)
            begun, busy = time.perf_counter(), time.process_time()
            sent = jobs.send_due()
            seconds, busy = time.perf_counter() - begun, time.process_time() - busy
            after = bare(port, mail, 100)
            all_sent = queries.counts()[LetterState.SENT] == sent == number
            db.session.remove()
            db.engine.dispose()
    reference = (before + after) / 2
    return {
        "tickets": sent,
        "bytes_each": len(mail),
        "per_second": round(sent / seconds, 1),
        "cpu_ms_each": round(busy / sent * 1000, 1),
        "bare_per_second": round(reference, 1),
        "ratio": round(sent / seconds / reference, 3),
        "good": all_sent and sent / seconds >= LEAST,
    }


def kills(engine: str, letters_: int, rounds: int) -> dict[str, Any]:
    """Kill workers."""
    with database(engine) as address, tempfile.TemporaryDirectory() as name:
        app = installation(Path(name), address, 1)
        toll = massacre(app, Path(name), letters_, rounds)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return {**asdict(toll), "per_second": round(toll.written / toll.seconds, 1), "good": toll.good}


def main() -> None:
    """Read the arguments, measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20, help="rounds; both workers die in each")
    asked = parser.parse_args()
    result: dict[str, Any] = {"engine": asked.engine}
    if asked.tickets:
        result["speed"] = speed(asked.engine, asked.tickets)
    if asked.letters:
        result["kills"] = kills(asked.engine, asked.letters, asked.kills)
    print(json.dumps(result, indent=1))
    raise SystemExit(0 if all(part["good"] for part in result.values() if isinstance(part, dict)) else 1)


if __name__ == "__main__":
    main()
