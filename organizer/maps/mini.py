"""A small map as inline SVG: the outlines of countries around a point, in the colours of the page, without a script.

It says where in the world a place is, in at most 2 kB; for streets there are links to maps that have them.
"""

from __future__ import annotations

from functools import lru_cache
from math import hypot

from markupsafe import Markup

from organizer.maps.atlas import Points, Window, clipped, project, rings_in

WIDTH, HEIGHT = 320, 180
SPAN = 0.042
"""How much of the world's width it shows: about 15 degrees, enough to know a country by its shape."""
LARGEST = 1700  # characters of outlines
_ROUGHNESS = (1.0, 1.6, 2.4, 3.6, 5.5, 8.0, 12.0)  # pixels between two points: as fine as LARGEST allows


def mini_map(latitude: float, longitude: float) -> Markup:
    """The picture for a point; pictures of the same hundredth of a degree are the same."""
    return _drawn(round(latitude, 2), round(longitude, 2))


@lru_cache(maxsize=2048)
def _drawn(latitude: float, longitude: float) -> Markup:
    x, y = project(latitude, longitude)
    high = SPAN * HEIGHT / WIDTH
    top = min(max(y - high * 0.55, 0.0), 1 - high)  # the pin stands on the point: a little more room above
    outlines = _outlines((x - SPAN / 2, top, x + SPAN / 2, top + high))
    paths = next((path for path in (_path(outlines, step) for step in _ROUGHNESS) if len(path) <= LARGEST), "")
    pin_x, pin_y = WIDTH / 2, (y - top) / high * HEIGHT
    return Markup(
        '<svg class="mini-map" viewBox="0 0 {} {}" aria-hidden="true" preserveAspectRatio="xMidYMid slice">'
        '<path class="land" d="{}"/>'
        '<path class="pin" d="M{:.0f} {:.0f}c-6-9-11-14-11-21a11 11 0 0 1 22 0c0 7-5 12-11 21Z"/>'
        '<circle class="eye" cx="{:.0f}" cy="{:.0f}" r="4"/></svg>'
    ).format(WIDTH, HEIGHT, paths, pin_x, pin_y, pin_x, pin_y - 21)


def _outlines(window: Window) -> list[Points]:
    """What shows in `window`, in pixels; the world repeats itself beyond its left and right edge."""
    left, top, right, bottom = window
    margin = SPAN / WIDTH * 3  # so that no outline is drawn along the edge of the picture
    scale = WIDTH / SPAN
    found = []
    for turn in (-1, 0, 1):
        shown = (left + turn - margin, top - margin, right + turn + margin, bottom + margin)
        for ring in rings_in(shown):
            points = clipped(ring, shown)
            if len(points) > 2:
                found.append([((x - turn - left) * scale, (y - top) * scale) for x, y in points])
    return found


def _path(outlines: list[Points], step: float) -> str:
    """SVG path data in whole pixels; points nearer than `step` to the one before, and islands of that size, are left out."""
    parts = []
    for points in outlines:
        kept = [points[0]]
        for point in points[1:]:
            if hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= step:
                kept.append(point)
        if len(kept) < 3:
            continue
        x, y = (round(part) for part in kept[0])
        steps = [f"M{x} {y}l"]
        for point in kept[1:]:
            to_x, to_y = (round(part) for part in point)
            steps.append(f"{to_x - x} {to_y - y} ")
            x, y = to_x, to_y
        parts.append("".join(steps).rstrip().replace(" -", "-") + "z")
    return "".join(parts)
