"""The drawing of covers: eight families of simple shapes, each from a key's hash and one accent.

A scene is a list of polygons and circles, so the same picture can be written as SVG and painted by Pillow.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field

WIDTH, HEIGHT = 960, 540
PAPER = "#fbf3e6"

Point = tuple[float, float]


@dataclass(frozen=True)
class Accent:
    """One of the twelve accents; `deep` and `bright` are the light and dark values in tokens.css."""

    deep: str
    bright: str


ACCENTS = {
    "coral": Accent("#c2410c", "#ff8f66"),
    "rose": Accent("#be123c", "#fb8597"),
    "pink": Accent("#be185d", "#f58bbf"),
    "plum": Accent("#86198f", "#e58df2"),
    "violet": Accent("#6d28d9", "#b7a0fb"),
    "indigo": Accent("#4338ca", "#a5b0fb"),
    "blue": Accent("#1d4ed8", "#8fb4ff"),
    "ocean": Accent("#0369a1", "#5cc4f5"),
    "teal": Accent("#0f766e", "#4fd1c1"),
    "green": Accent("#15742f", "#6bd58c"),
    "olive": Accent("#4a6b0e", "#b5d85a"),
    "ochre": Accent("#92570a", "#eebb4d"),
}


def mix(one: str, other: str, share: float) -> str:
    """`share` of `one` and the rest of `other`, in sRGB."""
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


class Dice:
    """Numbers from a key: always the same ones, on every machine and version of Python."""

    def __init__(self, key: str) -> None:
        self._bits = int.from_bytes(hashlib.shake_256(key.encode()).digest(96), "big")

    def pick(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        self._bits, number = divmod(self._bits, count)
        return number

    def between(self, low: float, high: float) -> float:
        """A number in steps of a hundredth of the range."""
        return low + (high - low) * self.pick(101) / 100


@dataclass
class Scene:
    """What is on a cover, back to front, in a space of 960 × 540."""

    background: str
    shapes: list[tuple[str, list[Point] | tuple[float, float, float]]] = field(default_factory=list)

    def polygon(self, colour: str, points: list[Point]) -> None:
        """Add a filled polygon."""
        self.shapes.append((colour, points))

    def circle(self, colour: str, x: float, y: float, radius: float) -> None:
        """Add a filled circle."""
        self.shapes.append((colour, (x, y, radius)))

    def svg(self) -> str:
        """The scene as an SVG document without styles and scripts."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" preserveAspectRatio="xMidYMid slice">'
            f'<path fill="{self.background}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        ]
        for colour, shape in self.shapes:
            if isinstance(shape, tuple):
                x, y, radius = shape
                parts.append(f'<circle fill="{colour}" cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"/>')
            else:
                path = " ".join(f"{x:.0f} {y:.0f}" for x, y in shape)
                parts.append(f'<path fill="{colour}" d="M{path}z"/>')
        return "".join(parts) + "</svg>"

    def png(self, width: int, height: int) -> bytes:
        """The scene painted at `width` × `height` pixels, filled and cut evenly, edges smoothed."""
        from PIL import Image, ImageDraw  # only link previews need Pillow

        fine = 2  # paint larger, then shrink: Pillow draws hard edges
        scale = max(width / WIDTH, height / HEIGHT) * fine
        left, top = (WIDTH * scale - width * fine) / 2, (HEIGHT * scale - height * fine) / 2
        image = Image.new("RGB", (width * fine, height * fine), self.background)
        draw = ImageDraw.Draw(image)
        for colour, shape in self.shapes:
            if isinstance(shape, tuple):
                x, y, radius = shape[0] * scale - left, shape[1] * scale - top, shape[2] * scale
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
            else:
                draw.polygon([(x * scale - left, y * scale - top) for x, y in shape], fill=colour)
        out = io.BytesIO()
        image.resize((width, height), Image.Resampling.LANCZOS).quantize(64).save(out, "PNG", optimize=True)
        return out.getvalue()


