"""Jobs: run after the commit, once a period, and one that breaks does not stop the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from organizer.core import jobs
from organizer.core.db import unit_of_work
from organizer.core.jobs import Job, JobSlot, job, queue_age, run_due


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Only the jobs that a test registers are known."""
    monkeypatch.setattr(jobs, "_jobs", {})
    return []


def make_job(ran: list[int], every: timedelta | None = None) -> Job:
    @job(every=every)
    def note(number: int = 0) -> None:
        ran.append(number)

    return note


def test_a_woken_job_runs_after_the_commit_only(session: Session, ran: list[int]) -> None:
    note = make_job(ran)
    with unit_of_work():
        note.wake(1)
        assert ran == []
    assert ran == [1]

    def fail() -> None:
        with unit_of_work():
            note.wake(2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert ran == [1]


def test_a_periodic_job_runs_once_a_period(app: Flask, ran: list[int]) -> None:
    note = make_job(ran, timedelta(minutes=10))
    with time_machine.travel("2026-05-05T10:00:00Z", tick=False) as clock, app.app_context():
        assert run_due() == [note.name]
        assert run_due() == []
        clock.shift(timedelta(minutes=9))
        assert run_due() == []
        clock.shift(timedelta(minutes=1))
        assert run_due() == [note.name]
        assert queue_age() is None
        clock.shift(timedelta(minutes=16))
        assert queue_age() == timedelta(minutes=6)


def test_a_broken_job_does_not_stop_the_others(app: Flask, ran: list[int]) -> None:
    @job(every=timedelta(minutes=1))
    def broken() -> None:
        raise RuntimeError("oh")

    note = make_job(ran, timedelta(minutes=1))
    with app.app_context():
        assert run_due() == [note.name]


def test_of_two_workers_one_runs_it(app: Flask, ran: list[int]) -> None:
    note = make_job(ran, timedelta(minutes=1))
    with app.app_context():
        assert jobs._claim(note.name, timedelta(minutes=1))
        assert not jobs._claim(note.name, timedelta(minutes=1))
        with unit_of_work():
            assert jobs.db.session.get(JobSlot, note.name) is not None
