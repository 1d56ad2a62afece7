"""A small map as inline SVG: the outlines of countries around a point, in the colours of the page, without a script.

It says where in the world a place is, in at most 2 kB; for streets there are links to maps that have them.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from markupsafe import Markup

from organizer.maps.atlas import Points, Window, clipped, project, rings_in

WIDTH, HEIGHT = 320, 180
SPAN = 0.042
"""How much of the world's width it shows: about 15 degrees, enough to know a country by its shape."""
LARGEST = 1700  # characters of outlines
_TOLERANCES = (
    0.5,
    0.8,
    1.2,
    1.8,
    2.7,
    4.0,
    6.0,
    9.0,
    14.0,
)  # pixels that outlines may be off: as little as LARGEST allows


def mini_map(latitude: float, longitude: float, is_area: bool = False) -> Markup:
    """The picture for a point, or for somewhere around it; pictures of the same hundredth of a degree are the same."""
    return _drawn(round(latitude, 2), round(longitude, 2), is_area)


@lru_cache(maxsize=2048)
def _drawn(latitude: float, longitude: float, is_area: bool) -> Markup:
    x, y = project(latitude, longitude)
    high = SPAN * HEIGHT / WIDTH
    top = min(max(y - high * 0.55, 0.0), 1 - high)  # the pin stands on the point: a little more room above
    window = x - SPAN / 2, top, x + SPAN / 2, top + high
    drawn = (_path(_outlines(window, tolerance)) for tolerance in _TOLERANCES)
    land = next((path for path in drawn if len(path) <= LARGEST), "")
    pin_x, pin_y = WIDTH / 2, (y - top) / high * HEIGHT
    head = Markup(
        '<svg class="mini-map" viewBox="0 0 {} {}" aria-hidden="true" preserveAspectRatio="xMidYMid slice">'
        '<path class="land" d="{}"/>'
    ).format(WIDTH, HEIGHT, land)
    if is_area:
        return head + Markup('<circle class="area" cx="{:.0f}" cy="{:.0f}" r="16"/></svg>').format(pin_x, pin_y)
    return head + Markup(
        '<path class="pin" d="M{:.0f} {:.0f}c-6-9-11-14-11-21a11 11 0 0 1 22 0c0 7-5 12-11 21Z"/>'
        '<circle class="eye" cx="{:.0f}" cy="{:.0f}" r="4"/></svg>'
    ).format(pin_x, pin_y, pin_x, pin_y - 21)


def _outlines(window: Window, tolerance: float) -> list[Points]:
    """What shows in `window`, in pixels; the world repeats itself beyond its left and right edge."""
    left, top, right, bottom = window
    scale = WIDTH / SPAN
    margin = 3 / scale  # so that no outline is drawn along the edge of the picture
    found = []
    for turn in (-1, 0, 1):
        shown = (left + turn - margin, top - margin, right + turn + margin, bottom + margin)
        for ring in rings_in(shown):
            points = clipped(ring.points(tolerance / scale), shown)
            found.append([((x - turn - left) * scale, (y - top) * scale) for x, y in points])
    return found


def _path(outlines: list[Points]) -> str:
    """SVG path data in whole pixels; islands that have no shape at this size are left out."""
    parts = []
    for points in outlines:
        whole = [(round(x), round(y)) for x, y in points]
        kept = [point for before, point in pairwise([*whole[-1:], *whole]) if point != before]
        if len(kept) < 3:
            continue
        steps = (f"{point[0] - before[0]} {point[1] - before[1]} " for before, point in pairwise(kept))
        parts.append(f"M{kept[0][0]} {kept[0][1]}l{''.join(steps)}".rstrip().replace(" -", "-") + "z")
    return "".join(parts)
