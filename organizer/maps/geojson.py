"""Map data as GeoJSON (RFC 7946), known by the version of the events so that unchanged data costs one statement.

Everybody gets the same answer: only what strangers may see, times as text of the event's own zone, no words to translate.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import orjson

from organizer.core.db import db, version_of
from organizer.core.time import now
from organizer.events.queries import EventFilter
from organizer.maps.boxes import View
from organizer.maps.clusters import Group, groups
from organizer.places import areas, grid

STEP = timedelta(minutes=5)
"""An event leaves the map at the first full step after its end, so that answers stay the same in between."""
KEPT_BYTES = 16 * 2**20  # of answers, in each process


@dataclass(frozen=True)
class Body:
    """An answer, plain and compressed."""

    plain: bytes
    gzip: bytes


_kept: OrderedDict[str, Body] = OrderedDict()
_kept_guard = Lock()


def present() -> datetime:
    """The instant that the map takes for now: the last full step."""
    moment = now()
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % STEP


def tag_of(view: View, asked: EventFilter, moment: datetime) -> str:
    """The entity tag of an answer: what is asked for, and the version of all public events. One statement."""
    number, _changed = version_of("events")
    whole = f"{db.engine.url.database}|{number}|{view.box}|{view.depth}|{asked}|{moment:%Y%m%d%H%M}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def body_of(tag: str, view: View, asked: EventFilter, moment: datetime) -> Body:
    """The answer known by `tag`, from memory or made now (two statements)."""
    with _kept_guard:
        if tag in _kept:
            _kept.move_to_end(tag)
            return _kept[tag]
    plain = orjson.dumps(collection(view, groups(view, asked, moment)))
    body = Body(plain, gzip.compress(plain, 6, mtime=0))
    with _kept_guard:
        _kept[tag] = body
        while sum(len(known.plain) + len(known.gzip) for known in _kept.values()) > KEPT_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)
    return body


def collection(view: View, found: list[Group]) -> dict[str, Any]:
    """A FeatureCollection; the foreign member `showing` tells how many of how many events are described one by one."""
    return {
        "type": "FeatureCollection",
        "bbox": list(view.box),
        "features": [_feature(group) for group in found],
        "showing": {
            "events": sum(min(len(group.events), group.count) for group in found),
            "of": sum(group.count for group in found),
            "depth": view.depth,
        },
    }


def _feature(group: Group) -> dict[str, Any]:
    """One marker. `properties.deep` is the zoom at which it falls apart; a place (`at` is its cell) never does."""
    latitude, longitude = group.point
    properties: dict[str, Any] = {"count": group.count}
    if group.is_one_place:
        properties["at"] = str(group.low)  # below 2⁶⁰: too long for a number of JavaScript
        if group.events:
            first = group.events[0]
            latitude, longitude = first.latitude, first.longitude
            properties |= _event(first)
            if group.count > 1:
                properties["events"] = [_event(event) for event in group.events]
    else:
        properties["deep"] = group.ancestor[1] + 1
    west, south, east, north = grid.bounds(*group.ancestor)
    return {
        "type": "Feature",
        "id": str(group.low),
        "bbox": [round(west, 7), round(south, 7), round(east, 7), round(north, 7)],
        "geometry": {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]},
        "properties": properties,
    }


def _event(event: Any) -> dict[str, Any]:
    wall = event.starts_wall
    said = {
        "key": event.key,
        "slug": event.slug,
        "title": event.title,
        "starts": wall.strftime("%Y-%m-%d" if event.all_day else "%Y-%m-%dT%H:%M"),
        "city": event.city,
    }
    if event.state == "cancelled":
        said["cancelled"] = True
    if event.hides_address and areas.is_middle(event.latitude, event.longitude):
        said["within_m"] = areas.RADIUS_M  # the place is somewhere in this circle
    return said
