"""The queue as installations run it: in an own SQLite file, or in Redis."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import redis
from flask import Flask

from organizer import create_app
from organizer.core import jobs
from organizer.core.db import db, unit_of_work
from organizer.core.jobs import job
from organizer.web.security import limiter
from tests.conftest import settings_for

REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/9")


@pytest.fixture(params=["sqlite", "redis"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """An application with a real queue that nobody works off yet."""
    url = REDIS if request.param == "redis" else ""
    if url:
        try:
            with redis.Redis.from_url(url) as server:
                server.flushdb()
        except redis.exceptions.ConnectionError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"Redis is not running here: {type(error).__name__}")
    app = create_app(settings_for(tmp_path, redis_url=url))
    assert type(app.extensions["jobs"]).__name__ == ("RedisHuey" if url else "SqliteHuey")
    return app


def test_a_job_waits_in_the_queue_until_a_worker_takes_it(installed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_jobs", {})
    ran: list[int] = []

    @job(own_units=True)
    def note(number: int) -> None:
        ran.append(number)

    with installed.app_context():
        with unit_of_work():
            note.wake(7)
        queue = installed.extensions["jobs"]
        assert (len(queue), ran) == (1, [])
        queue.execute(queue.dequeue())
        assert (len(queue), ran) == (0, [7])
        db.session.remove()
        db.engine.dispose()
    if hasattr(queue.storage, "close"):
        queue.storage.close()


def test_limits_hold_in_redis_too(tmp_path: Path) -> None:
    try:
        with redis.Redis.from_url(REDIS) as server:
            server.flushdb()
    except redis.exceptions.ConnectionError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Redis is not running here: {type(error).__name__}")
    app = create_app(settings_for(tmp_path, redis_url=REDIS), TESTING=True)
    app.add_url_rule("/limited", "limited", limiter.limit("2 per minute")(lambda: "ok"))
    client = app.test_client()
    assert [client.get("/limited").status_code for _ in range(3)] == [200, 200, 429]
