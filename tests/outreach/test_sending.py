"""From the outbox to a real mail server."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from organizer.accounts import service as accounts
from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.outreach import claims, jobs, service, smtp, transport
from organizer.outreach.models import Letter, LetterState
from tests.outreach.conftest import Mailing


def put(mailing: Mailing, *addresses: str, person: str = "Mira") -> None:
    with mailing.app.app_context(), unit_of_work():
        for address in addresses:
            about = {"code": "123456", "link_token": "t" * 32}
            service.write("sign_in", f"test:{address}", address, person, "en", about)


def send(mailing: Mailing) -> int:
    with mailing.app.app_context():
        sent: int = jobs.send_due()
        return sent


def rows(app: Flask) -> list[Letter]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Letter).order_by(Letter.id)))


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What we say ourselves; the mail server of the test says more."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("organizer"))


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_letter_arrives_whole(mailing: Mailing) -> None:
    put(mailing, "mira@example.org", person="Мира\nBcc: all@example.org")
    assert send(mailing) == 1
    (mail,) = mailing.postman.letters
    assert mail["Subject"] == "123 456 is your code for Sofia Walks"
    assert mail["To"].addresses[0].display_name == "Мира Bcc: all@example.org"
    assert (mail["To"].addresses[0].addr_spec, mail["Bcc"]) == ("mira@example.org", None)
    assert mailing.postman.recipients == ["mira@example.org"]
    assert str(mail["From"]) == "Sofia Walks <organizer@meet.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@meet.example.org>")
    assert abs((mail["Date"].datetime - now()).total_seconds()) < 60
    for body in (part(mail, "plain"), part(mail, "html")):
        assert "123 456" in body
        assert "https://meet.example.org/sign-in/link/" + "t" * 32 in body
    assert 'style="' in part(mail, "html")
    (row,) = rows(mailing.app)
    assert (row.state, row.about, row.tries) == (LetterState.SENT, {}, 0)
    assert row.sent_at is not None
    assert send(mailing) == 0


def test_one_connection_carries_many_letters(mailing: Mailing) -> None:
    put(mailing, *(f"p{n}@example.org" for n in range(25)))
    assert send(mailing) == 25
    assert sorted(mailing.postman.recipients) == sorted(f"p{n}@example.org" for n in range(25))
    assert mailing.postman.connections == 1
    assert len({mail["Message-ID"] for mail in mailing.postman.letters}) == 25


def test_several_workers_send_each_letter_once(mailing: Mailing) -> None:
    put(mailing, *(f"p{n}@example.org" for n in range(40)))
    counts: list[int] = []
    workers = [threading.Thread(target=lambda: counts.append(send(mailing))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 40
    assert len(mailing.postman.recipients) == len(set(mailing.postman.recipients)) == 40


def test_a_refused_address_fails_and_is_named_nowhere(mailing: Mailing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailing.postman.replies["nobody@example.org"] = "550 5.1.1 <nobody@example.org> is unknown here"
    put(mailing, "nobody@example.org", "mira@example.org")
    assert send(mailing) == 1
    failed, sent = rows(mailing.app)
    assert (failed.state, sent.state) == (LetterState.FAILED, LetterState.SENT)
    assert failed.last_error == "550 5.1.1 <…> is unknown here"
    assert failed.about == {}
    assert "letter refused" in logged(caplog)
    assert "@example.org" not in logged(caplog)


def test_a_busy_server_is_tried_again_later(mailing: Mailing) -> None:
    mailing.postman.replies["mira@example.org"] = "451 4.3.0 later, please"
    put(mailing, "mira@example.org")
    assert send(mailing) == 0
    (row,) = rows(mailing.app)
    assert (row.state, row.tries, row.claimed_at) == (LetterState.DUE, 1, None)
    assert timedelta(seconds=25) < row.due_at - now() < timedelta(seconds=37)
    assert send(mailing) == 0
    mailing.postman.replies.clear()
    with time_machine.travel(now() + timedelta(seconds=40)):
        assert send(mailing) == 1


def test_the_text_may_be_refused_too(mailing: Mailing) -> None:
    mailing.postman.after_data = "554 5.7.1 looks like spam"
    put(mailing, "mira@example.org")
    assert send(mailing) == 0
    assert rows(mailing.app)[0].state == LetterState.FAILED


def test_a_letter_that_the_server_cannot_address_fails(mailing: Mailing) -> None:
    put(mailing, "мира@example.org", "mira@example.org")
    assert send(mailing) == 1
    assert [row.state for row in rows(mailing.app)] == [LetterState.FAILED, LetterState.SENT]


def test_a_server_that_is_down_costs_no_letter(mailing: Mailing) -> None:
    put(mailing, *(f"p{n}@example.org" for n in range(12)))
    mailing.stop()
    assert send(mailing) == 0
    states = rows(mailing.app)
    assert {row.state for row in states} == {LetterState.DUE}
    assert sum(row.tries for row in states) == claims.BATCH
    assert "@" not in states[0].last_error
    mailing.start()
    assert send(mailing) == 2
    with time_machine.travel(now() + timedelta(minutes=1)):
        assert send(mailing) == 10


def test_waits_grow_to_two_hours_and_last_a_day() -> None:
    waits = [claims.wait_after(tries) for tries in range(1, claims.TRIES)]
    assert timedelta(seconds=30) <= waits[0] <= timedelta(seconds=36)
    assert timedelta(hours=2) <= waits[-1] <= timedelta(hours=2.4)
    assert sum(waits, timedelta()) >= timedelta(hours=24)


def test_after_a_day_it_is_given_up_and_can_be_sent_again(mailing: Mailing) -> None:
    put(mailing, "mira@example.org")
    mailing.stop()
    with mailing.app.app_context(), unit_of_work():
        db.session.execute(sa.update(Letter).values(tries=claims.TRIES - 1))
    assert send(mailing) == 0
    (row,) = rows(mailing.app)
    assert (row.state, row.tries) == (LetterState.FAILED, claims.TRIES)
    with mailing.app.app_context(), unit_of_work():
        assert service.resend([LetterState.FAILED]) == 1
        assert service.resend([LetterState.SENT]) == 0
    assert rows(mailing.app)[0].state == LetterState.DUE


def test_a_worker_killed_between_claim_and_send_loses_nothing(mailing: Mailing) -> None:
    put(mailing, "mira@example.org")
    with mailing.app.app_context():
        assert len(claims.claim()) == 1  # and here the worker dies
    assert send(mailing) == 0
    with time_machine.travel(now() + claims.STALE + timedelta(seconds=1)):
        assert send(mailing) == 1
        assert send(mailing) == 0
    assert mailing.postman.recipients == ["mira@example.org"]


def test_a_worker_killed_between_send_and_mark_repeats_under_the_same_id(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(mailing, "mira@example.org")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(claims, "sent", killed)
        with pytest.raises(KeyboardInterrupt):
            send(mailing)
    with time_machine.travel(now() + claims.STALE + timedelta(seconds=1)):
        assert send(mailing) == 1
    first, second = mailing.postman.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_a_late_worker_does_not_undo_what_another_did(mailing: Mailing) -> None:
    put(mailing, "mira@example.org")
    with mailing.app.app_context():
        (late,) = claims.claim()
    with time_machine.travel(now() + claims.STALE + timedelta(seconds=1)):
        assert send(mailing) == 1
    with mailing.app.app_context():
        claims.again(late, "too late")
    assert rows(mailing.app)[0].state == LetterState.SENT


def test_a_stale_code_is_not_sent(mailing: Mailing) -> None:
    put(mailing, "mira@example.org")
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert send(mailing) == 0
    (row,) = rows(mailing.app)
    assert (row.state, row.about) == (LetterState.DROPPED, {})


def test_a_broken_letter_does_not_stop_the_others(mailing: Mailing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with mailing.app.app_context(), unit_of_work():
        service.write("sign_in", "broken", "b@example.org", "", "en", {})
        service.write("no_such_kind", "unknown", "c@example.org", "", "en", {})
    put(mailing, "mira@example.org")
    assert send(mailing) == 1
    assert [row.state for row in rows(mailing.app)] == [LetterState.DUE, LetterState.DUE, LetterState.SENT]
    assert "letter not written" in logged(caplog)
    assert "@example.org" not in logged(caplog)


def test_a_letter_for_later_waits(mailing: Mailing) -> None:
    with mailing.app.app_context(), unit_of_work():
        about = {"code": "123456", "link_token": "x"}
        service.write("sign_in", "later", "mira@example.org", "", "en", about, due_at=now() + timedelta(minutes=10))
    assert send(mailing) == 0
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert send(mailing) == 1


def test_asking_to_sign_in_wakes_the_sender(mailing: Mailing) -> None:
    woken: list[str] = []
    mailing.app.extensions["jobs.run"] = lambda name, args: woken.append(name)
    with mailing.app.app_context(), unit_of_work():
        accounts.ask_sign_in("mira@example.org")
        assert woken == []
    assert woken == ["organizer.outreach.jobs.send_due"]
    assert send(mailing) == 1


@pytest.mark.parametrize("text", ["a\r\nBcc: x@y", "a\nb", "a\x0bb", "a\u2028b", "a\x85b", "a\x00b"])
def test_headers_are_one_line(text: str) -> None:
    line = transport.one_line(text)
    assert line.splitlines() == [line]
    assert "\x00" not in line


def test_reasons_hold_no_address() -> None:
    said = smtp.plain_reason(OSError("no route to mira@example.org via <x@y.example>"), "mira@example.org")
    assert "@" not in said
    assert len(smtp.plain_reason(OSError("x" * 999))) == 200
