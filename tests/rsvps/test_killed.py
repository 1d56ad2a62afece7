"""A server killed in the middle of many answers and started again: nothing lost, nothing double. Real processes."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from organizer.core.db import db
from organizer.outreach.models import Letter
from organizer.rsvps.models import Answer, Rsvp
from tests.conftest import POSTGRES
from tests.factories import make_event
from tests.rsvps.test_race import join

ROOT = Path(__file__).parents[2]
Given = Callable[[Callable[[], Any]], Any]


@pytest.mark.usefixtures("app")  # it skips where an engine is missing
def test_answers_survive_a_server_that_is_killed(engine_name: str) -> None:
    asked = [sys.executable, "bench/rsvp_race.py", "--engine", engine_name, "--no-baseline", "--kill"]
    asked += ["--requests", "200", "--places", "20", "--connections", "50"]
    environment = os.environ | {"TEST_POSTGRES": POSTGRES}
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr  # its laws: bench/_race_truth.py
    said = json.loads(done.stdout)
    assert said["killed"] == 1
    assert said["answers"] == {"going": 20, "waitlisted": 180}
    assert (
        said["sent_again"] > said["done_but_not_heard"] > 0
    )  # the same form was sent again before and after the commit


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    return importlib.import_module("_race_truth")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("nothing", []),
        ("lost", ["lost: the answers of 1 people"]),
        ("late", ["unfair: somebody who came 5.00 s earlier stands behind"]),
        ("silent", ["not everybody was answered: {303: 3, 500: 1}"]),
        ("elsewhere", ["1 people were not led to their own answer"]),
        ("no letter", ["not everybody has exactly one letter: 3 for 4"]),
        ("too many", ["3 are going, not 2", "somebody who came later has a place before somebody who came earlier"]),
    ],
)
def test_the_race_sees_what_is_wrong(app: Flask, given: Given, truth: Any, wrong: str, said: list[str]) -> None:
    crowd = importlib.import_module("_race_crowd")

    def arrange() -> int:
        event_id = make_event(capacity=2).id
        for number in range(4):
            join(event_id, f"p{number}")
        return event_id

    event_id = given(arrange)
    with app.app_context():
        told = {
            row.email: crowd.Told(
                [row.queued], row.queued, b"HTTP/1.1 303 See\r\nLocation: /rsvps/%b\r\n" % row.key.encode()
            )
            for row in truth.rows(event_id)
        }
    last = told["p3@example.org"]
    if wrong == "lost":
        told["p4@example.org"] = crowd.Told([last.sent[0]], last.answered, last.answer)
    elif wrong == "late":
        last.sent[0] = told["p2@example.org"].sent[0] - 5
    elif wrong == "silent":
        last.answer = last.answer.replace(b"303", b"500")
    elif wrong == "elsewhere":
        last.answer = told["p0@example.org"].answer
    elif wrong == "no letter":
        given(
            lambda: db.session.execute(
                sa.delete(Letter).where(Letter.kind == "going", Letter.address == "p0@example.org")
            )
        )
    elif wrong == "too many":
        given(
            lambda: db.session.execute(
                sa.update(Rsvp).where(Rsvp.email == "p3@example.org").values(answer=Answer.GOING)
            )
        )
    with app.app_context():
        found = list(truth.broken(event_id, 2, told))
    assert [each for each in found if each in said] == said
    assert bool(found) == bool(said)
