"""Transactions: what commits, what waits, what is tried again."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from organizer.accounts.models import Account
from organizer.core import db as database
from organizer.core.db import Version, after_commit, bump, db, reading, retried, unit_of_work
from organizer.core.turnstile import FairLock
from tests.factories import make_account


def test_what_fails_leaves_nothing_and_wakes_nobody(session: Session) -> None:
    woken: list[str] = []

    def work() -> None:
        with unit_of_work():
            make_account(email="a@example.org")
            after_commit(lambda: woken.append("a"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        work()
    with unit_of_work():
        make_account(email="b@example.org")
        after_commit(lambda: woken.append("b"))
    assert woken == ["b"]
    assert session.scalars(sa.select(Account.email)).all() == ["b@example.org"]


def test_naive_times_are_refused(session: Session) -> None:
    account = make_account()
    account.proven_at = datetime(2026, 1, 1)
    with pytest.raises(StatementError, match="naive"):
        session.flush()
    session.rollback()


def test_writers_in_parallel_lose_nothing(app: Flask) -> None:
    def write() -> None:
        with app.app_context():
            retried(lambda: bump("race"))

    with app.app_context():
        retried(lambda: bump("race"))
    threads = [threading.Thread(target=write) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert db.session.scalar(sa.select(Version.number).where(Version.scope == "race")) == 21


def test_a_reader_does_not_wait_for_a_writer(app: Flask, engine_name: str) -> None:
    with app.app_context():
        bump("slow")  # holds the write lock
        seen: list[object] = []

        def look() -> None:
            with app.app_context(), reading():
                seen.append(db.session.scalar(sa.select(sa.func.count()).select_from(Version)))

        thread = threading.Thread(target=look)
        thread.start()
        thread.join(5)
        assert seen == [0]
        db.session.rollback()


def test_a_fair_lock_serves_in_order_and_gives_up_in_time() -> None:
    lock = FairLock()
    assert lock.acquire(0)
    assert not lock.acquire(0.01)
    order: list[int] = []
    threads = []
    for n in range(5):

        def wait(n: int = n) -> None:
            assert lock.acquire(5)
            order.append(n)
            lock.release()

        thread = threading.Thread(target=wait)
        thread.start()
        threads.append(thread)
        while len(lock._waiting) < n + 1:
            pass
    lock.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert lock.acquire(0)


def test_sqlite_is_tuned(app: Flask, engine_name: str) -> None:
    if engine_name != "sqlite":
        return
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == int(database.BUSY_SECONDS * 1000)