@dataclass(frozen=True)
class Tones:
    """The colours of one cover, from background to foreground."""

    back: str
    far: str
    middle: str
    near: str
    light: str


def scene(key: str, accent: str) -> Scene:
    """The cover of `key` in the hue of `accent` (a name in ACCENTS)."""
    dice = Dice(key)
    hue = ACCENTS[accent]
    if dice.pick(3):
        pale = mix(hue.bright, PAPER, 0.34)
        tones = Tones(pale, mix(hue.bright, PAPER, 0.72), mix(hue.deep, hue.bright, 0.45), hue.deep, PAPER)
    else:
        night = mix(hue.deep, "#14100c", 0.62)
        tones = Tones(night, mix(hue.deep, night, 0.55), hue.deep, mix(hue.bright, hue.deep, 0.6), hue.bright)
    picture = Scene(tones.back)
    FAMILIES[dice.pick(len(FAMILIES))](picture, dice, tones)
    return picture


def _hills(picture: Scene, dice: Dice, tones: Tones) -> None:
    picture.circle(tones.light, dice.between(360, 620), dice.between(140, 230), dice.between(60, 100))
    for level, colour in enumerate((tones.far, tones.middle, tones.near)):
        base = 290 + level * 85
        swing, turn, width = dice.between(25, 55), dice.between(0, 6.3), dice.between(260, 420)
        ridge = [(x, base + swing * math.sin(x / width * math.pi + turn)) for x in range(0, WIDTH + 40, 40)]
        picture.polygon(colour, [(0, HEIGHT), *ridge, (WIDTH, HEIGHT)])


def _horizon(picture: Scene, dice: Dice, tones: Tones) -> None:
    y, radius = dice.between(300, 350), dice.between(150, 200)
    picture.circle(tones.near, WIDTH / 2, y, radius)
    picture.polygon(tones.far, [(0, y), (WIDTH, y), (WIDTH, HEIGHT), (0, HEIGHT)])
    wide = radius * 0.96
    for step in range(6):
        half = wide * (1 - step * 0.13) * dice.between(0.8, 1)
        top = y + 14 + step * 32
        picture.polygon(tones.near, _bar(WIDTH / 2 + dice.between(-18, 18), top, half, 7))


def _bar(x: float, y: float, half: float, thick: float) -> list[Point]:
    return [(x - half, y), (x + half, y), (x + half, y + thick), (x - half, y + thick)]


def _arches(picture: Scene, dice: Dice, tones: Tones) -> None:
    radius = dice.between(200, 235)
    middle = WIDTH / 2 + dice.between(-30, 30)
    order = [tones.near, tones.far, tones.middle, tones.light, tones.near]
    for step, colour in enumerate(order):
        size = radius * (1 - step * 0.2)
        picture.polygon(colour, _arch(middle, HEIGHT, size, 290))
    for side in (-1, 1):
        x = middle + side * (radius + dice.between(110, 130))
        picture.polygon(tones.far, _arch(x, HEIGHT, 90, dice.between(120, 220)))
        picture.polygon(tones.middle, _arch(x, HEIGHT, 50, dice.between(90, 120)))


def _arch(x: float, foot: float, half: float, stem: float) -> list[Point]:
    top = foot - stem
    curve = [
        (x - half * math.cos(turn * math.pi / 16), top - half * math.sin(turn * math.pi / 16)) for turn in range(17)
    ]
    return [(x - half, foot), *curve, (x + half, foot)]


def _moons(picture: Scene, dice: Dice, tones: Tones) -> None:
    size = dice.between(135, 165)
    start = dice.pick(2)
    for column in range(5):
        x = WIDTH / 2 + (column - 2) * size * 1.28
        y = HEIGHT / 2 + (26 if (column + start) % 2 else -26)
        colours = (tones.near, tones.middle, tones.far)
        picture.circle(colours[(column + start) % 3], x, y, size * 0.6)
        cut = size * dice.between(0.3, 0.42) * (1 if dice.pick(2) else -1)
        picture.circle(tones.back, x + cut, y - size * 0.12, size * 0.42)


