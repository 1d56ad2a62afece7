"""Mail servers that refuse, hang, dawdle or hang up; and what a refused address means for later letters."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from organizer.accounts import service as accounts
from organizer.core.time import now
from organizer.outreach import addressees, claims, jobs, service, smtp
from organizer.outreach.models import Addressee
from tests.conftest import settings_for
from tests.outreach.conftest import Mailing

MIRA = "mira@example.org"
CODE = {"code": "123456", "link_token": "t" * 32}


def code_for(mailing: Mailing, *addresses: str) -> None:
    """An answer to what somebody did: it always goes."""

    def arrange() -> None:
        for address in addresses:
            service.write("sign_in", f"code:{address}:{now()}", address, "", "en", CODE)

    mailing.given(arrange)


def through(mailing: Mailing, port: int, security: str = "none") -> Callable[[], None]:
    """Have letters sent to another server; return what takes that back."""
    usual = mailing.app.extensions["settings"]
    other = settings_for(
        usual.folder, usual.database_url, smtp_host="127.0.0.1", smtp_port=port, smtp_security=security
    )
    mailing.app.extensions["settings"] = other
    return lambda: mailing.app.extensions.update(settings=usual)


def addressee(mailing: Mailing, address: str = MIRA) -> Addressee:
    with mailing.app.app_context():
        return addressees.known([address])[address]


@pytest.mark.parametrize(
    ("reply", "bounced"),
    [
        ("550 5.1.1 No such user", True),
        ("550 No such user", True),
        ("553 5.1.3 Bad address", True),
        ("552 5.2.2 Mailbox full", True),
        ("550 5.7.1 You are on a list of spammers", False),
        ("554 5.4.4 No route", False),
        ("450 4.2.1 Try later", False),
    ],
)
def test_only_the_address_itself_is_to_blame(mailing: Mailing, reply: str, bounced: bool) -> None:
    mailing.postman.replies[MIRA] = reply
    code_for(mailing, MIRA)
    assert mailing.send() == 0
    assert (addressee(mailing).bounced_at is not None) is bounced
    assert mailing.states() == ["due" if reply.startswith("4") else "failed"]


@pytest.mark.parametrize(
    ("reply", "bounced"), [("550 5.1.1 No such user", True), ("554 5.7.1 Looks like spam", False), ("550 No", False)]
)
def test_some_refuse_the_address_after_the_text(mailing: Mailing, reply: str, bounced: bool) -> None:
    mailing.postman.data_replies[MIRA] = reply
    code_for(mailing, MIRA)
    assert mailing.send() == 0
    assert (addressee(mailing).bounced_at is not None) is bounced


def test_a_refused_address_gets_answers_only_until_one_is_taken(
    mailing: Mailing, messages: Callable[..., None]
) -> None:
    mailing.postman.replies[MIRA] = "550 5.1.1 No such user"
    code_for(mailing, MIRA)
    mailing.send()
    with time_machine.travel("2026-06-10T09:00+00:00", tick=False):
        messages(MIRA, "Fog walk")
        assert mailing.send() == 0
    assert mailing.rows()[-1].last_error == "letters do not reach this address"
    assert mailing.states() == ["failed", "dropped"]
    code_for(mailing, MIRA)
    assert mailing.send() == 0  # still refused
    mailing.postman.replies.clear()
    code_for(mailing, MIRA)
    assert mailing.send() == 1
    assert addressee(mailing).bounced_at is None


def test_who_signs_in_gets_letters_again(mailing: Mailing) -> None:
    def arrange() -> None:
        addressees.ensured([MIRA])
        addressees.note_bounce(MIRA, "550")

    mailing.given(arrange)
    assert addressee(mailing).bounced_at is not None
    mailing.given(lambda: accounts.prove(MIRA))
    assert addressee(mailing).bounced_at is None


class Stubborn:
    """A server that takes connections and does with each what `play` says."""

    def __init__(self, play: Callable[[socket.socket], None]) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.connections = 0
        self._play, self._lines = play, list[socket.socket]()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            self.connections += 1
            self._lines.append(line)
            threading.Thread(target=self._played, args=(line,), daemon=True).start()

    def _played(self, line: socket.socket) -> None:
        with suppress(OSError):
            self._play(line)

    def close(self) -> None:
        self.door.close()
        for line in self._lines:
            line.close()


def never_greets(line: socket.socket) -> None:
    line.recv(1)


def dribbles(line: socket.socket) -> None:
    """One byte now and then: a time-out that begins anew with each never comes."""
    for byte in b"220-" + b"x" * 10_000:
        line.sendall(bytes([byte]))
        time.sleep(0.05)


def falls_silent_after(greeting: int) -> Callable[[socket.socket], None]:
    """Answers so many commands, then no more."""

    def play(line: socket.socket) -> None:
        line.sendall(b"220 hello\r\n")
        for _ in range(greeting):
            line.recv(1000)
            line.sendall(b"250 fine\r\n")
        while line.recv(1000):
            pass

    return play


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Half a minute is long in a test: a tenth of it."""
    assert smtp.MOMENT + smtp.OPENING + smtp.SENDING <= 30
    for name in ("MOMENT", "OPENING", "SENDING"):
        monkeypatch.setattr(smtp, name, getattr(smtp, name) / 10)
    jobs._resting.clear()
    yield
    jobs._resting.clear()


