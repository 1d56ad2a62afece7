"""Workers as processes that are killed, and a mail server in a process of its own that counts what it took.

Used by the tests and by bench/outbox.py. `python -m tests.outreach.killing serve|bear …` are the two processes.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from flask import Flask

from organizer import create_app
from organizer.core.db import db, unit_of_work
from organizer.outreach import claims, digests, jobs, service
from organizer.outreach.models import Letter, LetterState
from organizer.settings import Settings

ROOT = Path(__file__).parents[2]
ME = [sys.executable, "-m", "tests.outreach.killing"]


@dataclass(frozen=True)
class Toll:
    """What came of it: letters written and taken, how many twice, and what dead workers may account for."""

    written: int
    taken: int
    lost: int
    twice: int
    kills: int
    workers: int
    seconds: float

    @property
    def good(self) -> bool:
        """Nothing lost, and at most one letter twice for each worker killed."""
        return self.lost == 0 and self.twice <= self.kills


@contextmanager
def counting(folder: Path) -> Iterator[tuple[int, Path]]:
    """A mail server on a port of its own, and the file to which it adds the Message-ID of each letter before it takes it."""
    log, port = folder / "taken", _free_port()
    process = subprocess.Popen([*ME, "serve", str(log), str(port)], cwd=ROOT)
    try:
        _awaited(log.exists)
        yield port, log
    finally:
        process.terminate()
        process.wait(10)


def environment(app: Flask, port: int) -> dict[str, str]:
    """The settings of workers for the database of `app`."""
    chosen: Settings = app.extensions["settings"]
    return {
        "ORGANIZER_INSTANCE": str(chosen.folder),
        "ORGANIZER_DATABASE_URL": chosen.database_url,
        "ORGANIZER_SECRET_KEY": chosen.secret(),
        "ORGANIZER_URL": "https://meet.example.org",
        "ORGANIZER_SMTP_HOST": "127.0.0.1",
        "ORGANIZER_SMTP_PORT": str(port),
        "ORGANIZER_SMTP_SECURITY": "none",
        "ORGANIZER_LOG_LEVEL": "ERROR",
    }


def write_codes(number: int) -> None:
    """Put light letters into the outbox: answers to `number` people who want to sign in."""
    about = {"code": "123456", "link_token": "t" * 32}
    for first in range(0, number, 1000):
        some = range(first, min(first + 1000, number))
        service.write_all([service.Draft("sign_in", f"kill:{n}", f"p{n}@example.org", about=about) for n in some])
    db.session.execute(sa.update(Letter).values(state=LetterState.DUE))  # the tests' own settings name no server


def massacre(app: Flask, folder: Path, letters: int, rounds: int, workers: int = 2, seed: int = 1) -> Toll:
    """Write letters, have them sent by workers, kill all workers in the middle `rounds` times, then let them finish."""
    chance = random.Random(seed)
    with app.app_context(), unit_of_work():
        write_codes(letters)
    begun = time.monotonic()
    with counting(folder) as (port, log), nursery(environment(app, port)) as born:
        for _ in range(rounds):
            goal = _count(log) + chance.randint(5, max(6, letters // (rounds + 2)))
            with born.working(workers):
                _awaited(lambda goal=goal: _count(log) >= min(goal, letters))
            _let_claims_go_stale(app)
        with born.working(workers):
            _awaited(lambda: not _left(app), patience=600)
        taken = log.read_text().split()
    twice = len(taken) - len(set(taken))
    lost = letters - len(set(taken))
    return Toll(letters, len(taken), lost, twice, rounds * workers, workers, round(time.monotonic() - begun, 1))


@dataclass
class Nursery:
    """A process that has imported everything and makes workers of itself: they live at once, and die for good."""

    process: subprocess.Popen[str]

    @contextmanager
    def working(self, workers: int) -> Iterator[None]:
        """Workers, killed by SIGKILL at the end of the block."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        pids = []
        for _ in range(workers):
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            pids.append(int(self.process.stdout.readline()))
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)  # raises if it has died by itself
                _awaited(lambda pid=pid: not _lives(pid))


@contextmanager
def nursery(settings: dict[str, str]) -> Iterator[Nursery]:
    """A process for workers with these settings."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([*ME, "bear"], cwd=ROOT, env=os.environ | settings, **pipes)
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=10)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _let_claims_go_stale(app: Flask) -> None:
    """Five minutes pass. (All workers are dead: no letter is in anybody's hands.)"""
    with app.app_context(), unit_of_work():
        db.session.execute(
            sa.update(Letter)
            .where(Letter.state == LetterState.SENDING)
            .values(claimed_at=sa.literal(claims.now() - 2 * claims.STALE, Letter.claimed_at.type))
        )


def _left(app: Flask) -> int:
    with app.app_context():
        open_states = (LetterState.DUE, LetterState.SENDING)
        count = sa.select(sa.func.count()).select_from(Letter).where(Letter.state.in_(open_states))
        left = db.session.scalar(count) or 0
        db.session.remove()
        return left


def _count(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def _awaited(look: Callable[[], Any], patience: float = 60.0) -> Any:
    until = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.02)
    return found


class Counter:
    """What the mail server does with a letter."""

    def __init__(self, log: Path) -> None:
        self._path = log

    def open(self) -> None:
        """Begin to note."""
        self._log = self._path.open("ab", buffering=0)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Note the letter's Message-ID, then take it."""
        head = bytes(envelope.content).partition(b"\r\n\r\n")[0]
        number = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:"))
        self._log.write(number.split(b":", 1)[1].strip() + b"\n")
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(log: str, port: str) -> None:
    """Be the mail server until told to end; the file of its log appears when it is ready."""
    from aiosmtpd.controller import Controller

    counter = Counter(Path(log))
    controller = Controller(counter, hostname="127.0.0.1", port=int(port), enable_SMTPUTF8=False)
    controller.start()
    counter.open()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


def bear() -> None:
    """Make a worker for each line that comes, and say its number."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are gone at once
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            work()
        print(child, flush=True)


def work() -> NoReturn:
    """Be a worker until killed."""
    app = create_app()
    with app.app_context():
        while True:
            digests.gather_due()
            jobs.send_due()
            time.sleep(0.05)


if __name__ == "__main__":
    {"serve": serve, "bear": bear}[sys.argv[1]](*sys.argv[2:])
