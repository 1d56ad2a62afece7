"""The key file: private, made once, rotated without breaking old tickets."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from organizer.checkin import keyring
from organizer.checkin.keyring import KeyRing
from organizer.checkin.tickets import UnknownKey, read, sign

EVENT, CODE = "k7m2q9x4ab", "se73a5m5gh"


def test_the_file_is_made_on_first_use_and_is_private(tmp_path: Path) -> None:
    ring = keyring.load(tmp_path / "instance")
    path = tmp_path / "instance" / keyring.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [keyring.FILE_NAME]
    assert keyring.load(tmp_path / "instance").public_bytes == ring.public_bytes


def test_many_first_users_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        rings = list(pool.map(keyring.load, [tmp_path] * 32))
    assert len({ring.public_bytes[1] for ring in rings}) == 1


def test_rotation_signs_with_the_new_key_and_reads_the_old(tmp_path: Path) -> None:
    old = keyring.load(tmp_path)
    ticket = sign(old, EVENT, CODE)
    keyring.store(tmp_path, old.rotated())
    new = keyring.load(tmp_path)
    assert new.current == 2
    assert read(new, ticket) == read(old, ticket)
    assert sign(new, EVENT, CODE) != ticket
    with pytest.raises(UnknownKey):
        read(new.without(1), ticket)
    with pytest.raises(ValueError, match="rotate first"):
        new.without(2)


def test_ids_run_out_loudly() -> None:
    fresh = KeyRing.fresh()
    last = KeyRing(255, {255: fresh.private[1]})
    with pytest.raises(keyring.KeyRingFull):
        last.rotated()


@pytest.mark.parametrize(
    "text", ["{}", "[]", "", '{"current": 1, "keys": {}}', '{"current": 1, "keys": {"1": "AA=="}}']
)
def test_a_damaged_file_is_an_error_and_never_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / keyring.FILE_NAME).write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011 - any of several
        keyring.load(tmp_path)
    assert (tmp_path / keyring.FILE_NAME).read_text() == text


def test_the_command_rotates_and_drops(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["ticket-keys"]).output == "1  signs\n"
    assert runner.invoke(args=["ticket-keys", "--rotate"]).output == "1\n2  signs\n"
    assert runner.invoke(args=["ticket-keys", "--drop", "1"]).output == "2  signs\n"
    for wrong in ("1", "2"):
        refused = runner.invoke(args=["ticket-keys", "--drop", wrong])
        assert (refused.exit_code, "Nothing was changed" in refused.output) == (1, True)
