"""Sending prepared requests as fast as a server answers them: by wrk where it is installed, else by a small own client."""

from __future__ import annotations

import asyncio
import re
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = """
local requests, number = {}, 0
function init(args)
  local file = io.open(args[1], "rb")
  local text = file:read("*a")
  file:close()
  local place = 1
  while place <= #text do
    local stop = text:find("\\n", place, true)
    local length = tonumber(text:sub(place, stop - 1))
    requests[#requests + 1] = text:sub(stop + 1, stop + length)
    place = stop + length + 1
  end
  number = tonumber(args[2])
end
function request()
  number = number + 1
  return requests[(number - 1) % #requests + 1]
end
"""
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass
class Case:
    """Requests to one server, sent in turn. `sent` counts those that were answered; each run goes on where one ended."""

    name: str
    port: int
    requests: list[bytes]
    expect: int = 200
    sent: int = 0
    file: Path | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Run:
    """What one run gave: answers a second, milliseconds, and answers that were errors (status ≥ 400, broken)."""

    rate: float
    p50: float
    p99: float
    errors: int
    count: int


def raw(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(case: Case, folder: Path, seconds: float, connections: int = 8) -> Run:
    """Send the case's requests over so many connections for about so many seconds."""
    if shutil.which("wrk") is None:
        done = asyncio.run(_own(case, seconds, connections))
    else:
        done = _wrk(case, folder, seconds, connections)
    case.sent += done.count + connections  # what was under way at the end may have been answered too
    return done


def _wrk(case: Case, folder: Path, seconds: float, connections: int) -> Run:
    script = folder / "requests.lua"
    script.write_text(SCRIPT)
    if case.file is None:
        case.file = folder / f"{case.name.replace('/', '-').replace(' ', '-')}.requests"
        with case.file.open("wb") as out:
            for each in case.requests:
                out.write(f"{len(each)}\n".encode() + each)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "10s"]
    command += ["-s", str(script), f"http://127.0.0.1:{case.port}/", "--", str(case.file), str(case.sent)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    errors = int(refused[1]) if refused else 0
    errors += sum(int(number) for number in broken.groups()) if broken else 0
    return Run(
        float(_found(r"Requests/sec:\s+([\d.]+)", text)),
        _milliseconds(_found(r"\n +50% +(\S+)", text)),
        _milliseconds(_found(r"\n +99% +(\S+)", text)),
        errors,
        int(_found(r"(\d+) requests in", text)),
    )


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"wrk said:\n{text}")
    return found[1]


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * UNITS[unit]


async def _own(case: Case, seconds: float, connections: int) -> Run:
    """The same with asyncio; itself about as costly as a light answer, so ratios come out too even."""
    times: list[float] = []
    errors = 0
    number = case.sent
    started = time.perf_counter()

    async def visitor() -> None:
        nonlocal errors, number
        while time.perf_counter() - started < seconds:
            request = case.requests[number % len(case.requests)]
            number += 1
            begun = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", case.port)
            writer.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = await reader.read(-1)
            writer.close()
            times.append((time.perf_counter() - begun) * 1000)
            errors += int(answer[9:12] or 599) >= 400

    await asyncio.gather(*(visitor() for _ in range(connections)))
    took = time.perf_counter() - started
    ordered = sorted(times)
    return Run(len(times) / took, statistics.median(times), ordered[int(len(ordered) * 0.99)], errors, len(times))
