"""`organizer up`, which `make run` calls: starts everything, says how to sign in, keeps its data, and stops as a whole."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Running:
    """A started installation; `seconds` until it answered."""

    def __init__(self, instance: Path, *words: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environ = os.environ | {"ORGANIZER_INSTANCE": str(instance), "ORGANIZER_URL": self.url, "PYTHONUNBUFFERED": "1"}
        started = time.monotonic()
        self.log = (instance.parent / f"log-{port}").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "organizer", "up", "--port", str(port), *words],
            env=environ,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while self.get("/healthz") != 200:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - started < 60, self.said()
            time.sleep(0.1)
        self.seconds = time.monotonic() - started

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def stop(self) -> None:
        """What Ctrl-C does: the terminal sends SIGINT to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=20)
        self.log.close()
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)


@pytest.mark.timeout(180)
def test_it_starts_with_the_demo_and_again_with_the_same_data(tmp_path: Path) -> None:
    first = Running(tmp_path / "instance")
    try:
        links = re.findall(r"Sign in as (.+)\n\s+(http\S+)", first.said())
        assert [who.split(",")[0] for who, _ in links] == ["the owner", "a host", "an attendee"]
        assert first.get(links[0][1].removeprefix(first.url)) == 200
        assert first.get("/c/sofia-photo-walks") == 200
    finally:
        first.stop()
    again = Running(tmp_path / "instance")
    try:
        assert again.get("/c/sofia-photo-walks") == 200
        assert (tmp_path / "instance" / "organizer.db").exists()
    finally:
        again.stop()


@pytest.mark.timeout(120)
def test_it_starts_empty_with_an_owner(tmp_path: Path) -> None:
    running = Running(tmp_path / "instance", "--empty")
    try:
        assert "as the owner of this new installation" in running.said()
        assert running.get("/") == 200
        assert running.get("/readyz") == 200
    finally:
        running.stop()
