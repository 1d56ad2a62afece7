"""Drawn covers and avatars: the same for the same key, well formed, harmless."""

from __future__ import annotations

import hashlib
import io
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from organizer.core import files
from organizer.web import pictures
from organizer.web.covers import ACCENTS, FAMILIES


def test_a_key_always_gives_the_same_cover() -> None:
    pictures.cover_svg.cache_clear()
    digest = hashlib.sha256(pictures.cover_svg("k7m2q9x4ab").encode()).hexdigest()
    assert digest == hashlib.sha256(pictures.cover_svg.__wrapped__("k7m2q9x4ab").encode()).hexdigest()
    assert pictures.cover_svg("k7m2q9x4ab") != pictures.cover_svg("k7m2q9x4ac")


def test_covers_are_well_formed_small_and_without_styles_or_scripts() -> None:
    looks = set()
    for number in range(200):
        svg = pictures.cover_svg(f"key{number}")
        root = ElementTree.fromstring(svg)
        assert root.attrib["viewBox"] == "0 0 960 540"
        assert {child.tag.rpartition("}")[2] for child in root} <= {"path", "circle"}
        assert "style" not in svg
        assert len(svg) < 8000
        looks.add((root[0].attrib["fill"], len(root)))
    assert len(looks) > len(FAMILIES) * 4


def test_the_accent_of_a_community_colours_its_covers() -> None:
    assert ACCENTS["ocean"].deep in "".join(pictures.cover_svg(f"k{i}", "ocean") for i in range(5))
    assert pictures.cover_svg("k1", "no such accent") == pictures.cover_svg("k1")


def test_the_preview_of_a_cover_is_a_small_png() -> None:
    data = pictures.cover_png("k7m2q9x4ab")
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(data) < 60_000


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mira Ivanova", "MI"),
        ("Георги Стоянов", "ГС"),
        ("Željko Kovačević-Petrović", "ŽP"),
        ("mira", "M"),
        ("田中 美咲", "田"),
        ("עדי כהן", "ע"),
        ("", "?"),
        ("   ", "?"),
        ("🦊", "🦊"),
        ("<b>", "B"),
        ("O'Neil", "O"),
        ("x.y", "XY"),
        ("…", "?"),
        ("ß x", "SSX"),
    ],
)
def test_initials_of_any_name(name: str, letters: str) -> None:
    assert pictures.initials(name) == letters


def test_an_avatar_is_well_formed_for_any_name() -> None:
    for name in ("Mira Ivanova", "<script>", "&", "", "🦊", "\u202eevil"):
        ElementTree.fromstring(pictures.avatar_svg(name, "k1"))


def test_tones_are_spread_over_all_accents() -> None:
    assert {pictures.tone(f"k{i}") for i in range(400)} == set(ACCENTS)


@pytest.fixture
def browser(tmp_path) -> FlaskClient:  # type: ignore[no-untyped-def]
    app = Flask("bare")
    files.init_app(app, tmp_path)
    pictures.init_app(app)
    return app.test_client()


@pytest.mark.parametrize("address", ["covers/k1.svg?a=teal", "avatars/k1.svg?n=Mira", "covers/k1.png"])
def test_drawn_pictures_may_be_kept_for_ever_and_run_nothing(browser: FlaskClient, address: str) -> None:
    answer = browser.get(f"/pictures/{address}", buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.mimetype == "image/svg+xml":
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_strange_keys_are_not_found(browser: FlaskClient) -> None:
    for address in ("/pictures/covers/a b.svg", "/pictures/covers/<x>.png", f"/pictures/avatars/{'k' * 65}.svg"):
        assert browser.get(address).status_code == 404


def test_uploads_are_served_only_if_they_are_pictures(browser: FlaskClient) -> None:
    with browser.application.app_context():
        picture = files.put(pictures.cover_png("k1"))
        table = files.put(b"title,start\n")
        sound = files.put(b"RIFF\0\0\0\0WAVEfmt ")
    assert browser.get(f"/pictures/{picture}", buffered=True).mimetype == "image/png"
    for digest in (table, sound, "0" * 64, "..%2fx"):
        assert browser.get(f"/pictures/{digest}").status_code == 404
