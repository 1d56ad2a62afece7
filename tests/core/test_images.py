"""Uploaded pictures: what is kept and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from organizer.core import files, images
from organizer.core.errors import Invalid


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """Files need no database."""
    app = Flask("files")
    files.init_app(app, tmp_path)
    return app


def picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **save: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "teal" if mode == "RGB" else 0).save(out, kind, **save)
    return out.getvalue()


def test_only_pixels_are_kept_and_turned_upright(app: Flask) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter
    exif[0x010F] = "A camera with a serial number"
    with app.app_context():
        digest = images.store_cover(picture(3000, 2000, exif=exif), "cover")
        path = files.find(digest)
        assert path is not None
        with Image.open(path) as kept:
            assert kept.format == "WEBP"
            assert kept.size == (1600, 900)
            assert not kept.getexif()
        assert b"serial" not in path.read_bytes()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("L", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG")]
)
def test_all_kinds_of_pixels_become_a_square_portrait(app: Flask, mode: str, kind: str) -> None:
    with app.app_context():
        path = files.find(images.store_portrait(picture(300, 400, kind, mode), "picture"))
        assert path is not None
        with Image.open(path) as kept:
            assert kept.size == (300, 300)


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg/>", picture(100, 100)[:300], picture(8, 800)])
def test_what_is_no_picture_is_told_so_near_its_field(app: Flask, content: bytes) -> None:
    with app.app_context(), pytest.raises(Invalid) as refused:
        images.store_cover(content, "cover")
    assert refused.value.field == "cover"


def test_a_bomb_is_refused_by_its_header(app: Flask) -> None:
    bomb = picture(20000, 4000, "PNG", "1")
    with app.app_context(), pytest.raises(Invalid, match="pixels"):
        images.store_cover(bomb, "cover")


def test_a_name_that_is_no_hash_finds_nothing(app: Flask) -> None:
    with app.app_context():
        assert files.find("../../etc/passwd") is None
        assert files.find("0" * 64) is None