def _leaves(picture: Scene, dice: Dice, tones: Tones) -> None:
    colours = (tones.near, tones.middle, tones.far, tones.light)
    petals = 6 + 2 * dice.pick(3)
    for ring, (length, width) in enumerate(((330, 78), (225, 62), (125, 44))):
        turn = dice.between(0, 1)
        for petal in range(petals):
            angle = (petal + turn) * 2 * math.pi / petals
            picture.polygon(colours[(ring * 2 + petal % 2) % 4 if ring else petal % 2], _leaf(angle, length, width))
    picture.circle(tones.back, WIDTH / 2, HEIGHT / 2, 34)


def _leaf(angle: float, length: float, width: float) -> list[Point]:
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    steps = [(t / 10, math.sin(t / 10 * math.pi)) for t in range(11)]
    sides = [(t, w) for t, w in steps] + [(t, -w) for t, w in reversed(steps)]
    return [
        (
            WIDTH / 2 + along[0] * length * t + across[0] * width / 2 * w,
            HEIGHT / 2 + along[1] * length * t + across[1] * width / 2 * w,
        )
        for t, w in sides
    ]


def _roofs(picture: Scene, dice: Dice, tones: Tones) -> None:
    picture.circle(tones.light, dice.between(380, 600), dice.between(130, 180), dice.between(54, 80))
    for level, colour in enumerate((tones.far, tones.middle, tones.near)):
        x = -dice.between(0, 60)
        while x < WIDTH:
            width = dice.between(70, 130)
            top = 230 + level * 95 + dice.between(-45, 45)
            gable = [(x + width / 2, top - width * 0.42)] if dice.pick(2) else []
            right = x + width + 1  # one over the next, or a seam shows
            picture.polygon(colour, [(x, HEIGHT), (x, top), *gable, (right, top), (right, HEIGHT)])
            x += width


def _waves(picture: Scene, dice: Dice, tones: Tones) -> None:
    slope, length = dice.between(-0.25, 0.25), dice.between(150, 230)
    colours = (tones.far, tones.near, tones.middle, tones.light, tones.near, tones.far)
    for band, colour in enumerate(colours):
        turn = band * dice.between(0.25, 0.6)
        top = 70 + band * 82
        edge = [
            (x, top + slope * (x - WIDTH / 2) + 30 * math.sin(x / length + turn)) for x in range(-20, WIDTH + 40, 30)
        ]
        lower = [(x, y + 46) for x, y in reversed(edge)]
        picture.polygon(colour, [*edge, *lower])


def _steps(picture: Scene, dice: Dice, tones: Tones) -> None:
    """A walk: footprints of dots between two places."""
    start, end = (dice.between(120, 250), dice.between(380, 440)), (dice.between(700, 830), dice.between(110, 170))
    bend = dice.between(90, 150) * (1 if dice.pick(2) else -1)
    for radius, colour in ((250, tones.far), (165, tones.middle)):
        picture.circle(colour, WIDTH / 2 + bend, HEIGHT / 2 + bend / 2, radius)
    for step in range(1, 16):
        t = step / 16
        x = start[0] + (end[0] - start[0]) * t + bend * math.sin(t * math.pi)
        y = start[1] + (end[1] - start[1]) * t + bend * math.sin(t * 2 * math.pi) * 0.7
        picture.circle(tones.near if tones.light == PAPER else tones.light, x, y, 8)
    for x, y in (start, end):
        picture.circle(tones.near, x, y, 44)
        picture.circle(tones.light, x, y, 18)


FAMILIES: tuple[Callable[[Scene, Dice, Tones], None], ...] = (
    _hills,
    _horizon,
    _arches,
    _moons,
    _leaves,
    _roofs,
    _waves,
    _steps,
)
