"""Drawn pictures for the demo: hills, sky and a sun, licence-free and different for every seed."""

from __future__ import annotations

import io
from random import Random

SKIES = (
    ("#f6d7a7", "#e2725b", "#7d4f50"),
    ("#cfe3f1", "#7aa5c9", "#30475e"),
    ("#fde2c8", "#f0a28a", "#6b4e71"),
    ("#d8e8d0", "#8db596", "#31543f"),
    ("#1f2544", "#474f7a", "#81689d"),
    ("#f2e6d9", "#c9a88b", "#5b4636"),
)


def landscape(rng: Random, size: tuple[int, int] = (1200, 675)) -> bytes:
    """Return a JPEG of hills under a sky."""
    from PIL import Image, ImageColor, ImageDraw, ImageFilter

    width, height = size
    top, middle, dark = (ImageColor.getrgb(tone) for tone in rng.choice(SKIES))
    sky = Image.linear_gradient("L").resize(size)
    picture = Image.composite(Image.new("RGB", size, middle), Image.new("RGB", size, top), sky)
    draw = ImageDraw.Draw(picture)
    x, y, radius = rng.randint(width // 6, width * 5 // 6), rng.randint(height // 6, height // 2), rng.randint(40, 90)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tuple(min(255, part + 45) for part in top))
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    draw = ImageDraw.Draw(picture)
    for layer in range(4):
        share = (layer + 1) / 4
        tone = tuple(round(a + (b - a) * share) for a, b in zip(middle, dark, strict=True))
        base, rough = height * (0.5 + 0.12 * layer), 70 - 10 * layer
        heights = [base + rng.uniform(-rough, rough) for _ in range(9)]
        points: list[tuple[float, float]] = [(0, height)]
        for step in range(0, width + 1, 8):
            place = step / width * 8
            left = min(7, int(place))
            part = place - left
            smooth = part * part * (3 - 2 * part)
            points.append((step, heights[left] + (heights[left + 1] - heights[left]) * smooth))
        draw.polygon([*points, (width, height)], fill=tone)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
