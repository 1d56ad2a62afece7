"""Areas: what may be told of a place whose address only some may know.

The Earth is divided once and for all: into rows of a hundredth of a degree of latitude (1.112 km), and each row into
equal columns, as many as leave them at least as wide as the row is high (36,000 × cos φ at the latitude φ of the edge
nearest the equator, rounded down). Instead of a point, the middle of its area is told, and a circle of `RADIUS_M`
around it: no point of an area is farther from its middle than 0.79 km, anywhere on Earth.

Why an area and no random shift: a shift drawn anew could be averaged out, and one drawn once a venue is lost as soon as
the venue is entered a second time. The middle of the area is the same for every event, edit and venue in it, and says
nothing but the area. What it does not do: where one house stands alone on a square kilometre, the area is the house.
"""

from __future__ import annotations

from math import cos, floor, radians

RADIUS_M = 1000
"""Metres around the middle of an area that surely hold all of it."""
ROWS = 100  # in a degree of latitude


def middle(latitude: float, longitude: float) -> tuple[float, float]:
    """Latitude and longitude (degrees, six decimals) of the middle of the area in which a point lies.

    The middle of an area lies in that area: asking again changes nothing. Raises ValueError for a point not on Earth.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"not a point on Earth: {latitude}, {longitude}")
    row = min(floor((latitude + 90) * ROWS), 180 * ROWS - 1)
    south, north = row / ROWS - 90, (row + 1) / ROWS - 90
    columns = max(floor(360 * ROWS * cos(radians(min(abs(south), abs(north))))), 1)
    column = min(floor((longitude + 180) / 360 * columns), columns - 1)
    return round((south + north) / 2, 6), round((column + 0.5) / columns * 360 - 180, 6)


def is_middle(latitude: float, longitude: float) -> bool:
    """Whether a point is the middle of its area, as `middle` gives it."""
    return middle(latitude, longitude) == (latitude, longitude)
