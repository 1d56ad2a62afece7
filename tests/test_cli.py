"""The command line: every command answers."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from organizer.cli import organizer
from organizer.core.access import Action
from organizer.settings import Settings


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    """Run a command of `organizer` on the test's application."""
    from click.testing import CliRunner
    from flask.cli import ScriptInfo

    def command(*words: str) -> Result:
        return CliRunner().invoke(organizer, words, obj=ScriptInfo(create_app=lambda: app))

    return command


def test_settings_are_explained_and_secrets_kept(run: Callable[..., Result]) -> None:
    shown = run("settings").output
    assert "ORGANIZER_SMTP_HOST=" in shown
    assert "ORGANIZER_SECRET_KEY=(set)" in shown
    assert "only-for-tests" not in shown
    table = run("settings", "--markdown").output
    assert table.count("\n| `ORGANIZER_") == len(Settings.__dataclass_fields__)


def test_the_matrix_is_printed_whole(run: Callable[..., Result]) -> None:
    shown = run("access").output
    assert all(action in shown for action in Action)


def test_the_doctor_finds_a_healthy_installation_and_says_what_is_missing(run: Callable[..., Result]) -> None:
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "ok    Database writes" in result.output
    assert "LOOK  Mail" in result.output
    assert "/dev/outbox" in result.output


def test_the_demo_is_loaded_by_command_and_scaled(run: Callable[..., Result]) -> None:
    assert "is here." in run("demo").output
    result = run("demo", "--scale", "1")
    assert "was here already" in result.output
    assert result.exit_code == 0, result.output


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # waitress forgets the socket it could not bind
def test_a_taken_port_is_said_in_one_line(run: Callable[..., Result]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), "--no-worker")
    status, output = result.exit_code, result.output
    del result  # it holds that socket
    gc.collect()
    assert status == 1
    assert f"Cannot listen at 127.0.0.1:{port}" in output
    assert "Traceback" not in output
