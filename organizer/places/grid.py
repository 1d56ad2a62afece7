"""Cells of the map: where a point lies, as one number that is a prefix of the number one zoom level deeper.

The world is the square of Web Mercator (EPSG:3857). A cell at full depth is 1 / 2³⁰ of its side (4 cm at the equator);
the bits of x and y are interleaved (Morton order), x first, so that the cell at zoom z is the first 2·z bits. Counting
events per cell is then grouping by a shifted column, and a box of the map is a handful of ranges of an indexed column.
Numbers are below 2⁶⁰ and fit a signed BIGINT and a float-free JSON of most languages but JavaScript: send them as text.
"""

from math import atan, atanh, degrees, pi, radians, sin, sinh

DEPTH = 30
"""Zoom level of stored cells."""
MAX_LATITUDE = degrees(atan(sinh(pi)))
"""Web Mercator ends at ±85.0511°; points beyond are put on its edge."""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; west > east means that the box crosses the antimeridian."""


def _spread(number: int) -> int:
    """The 30 bits of `number` with a zero bit before each."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555


def _gather(number: int) -> int:
    """Undo `_spread`, ignoring the bits between."""
    number &= 0x5555555555555555
    number = (number | number >> 1) & 0x3333333333333333
    number = (number | number >> 2) & 0x0F0F0F0F0F0F0F0F
    number = (number | number >> 4) & 0x00FF00FF00FF00FF
    number = (number | number >> 8) & 0x0000FFFF0000FFFF
    return (number | number >> 16) & 0x00000000FFFFFFFF


def _column(longitude: float, zoom: int) -> int:
    return min(max(int((longitude + 180) / 360 * (1 << zoom)), 0), (1 << zoom) - 1)


def _row(latitude: float, zoom: int) -> int:
    """Rows count from the north."""
    bounded = min(max(latitude, -MAX_LATITUDE), MAX_LATITUDE)
    return min(max(int((1 - atanh(sin(radians(bounded))) / pi) / 2 * (1 << zoom)), 0), (1 << zoom) - 1)


def cell_of(latitude: float, longitude: float) -> int:
    """The cell of a point at full depth, 0 ≤ cell < 2⁶⁰. Raises ValueError for a point not on Earth."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"not a point on Earth: {latitude}, {longitude}")
    return _spread(_column(longitude, DEPTH)) << 1 | _spread(_row(latitude, DEPTH))


def shift(zoom: int) -> int:
    """By how many bits a stored cell is shifted right to become the cell at `zoom` (0…30)."""
    return 2 * (DEPTH - min(max(zoom, 0), DEPTH))


def cell_at_zoom(cell: int, zoom: int) -> int:
    """The cell at `zoom` in which a stored cell lies."""
    return cell >> shift(zoom)


def bounds(cell: int, zoom: int) -> Box:
    """The edges of a cell at `zoom`."""
    side = 1 << zoom
    x, y = _gather(cell >> 1), _gather(cell)
    north, south = (degrees(atan(sinh(pi * (1 - 2 * row / side)))) for row in (y, y + 1))
    return x / side * 360 - 180, south, (x + 1) / side * 360 - 180, north


def centre(cell: int, zoom: int) -> tuple[float, float]:
    """Latitude and longitude of the middle, on the map, of a cell at `zoom`."""
    side = 1 << zoom
    x, y = _gather(cell >> 1) + 0.5, _gather(cell) + 0.5
    return degrees(atan(sinh(pi * (1 - 2 * y / side)))), x / side * 360 - 180


def ranges(box: Box, zoom: int = DEPTH, max_ranges: int = 16) -> list[tuple[int, int]]:
    """Ranges of stored cells, both ends included, ascending and apart, that together cover `box`.

    No more than `max_ranges` (≥ 2), hence they may cover more than the box: filter by the exact box as well. Cells
    deeper than `zoom` are never divided. Raises ValueError for a box that is empty or not on Earth.
    """
    west, south, east, north = box
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise ValueError(f"not a box on Earth: {box}")
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    found: list[tuple[int, int]] = []
    for low, high in spans:
        edges = _column(low, DEPTH), _row(north, DEPTH), _column(high, DEPTH), _row(south, DEPTH)
        found += _cover(edges, zoom, max(max_ranges // len(spans), 1))
    return _joined(sorted(found), max_ranges)


def _cover(edges: tuple[int, int, int, int], zoom: int, enough: int) -> list[tuple[int, int]]:
    """Divide the world into quarters as long as the cells that touch the box stay few."""
    west, north, east, south = edges
    inside: list[tuple[int, int, int]] = []  # (x, y, zoom) of cells wholly in the box: never divided again
    edge = [(0, 0)]
    depth = 0
    while edge and depth < zoom and len(inside) + len(edge) < 4 * enough:
        depth += 1
        size = DEPTH - depth
        quarters = [(2 * x + right, 2 * y + down) for x, y in edge for right in (0, 1) for down in (0, 1)]
        edge = []
        for x, y in quarters:
            x0, y0 = x << size, y << size
            x1, y1 = (x + 1 << size) - 1, (y + 1 << size) - 1
            if x0 > east or x1 < west or y0 > south or y1 < north:
                continue
            if west <= x0 and x1 <= east and north <= y0 and y1 <= south:
                inside.append((x, y, depth))
            else:
                edge.append((x, y))
    cells = [*inside, *((x, y, depth) for x, y in edge)]
    covered = []
    for x, y, level in cells:
        low = (_spread(x) << 1 | _spread(y)) << shift(level)
        covered.append((low, low + (1 << shift(level)) - 1))
    return covered


def _joined(parts: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Join ranges that touch, then those with the least between them, until there are at most `most`."""
    joined: list[tuple[int, int]] = []
    for low, high in parts:
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    while len(joined) > most:
        place = min(range(len(joined) - 1), key=lambda i: joined[i + 1][0] - joined[i][1])
        joined[place : place + 2] = [(joined[place][0], joined[place + 1][1])]
    return joined
