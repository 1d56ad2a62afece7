"""What tests of events share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from organizer.events import signals


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every fact that events announced, in order; nobody else hears them."""
    heard: list[Any] = []
    topics = (signals.event_published, signals.event_changed, signals.move_told, signals.event_cancelled)
    for topic in (*topics, signals.event_restored, signals.host_added):
        monkeypatch.setattr(topic, "publish", heard.append)
    return heard
