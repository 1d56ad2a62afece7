"""A temporary installation and real servers on free ports, gone when the block ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432")
BIN = Path(sys.executable).parent


@contextmanager
def database(engine: str) -> Iterator[str]:
    """The address of an empty database; "" means SQLite in the instance folder."""
    if engine == "sqlite":
        yield ""
        return
    name = f"organizer_bench_{uuid.uuid4().hex[:10]}"
    server = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def environment_of(folder: Path, database_url: str) -> dict[str, str]:
    """The settings of an installation that is measured: as in production, without limits, quiet."""
    return {
        "ORGANIZER_ENV": "production",
        "ORGANIZER_URL": "http://127.0.0.1:8120",
        "ORGANIZER_INSTANCE": str(folder / "instance"),
        "ORGANIZER_DATABASE_URL": database_url,
        "ORGANIZER_RATE_LIMITS": "0",
        "ORGANIZER_LOG_LEVEL": "WARNING",
        "ORGANIZER_SECRET_KEY": uuid.uuid4().hex * 2,
    }


def command(environment: dict[str, str], *words: str) -> str:
    """Run `organizer …` on the installation and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "organizer", *words],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"organizer {' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def start(target: str, folder: Path, environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """Gunicorn as the reference server: sync, two workers. `target` in this folder or in the checkout."""
    where = BENCH if target.startswith("_") else ROOT
    options = ["-w", "2", "-k", "sync", "-b", f"127.0.0.1:{port}", "--log-level", "error", "--backlog", "2048"]
    options += ["--worker-tmp-dir", str(folder)]
    with (folder / f"server-{port}.log").open("ab") as log:
        return subprocess.Popen(
            [str(BIN / "gunicorn"), target, *options],
            cwd=where,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a group of its own: its workers can be killed together with it
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that `start` began."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def serving(target: str, folder: Path, environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that has answered once."""
    process = start(target, folder, environment, port)
    try:
        first_answer(port, "/")
        yield process
    finally:
        stop(process)


def first_answer(port: int, path: str, patience: float = 60.0) -> float:
    """Ask until `path` answers 200 and return how many seconds that took from now."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < patience:
        try:
            if ask(port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())[0] == 200:
                return time.perf_counter() - begun
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"nothing answered at port {port}")


def ask(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send one request as it is and return status, headers (lower case) and body."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0][9:12] or 0), headers, body


def make_ready(environment: dict[str, str], port: int, path: str) -> None:
    """Run the job worker that every installation has, until it has laid out the compressed form of a feed."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "organizer", "worker"], cwd=ROOT, env=os.environ | environment, stderr=subprocess.DEVNULL
    )
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
    try:
        for _ in range(60):
            if ask(port, request)[1].get("content-encoding") == "gzip":
                return
            time.sleep(1)
        raise SystemExit(f"the worker did not make {path} ready")
    finally:
        stop(worker)


def free_port(first: int = 0) -> int:
    """A port that nobody listens on: `first` or one of the nine after it if given, else any."""
    for port in range(first, first + 10) if first else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("no free port")


def cold_start(target: str, folder: Path, environment: dict[str, str]) -> float:
    """Seconds from starting the server until its front page answered 200."""
    port = free_port()
    begun = time.perf_counter()
    process = start(target, folder, environment, port)
    try:
        first_answer(port, "/")
        return time.perf_counter() - begun
    finally:
        stop(process)


def pss_mib(process: subprocess.Popen[bytes]) -> float:
    """Proportional set size of a server and its workers in MiB: shared pages are counted once in all."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
        except OSError:
            continue
    family = {process.pid} | {pid for pid, parent in parents.items() if parent == process.pid}
    total = 0
    for pid in family:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
