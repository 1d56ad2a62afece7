"""Outlines of the countries for pictures that the server draws, from the vendored world atlas (Natural Earth, 1:50 m).

The atlas is TopoJSON: arcs of whole numbers, each the difference to the point before, that neighbours share. They are
simplified arc by arc, so that neighbours still share their border. Points are in Web Mercator, the whole world 1 wide
and 1 high, y downwards.
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
    """One closed outline: its arcs (~n is arc n backwards) and the window it lies in."""

    arcs: tuple[int, ...]
    window: Window

    def points(self, tolerance: float) -> Points:
        """The outline, off by at most `tolerance`.

        The atlas sews outlines together at the antimeridian: they are walked on beyond the edge of the world. Antarctica
        goes once round it and is closed along the lower edge of the map.
        """
        joined: Points = []
        turn = 0
        for number in self.arcs:
            arc = simplified(number if number >= 0 else ~number, tolerance)
            for x, y in (arc if number >= 0 else arc[::-1])[1 if joined else 0 :]:
                turn += round(joined[-1][0] - x - turn) if joined else 0
                joined.append((x + turn, y))
        if abs(joined[0][0] - joined[-1][0]) > 0.5:
            joined += [(joined[-1][0], 1.0), (joined[0][0], 1.0)]
        return joined


@dataclass(frozen=True)
class Atlas:
    """All arcs, each as x, y, x, y, …, and all rings."""

    arcs: list[array[float]]
    rings: list[Ring]


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a point lies in the unit square."""
    bounded = min(max(latitude, -MAX_LATITUDE), MAX_LATITUDE)
    return (longitude + 180) / 360, 0.5 - asinh(tan(radians(bounded))) / (2 * pi)


def rings_in(window: Window) -> list[Ring]:
    """The rings that may show in `window`."""
    left, top, right, bottom = window
    return [
        ring
        for ring in _atlas().rings
        if ring.window[0] <= right and ring.window[2] >= left and ring.window[1] <= bottom and ring.window[3] >= top
    ]


@lru_cache(maxsize=8192)
def simplified(number: int, tolerance: float) -> Points:
    """An arc with as few points as keep it within `tolerance` (Douglas and Peucker); its ends always stay."""
    flat = _atlas().arcs[number]
    points = list(zip(flat[::2], flat[1::2], strict=True))
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        farthest, place = tolerance, 0
        (ax, ay), (bx, by) = points[first], points[last]
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        for i in range(first + 1, last):
            px, py = points[i][0] - ax, points[i][1] - ay
            along = min(max((px * dx + py * dy) / square, 0.0), 1.0) if square else 0.0
            off = ((px - along * dx) ** 2 + (py - along * dy) ** 2) ** 0.5
            if off > farthest:
                farthest, place = off, i
        if place:
            keep.add(place)
            spans += [(first, place), (place, last)]
    return [points[i] for i in sorted(keep)]


@lru_cache(maxsize=1)
def _atlas() -> Atlas:
    """The whole atlas; about 0.1 s and 3 MiB at the first call."""
    topology = orjson.loads((STATIC / vendor("world-atlas", "countries-50m.json")).read_bytes())
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    windows = [(min(arc[::2]), min(arc[1::2]), max(arc[::2]), max(arc[1::2])) for arc in arcs]
    rings = []
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country.get("arcs", [])]
        rings += [_ring(numbers, windows) for polygon in polygons for numbers in polygon]
    return Atlas(arcs, rings)


def _arc(steps: list[list[int]], transform: dict[str, Any]) -> array[float]:
    (across, up), (west, south) = transform["scale"], transform["translate"]
    x = y = 0
    points = array("d")
    for dx, dy in steps:
        x, y = x + dx, y + dy
        points.extend(project(y * up + south, x * across + west))
    return points


def _ring(numbers: list[int], windows: list[Window]) -> Ring:
    parts = [windows[number if number >= 0 else ~number] for number in numbers]
    left, top = min(part[0] for part in parts), min(part[1] for part in parts)
    right, bottom = max(part[2] for part in parts), max(part[3] for part in parts)
    # One that is sewn together at the antimeridian reaches from edge to edge, and a little beyond.
    return Ring(tuple(numbers), (left - 1, top, right + 1, 1.0) if right - left > 0.9 else (left, top, right, bottom))


def clipped(points: Points, window: Window) -> Points:
    """The part of an outline within `window` (Sutherland and Hodgman: one edge of the window after the other)."""
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
                kept.append((before[0] + (point[0] - before[0]) * share, before[1] + (point[1] - before[1]) * share))
            if is_in:
                kept.append(point)
            before, was_in = point, is_in
        points = kept
    return points
