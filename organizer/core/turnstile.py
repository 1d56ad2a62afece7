"""Locks whose waiters are served in order, so that no writer of SQLite waits for ever."""

from __future__ import annotations

import os
import threading
import time
from collections import deque

try:
    import fcntl
except ImportError:  # Windows, where one process serves
    fcntl = None  # type: ignore[assignment]


class FairLock:
    """A lock whose waiters are served in the order of their coming (threading.Lock promises no order)."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    def acquire(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; return whether the lock is ours."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return True
        with self._guard:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        """Hand the lock to the first who waits, or free it."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Turnstile:
    """One writer at a time among all processes: a fair lock within this one, then a lock on a file beside the database.

    SQLite's own wait sleeps up to 100 ms between its looks; here a writer that is next looks every 0.3 ms, so the
    database hardly ever lies idle while somebody waits. SQLite still has the last word: BEGIN IMMEDIATE follows.
    """

    def __init__(self, path: str) -> None:
        self._fair = FairLock()
        self._path = path
        self._file: tuple[int, int] | None = None  # process, descriptor: a forked one would share our lock

    def acquire(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; return whether the way is ours."""
        until = time.monotonic() + timeout
        if not self._fair.acquire(timeout):
            return False
        while not self._locked():
            if time.monotonic() > until:
                self._fair.release()
                return False
            time.sleep(0.0003)
        return True

    def release(self) -> None:
        """Let the next one in."""
        if fcntl is not None and self._file is not None:
            fcntl.flock(self._file[1], fcntl.LOCK_UN)
        self._fair.release()

    def _locked(self) -> bool:
        if fcntl is None or not self._path:
            return True
        if self._file is None or self._file[0] != os.getpid():
            self._file = os.getpid(), os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file[1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
