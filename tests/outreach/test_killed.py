"""Workers are killed in the middle of their work: no letter is lost, and few come twice (fault table, F4).

Here with few letters, so that it is quick; `bench/outbox.py` does the same with ten thousand.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.outreach.killing import massacre


@pytest.mark.timeout(180)
def test_killed_workers_lose_nothing(app: Flask, tmp_path: Path) -> None:
    toll = massacre(app, tmp_path, letters=300, rounds=4)
    assert toll.good, toll