@pytest.mark.parametrize("play", [never_greets, dribbles, falls_silent_after(1), falls_silent_after(3)])
def test_a_hanging_server_keeps_no_worker(
    mailing: Mailing, quick: None, play: Callable[[socket.socket], None], engine_name: str
) -> None:
    if engine_name != "sqlite":
        pytest.skip("the same on both engines, and it takes its time")
    server = Stubborn(play)
    back = through(mailing, server.port)
    try:
        code_for(mailing, *(f"p{number}@example.org" for number in range(12)))
        begun = time.monotonic()
        assert mailing.send() == 0
        assert time.monotonic() - begun < 5  # 3 is a tenth of what it is in life; the rest of the work takes time, too
        begun = time.monotonic()
        code_for(mailing, "late@example.org")
        assert mailing.send() == 0
        assert time.monotonic() - begun < 1  # it is left alone
        assert server.connections == 1
    finally:
        server.close()
    rows = mailing.rows()
    assert {str(row.state) for row in rows} == {"due"}
    assert 1 <= sum(row.tries for row in rows) <= claims.BATCH
    back()
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert mailing.send() == 13


def test_a_server_that_hangs_up_after_each_letter_gets_them_all(mailing: Mailing) -> None:
    taken: list[bytes] = []

    def play(line: socket.socket) -> None:
        line.sendall(b"220 hello\r\n")
        text = b""
        while data := line.recv(65536):
            text += data
            if b"\r\n.\r\n" in text:
                taken.append(text)
                line.sendall(b"250 taken, and goodbye\r\n")
                line.close()
                return
            line.sendall(b"354 go on\r\n" if data.upper().startswith(b"DATA") else b"250 fine\r\n")
            text = b"" if not data.upper().startswith(b"DATA") else text

    server = Stubborn(play)
    through(mailing, server.port)
    try:
        code_for(mailing, *(f"p{number}@example.org" for number in range(25)))
        assert mailing.send() >= 23  # seldom the line is cut in the middle of the next letter, which then waits
        with time_machine.travel(now() + timedelta(minutes=1)):
            mailing.send()
    finally:
        server.close()
    assert mailing.states() == ["sent"] * 25
    assert len(taken) == 25


def test_no_encryption_is_no_reason_to_give_a_letter_up(mailing: Mailing) -> None:
    through(mailing, mailing.app.extensions["settings"].smtp_port, "starttls")
    code_for(mailing, MIRA)
    assert mailing.send() == 0
    (row,) = mailing.rows()
    assert (str(row.state), row.tries) == ("due", 1)
    assert "STARTTLS" in row.last_error


def test_a_name_without_an_address_is_a_trouble(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> list[Any]:
        return []

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    chosen = mailing.app.extensions["settings"]
    with smtp.mailer(chosen) as mailer, pytest.raises(smtp.Trouble, match="no address"):
        mailer.connect()
