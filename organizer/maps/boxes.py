"""What part of the world is asked for, and how finely it is divided: read from an address, checked, made into SQL.

A box is west,south,east,north in degrees (GeoJSON order, RFC 7946 §5); west > east crosses the antimeridian (§5.2).
Since a cell interleaves the bits of column and row, the masked cell keeps their order: so whether a point lies in the box
is told by the indexed column alone, without looking at the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import asinh, ceil, floor, isfinite, log2, pi, radians, tan

import sqlalchemy as sa

from organizer.core.errors import N_, DomainError
from organizer.places import grid

MAX_ZOOM = 20
MOST_FEATURES = 500
MOST_RANGES = 8
FINENESS = 2
"""A cluster's cell is a quarter of a 256-pixel tile: 64 pixels, so that 44-pixel markers stay apart."""
COLUMN_BITS = 0xAAAAAAAAAAAAAAA  # of the 60 bits of a cell
ROW_BITS = 0x555555555555555
WORLD = (-180.0, -90.0, 180.0, 90.0)


class BadBox(DomainError):
    """The box or the zoom of the address is not one."""

    status = 400
    message = N_("This is not a part of the world: expected bbox=west,south,east,north in degrees.")


@dataclass(frozen=True)
class View:
    """A box of the map and the depth of the cells that its events are counted in."""

    box: grid.Box
    zoom: int
    depth: int

    def contains(self, cell: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The exact box, as a condition on a column of stored cells."""
        if self.box == WORLD:
            return cell.is_not(None)
        west, south, east, north = self.box
        parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        return sa.or_(*(_inside(cell, low, south, high, north) for low, high in parts))

    def ranges(self) -> list[tuple[int, int]]:
        """Ranges of stored cells that cover the box, perhaps more: for the index."""
        return grid.ranges(self.box, max_ranges=MOST_RANGES)


def _inside(
    cell: sa.ColumnElement[int], west: float, south: float, east: float, north: float
) -> sa.ColumnElement[bool]:
    first, last = grid.cell_of(north, west), grid.cell_of(south, east)
    across = cell.op("&")(sa.literal_column(str(COLUMN_BITS)))
    down = cell.op("&")(sa.literal_column(str(ROW_BITS)))
    return sa.and_(
        across.between(first & COLUMN_BITS, last & COLUMN_BITS), down.between(first & ROW_BITS, last & ROW_BITS)
    )


def view_from(arguments: Mapping[str, str]) -> View:
    """Read `bbox` and `zoom` of an address; without a box it is the world. Raises BadBox.

    Longitudes beyond ±180 are turned back (a map can be panned round the world); a box wider than the world is the world.
    """
    box = read_box(arguments["bbox"]) if arguments.get("bbox") else WORLD
    return view_of(box, _read_zoom(arguments.get("zoom", ""), box))


def view_of(box: grid.Box, zoom: int) -> View:
    """The view of `box` at `zoom`, as finely divided as a marker needs and `MOST_FEATURES` allows."""
    depth = min(zoom + FINENESS, grid.DEPTH)
    while depth > 0 and _cells(box, depth) > MOST_FEATURES:
        depth -= 1
    return View(box, zoom, depth)


def read_box(text: str) -> grid.Box:
    """West, south, east, north. Raises BadBox for anything that is not finite, has south over north, or lies off Earth."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadBox from error
    if not all(isfinite(edge) and abs(edge) <= 3600 for edge in (west, south, east, north)):
        raise BadBox
    if not -90 <= south <= 90 or not -90 <= north <= 90:
        raise BadBox(N_("Latitudes lie between -90 and 90. Are latitude and longitude swapped?"))
    if south > north:
        raise BadBox(N_("The south edge lies north of the north edge."))
    if east - west >= 360:
        return (-180.0, south, 180.0, north)
    return (_turned(west), south, 180.0 if east == 180 else _turned(east), north)


def _turned(longitude: float) -> float:
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def _read_zoom(text: str, box: grid.Box) -> int:
    if not text:
        # The zoom at which the box is about as wide as a screen of 1,024 pixels.
        return min(max(floor(2 + log2(360 / max(_width(box), 1e-4))), 0), MAX_ZOOM)
    try:
        zoom = float(text)
    except ValueError as error:
        raise BadBox(N_("The zoom is a number from 0 to 20.")) from error
    if not isfinite(zoom) or zoom < 0:
        raise BadBox(N_("The zoom is a number from 0 to 20."))
    return min(round(zoom), MAX_ZOOM)


def _width(box: grid.Box) -> float:
    west, _, east, _ = box
    return east - west if west <= east else 360 - west + east


def _cells(box: grid.Box, depth: int) -> int:
    """At most how many cells of `depth` the box touches."""
    side = 1 << depth
    _, south, _, north = box
    across = min(ceil(_width(box) / 360 * side) + 1, side)
    down = min(ceil((_height(north) - _height(south)) * side) + 1, side)
    return across * down


def _height(latitude: float) -> float:
    """Web Mercator's ordinate, the whole square being 1 high."""
    bounded = min(max(latitude, -grid.MAX_LATITUDE), grid.MAX_LATITUDE)
    return asinh(tan(radians(bounded))) / (2 * pi)
