"""Outlines of the countries for pictures that the server draws, from the vendored world atlas (Natural Earth, 1:50 m).

The atlas is TopoJSON: arcs of whole numbers, each the difference to the point before, that neighbours share. Points are
kept in Web Mercator with the whole world 1 wide and 1 high, as two flat arrays a ring.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import lru_cache
from math import asinh, pi, radians, tan
from typing import Any

import orjson

from organizer.places.grid import MAX_LATITUDE
from organizer.web.assets import STATIC, vendor

Window = tuple[float, float, float, float]
"""Left, top, right, bottom in the unit square."""
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Ring:
    """One closed outline and the window it lies in."""

    xs: array[float]
    ys: array[float]
    window: Window


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a point lies in the unit square, y downwards."""
    bounded = min(max(latitude, -MAX_LATITUDE), MAX_LATITUDE)
    return (longitude + 180) / 360, 0.5 - asinh(tan(radians(bounded))) / (2 * pi)


def rings_in(window: Window) -> list[Ring]:
    """The rings that may show in `window`."""
    left, top, right, bottom = window
    return [
        ring
        for ring in _rings()
        if ring.window[0] <= right and ring.window[2] >= left and ring.window[1] <= bottom and ring.window[3] >= top
    ]


@lru_cache(maxsize=1)
def _rings() -> list[Ring]:
    """All rings; about 30 ms and 2 MiB at the first call."""
    topology = orjson.loads((STATIC / vendor("world-atlas", "countries-50m.json")).read_bytes())
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    found = []
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country.get("arcs", [])]
        found += [_ring(numbers, arcs) for polygon in polygons for numbers in polygon]
    return found


def _arc(steps: list[list[int]], transform: dict[str, Any]) -> Points:
    (across, up), (west, south) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in steps:
        x, y = x + dx, y + dy
        points.append(project(y * up + south, x * across + west))
    return points


def _ring(numbers: list[int], arcs: list[Points]) -> Ring:
    """Join arcs; a negative number ~n is arc n backwards. Neighbouring arcs share a point.

    The atlas sews outlines together at the antimeridian: they are walked on beyond the edge of the world. Antarctica goes
    once round it and is closed along the lower edge of the map.
    """
    points: Points = []
    turn = 0
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        for x, y in arc[1:] if points else arc:
            turn += round(points[-1][0] - x - turn) if points else 0
            points.append((x + turn, y))
    if abs(points[0][0] - points[-1][0]) > 0.5:
        points += [(points[-1][0], 1.0), (points[0][0], 1.0)]
    xs, ys = array("f", (x for x, _ in points)), array("f", (y for _, y in points))
    return Ring(xs, ys, (min(xs), min(ys), max(xs), max(ys)))


def clipped(ring: Ring, window: Window) -> Points:
    """The part of a ring within `window` (Sutherland and Hodgman: one edge of the window after the other)."""
    points: Points = list(zip(ring.xs, ring.ys, strict=True))
    for axis, edge, sign in ((0, window[0], 1), (0, window[2], -1), (1, window[1], 1), (1, window[3], -1)):
        kept: Points = []
        if not points:
            break
        before = points[-1]
        was_in = (before[axis] - edge) * sign >= 0
        for point in points:
            is_in = (point[axis] - edge) * sign >= 0
            if is_in != was_in:
                share = (edge - before[axis]) / (point[axis] - before[axis])
                kept.append(tuple(b + (p - b) * share for b, p in zip(before, point, strict=True)))  # type: ignore[arg-type]
            if is_in:
                kept.append(point)
            before, was_in = point, is_in
        points = kept
    return points
