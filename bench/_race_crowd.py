"""The crowd: people who each send one request until it is answered, over a number of connections at once.

One process and plain sockets, so that the crowd itself takes little of the machine that it measures.
"""

from __future__ import annotations

import heapq
import re
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from _load import raw

PATIENCE = 300.0  # seconds until the crowd goes home
AGAIN = 0.25  # seconds until somebody whose connection broke tries again
LONG = 1.5  # seconds until somebody who heard nothing tries again: the answer was given by then
FIELD = re.compile(rb'name="(csrf_token|once)"[^>]*value="([^"]+)"')
COOKIE = re.compile(rb"Set-Cookie: (session=[^;]+)", re.IGNORECASE)
LATER = re.compile(rb"\r\nRetry-After: (\d+)\r\n", re.IGNORECASE)
WHERE = re.compile(rb"\r\nLocation: (\S+)\r\n", re.IGNORECASE)


@dataclass
class Told:
    """What came of one request: when it was sent (each time), when it was answered, and how."""

    sent: list[float] = field(default_factory=list)  # seconds since 1970, as the server's clock
    answered: float = 0.0
    answer: bytes = b""
    busy: int = 0  # answers «503, come again in so many seconds»
    unhelpful: int = 0  # answers «503» that do not say when

    @property
    def status(self) -> int:
        """The HTTP status, 0 if there was never an answer."""
        return int(self.answer[9:12] or 0)

    @property
    def where(self) -> str:
        """Where the answer leads to, or ""."""
        found = WHERE.search(self.answer)
        return found[1].decode() if found else ""

    @property
    def waited(self) -> float:
        """Seconds from the first sending to the answer."""
        return self.answered - self.sent[0]


def send_all(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    heard: Callable[[int], None] = lambda _number: None,
    deaf: int = 0,
) -> list[Told]:
    """Send all requests in their order and return what came of each; `heard` is told how many are answered so far.

    Whoever is told to come again does so at that time; whose connection breaks sends the same again. Every `deaf`-th
    person hangs up once without having heard the answer.
    """
    told = [Told() for _ in requests]
    fresh, later = iter(range(len(requests))), list[tuple[float, int]]()
    asked: dict[int, tuple[socket.socket, int, list[bytes]]] = {}
    poll = select.epoll()
    done, until = 0, time.monotonic() + PATIENCE

    def ask(number: int) -> None:
        connection = socket.socket()
        try:
            connection.connect(("127.0.0.1", port))
            connection.sendall(requests[number])
        except OSError:
            connection.close()
            heapq.heappush(later, (time.time() + AGAIN, number))
            return
        told[number].sent.append(time.time())
        if deaf and number % deaf == 0 and len(told[number].sent) == 1:
            connection.close()
            heapq.heappush(later, (time.time() + LONG, number))
            return
        connection.setblocking(False)
        poll.register(connection, select.EPOLLIN)
        asked[connection.fileno()] = connection, number, []

    def hear(handle: int) -> bool:
        connection, number, parts = asked[handle]
        try:
            if part := connection.recv(65536):
                parts.append(part)
                return False
        except OSError:
            parts.clear()
        poll.unregister(connection)
        connection.close()
        del asked[handle]
        return _understood(told[number], b"".join(parts), number, later)

    while done < len(requests) and time.monotonic() < until:
        while len(asked) < connections:
            if later and later[0][0] <= time.time():
                ask(heapq.heappop(later)[1])
            elif (number := next(fresh, None)) is not None:
                ask(number)
            else:
                break
        for handle, _event in poll.poll(0.05):
            if hear(handle):
                done += 1
                heard(done)
    for connection, _number, _parts in asked.values():
        connection.close()
    poll.close()
    return told


def _understood(told: Told, answer: bytes, number: int, later: list[tuple[float, int]]) -> bool:
    """Note an answer; False if it is none, or asks to come again."""
    if not answer:
        heapq.heappush(later, (time.time() + AGAIN, number))
        return False
    told.answer, told.answered = answer, time.time()
    if told.status != 503:
        return True
    when = LATER.search(answer)
    told.busy, told.unhelpful = told.busy + 1, told.unhelpful + (when is None)
    heapq.heappush(later, (told.answered + (int(when[1]) if when else AGAIN), number))
    return False


def address_of(number: int) -> str:
    """The mail address of a person."""
    return f"p{number}@example.org"


def forms(port: int, path: str, people: int) -> list[bytes]:
    """Fetch a form for each person (session, CSRF token, key of the form) and return them filled in, ready to be sent."""
    filled = list[bytes]()
    while len(filled) < people:
        few = [raw("GET", path, {"Connection": "close", "Cookie": "locale=en"})] * min(200, people - len(filled))
        for told in send_all(port, few, 8):
            cookie = COOKIE.search(told.answer)
            if told.status != 200 or cookie is None:
                raise SystemExit(f"the form answered {told.status}: {told.answer[-300:]!r}")
            hidden = {name.decode(): value.decode() for name, value in FIELD.findall(told.answer)}
            person = {"name": f"Person {len(filled)}", "email": address_of(len(filled)), "guests": "0"}
            headers = {"Cookie": cookie[1].decode(), "Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(hidden | person).encode()
            filled.append(raw("POST", path, headers | {"Connection": "close"}, body))
    return filled
