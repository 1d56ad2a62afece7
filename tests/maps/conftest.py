"""Events scattered over the world, and what the endpoint says of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from organizer.communities.models import Community
from organizer.core.db import bump, db
from tests.factories import make_community, make_event

Place = tuple[float | None, float | None]


def scatter(*places: Place, **given: Any) -> list[str]:
    """One public event at each place; returns their keys. For use inside `given`."""
    community = db.session.query(Community).first() or make_community()
    keys = [make_event(community, latitude=lat, longitude=lon, **given).key for lat, lon in places]
    bump("events")
    return keys


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    def run(**arguments: str) -> dict[str, Any]:
        answer = client.get("/map/events.geojson", query_string=arguments)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/geo+json"
        found: dict[str, Any] = answer.get_json()
        return found

    return run
