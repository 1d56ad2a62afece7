"""Typed facts: a lower feature announces, a higher one reacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from blinker import Signal

Fact = TypeVar("Fact")


class Topic(Generic[Fact]):
    """One kind of fact. Subscribers run inside the publisher's unit of work and may fail the whole of it."""

    def __init__(self, kind: type[Fact]) -> None:
        self.kind = kind
        self._signal = Signal()

    def subscribe(self, reaction: Callable[[Fact], None]) -> Callable[[Fact], None]:
        """Call `reaction` with every fact published from now on. Usable as a decorator."""
        self._signal.connect(reaction, weak=False)
        return reaction

    def publish(self, fact: Fact) -> None:
        """Tell all subscribers, in the order of their subscription being found; the first error stops the rest."""
        self._signal.send(fact)
