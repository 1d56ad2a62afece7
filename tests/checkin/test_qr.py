"""QR pictures: small, and read back by a decoder that is not ours, even from bad photographs."""

from __future__ import annotations

import random
import re
from io import BytesIO

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageDraw, ImageFilter

from organizer.checkin import qr
from organizer.checkin.keyring import KeyRing
from organizer.checkin.tickets import sign

RING = KeyRing(1, {1: Ed25519PrivateKey.from_private_bytes(bytes(32))})
TICKETS = [sign(RING, "k7m2q9x4ab", f"se73a5m5g{char}") for char in "0123456789abcdef"]


def decoded(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcodes(image)
    return found[0].text if found else None


def drawn(svg: str, scale: int) -> Image.Image:
    """The SVG as pixels: follows the M, m and h of its one black path."""
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]
    path = re.search(r'stroke="#000" d="([^"]+)"', svg)[1]  # type: ignore[index]
    image = Image.new("L", (side * scale, side * scale), 255)
    pen, x, y = ImageDraw.Draw(image), 0, 0.0
    for command, first, second in re.findall(r"([Mmh])(\d+)(?: ([\d.]+))?", path):
        if command == "M":
            x, y = int(first), float(second)
        elif command == "m":
            x += int(first)
        else:
            top = int((y - 0.5) * scale)
            pen.rectangle((x * scale, top, (x + int(first)) * scale - 1, top + scale - 1), fill=0)
            x += int(first)
    return image


@pytest.mark.parametrize("ticket", TICKETS)
def test_svg_and_png_read_back(ticket: str) -> None:
    assert decoded(drawn(qr.svg(ticket), 4)) == ticket
    assert decoded(Image.open(BytesIO(qr.png(ticket))).convert("L")) == ticket


def test_a_ticket_is_version_5_and_small() -> None:
    assert len(qr.matrix(TICKETS[0])) == 37
    assert all(len(qr.svg(ticket).encode()) <= 3000 for ticket in TICKETS)
    assert len(qr.png(TICKETS[0])) <= 2000


def test_the_quiet_zone_is_four_white_modules() -> None:
    image = Image.open(BytesIO(qr.png(TICKETS[0], module_pixels=1))).convert("L")
    assert image.size == (45, 45)
    frame = image.copy()
    frame.paste(255, (4, 4, 41, 41))
    assert frame.getextrema() == (255, 255)
    assert image.crop((4, 4, 41, 41)).getextrema() == (0, 255)


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 200])
@pytest.mark.parametrize("blur", [0, 2])
def test_rotated_and_blurred_codes_read_back(angle: int, blur: float) -> None:
    for ticket in TICKETS[:4]:
        image = Image.open(BytesIO(qr.png(ticket, module_pixels=8))).convert("L")
        photo = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        assert decoded(photo.filter(ImageFilter.GaussianBlur(blur))) == ticket


def test_grey_and_noisy_screens_read_back() -> None:
    """The bar of reliability: at least 93 % over many damaged pictures (here with a fixed seed)."""
    chance = random.Random(7)
    read = 0
    for ticket in TICKETS * 3:
        image = Image.open(BytesIO(qr.png(ticket, module_pixels=8))).convert("L")
        turned = image.rotate(chance.uniform(-30, 30), Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        grey = turned.point([int(70 + level * 0.35) for level in range(256)])
        noise = Image.frombytes("L", grey.size, chance.randbytes(grey.size[0] * grey.size[1]))
        photo = Image.blend(grey, noise, 0.15).filter(ImageFilter.GaussianBlur(chance.uniform(0, 2)))
        read += decoded(photo) == ticket
    assert read >= 0.93 * len(TICKETS) * 3


def test_any_text_fits_and_titles_are_escaped() -> None:
    assert decoded(drawn(qr.svg("https://meet.example/събитие?a=1&b=2"), 4)) == "https://meet.example/събитие?a=1&b=2"
    assert "<title>&lt;b&gt;</title>" in qr.svg("X", title="<b>")
