"""One writer at a time, whichever process it is in."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from organizer.core.turnstile import Turnstile


def test_writers_of_two_processes_wait_for_each_other(tmp_path: Path) -> None:
    path = str(tmp_path / "writer")
    one, other = Turnstile(path), Turnstile(path)  # two descriptors, as two processes have
    assert one.acquire(1)
    begun = monotonic()
    assert not other.acquire(0.05)
    assert 0.05 <= monotonic() - begun < 2
    one.release()
    assert other.acquire(1)
    other.release()


def test_who_waited_in_vain_stands_in_nobodys_way(tmp_path: Path) -> None:
    path = str(tmp_path / "writer")
    one, other = Turnstile(path), Turnstile(path)
    assert one.acquire(1)
    assert not other.acquire(0.01)
    assert not other.acquire(0.01)
    one.release()
    assert other.acquire(1)
    other.release()
    assert one.acquire(1)
    one.release()


def test_nobody_is_in_together(tmp_path: Path) -> None:
    path = str(tmp_path / "writer")
    turnstiles = [Turnstile(path), Turnstile(path)]
    inside, most = [], []

    def work(turnstile: Turnstile) -> None:
        for _ in range(40):
            assert turnstile.acquire(10)
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            turnstile.release()

    threads = [threading.Thread(target=work, args=(turnstiles[number % 2],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 240
    assert max(most) == 1


def test_without_a_file_it_is_the_lock_of_one_process() -> None:
    alone = Turnstile("")
    assert alone.acquire(1)
    assert not alone.acquire(0.01)
    alone.release()
