"""Many phones at one door, on both databases: each ticket is admitted once, each scan counts once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from flask import Flask

from organizer import settings
from organizer.accounts.models import Account
from organizer.checkin import keyring, queries, service
from organizer.checkin.forms import new_scan_id
from organizer.checkin.models import CheckIn, Scan, Verdict
from organizer.checkin.scans import ScanIn
from organizer.checkin.tickets import sign
from organizer.core.db import db, retried, set_reading
from organizer.core.ids import new_key
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps.models import Rsvp
from tests.factories import make_account, make_event, make_rsvp


def ticket(rsvp: Rsvp) -> str:
    return sign(keyring.load(settings.current().folder), rsvp.event.key, rsvp.code)


def _race(app: Flask, given: Callable[..., Any], work: Callable[[Account, Event, list[str]], Any]) -> list[Any]:
    """20 threads at once, each with its own connection and unit of work."""

    def arrange() -> tuple[int, str, list[str]]:
        host = make_account()
        event = make_event(host=host, starts_at=now())
        return host.id, event.key, [ticket(make_rsvp(event)) for _ in range(3)]

    host_id, key, codes = given(arrange)

    def enter(_: int) -> Any:
        def scan() -> Any:
            host = db.session.get(Account, host_id)
            assert host is not None
            return work(host, queries.event_by_key(key), codes)

        with app.app_context():
            set_reading(False)
            return retried(scan)

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(enter, range(20)))


def test_twenty_phones_admit_one_ticket_once(app: Flask, given: Callable[..., Any]) -> None:
    def admit(host: Account, event: Event, codes: list[str]) -> Verdict:
        return service.scan(host, event, [ScanIn(new_scan_id(), codes[0], device_id=new_key())])[0].verdict

    verdicts = _race(app, given, admit)
    assert sorted(verdicts) == [Verdict.ALREADY_IN] * 19 + [Verdict.OK]


def test_twenty_copies_of_one_request_are_one_scan(app: Flask, given: Callable[..., Any]) -> None:
    scan_id = new_scan_id()

    def send(host: Account, event: Event, codes: list[str]) -> list[Verdict]:
        scans = [ScanIn(f"{scan_id}{number}", code) for number, code in enumerate([*codes, "garbage"])]
        return [answer.verdict for answer in service.scan(host, event, scans)]

    batches = _race(app, given, send)
    assert batches == [[Verdict.OK] * 3 + [Verdict.UNKNOWN]] * 20
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 4
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 3
