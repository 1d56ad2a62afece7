"""Static files: addresses that change with content, headers, compression, and the promises of the style sheet."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from organizer.web import assets, compression
from organizer.web.covers import ACCENTS, mix

CSS = assets.bundle().decode()


def make_app(folder: Path, *, debug: bool = False) -> tuple[FlaskClient, assets.Assets]:
    app = Flask("bare", static_folder=None)
    wrapper = assets.Assets(app.wsgi_app, debug=debug, folder=folder)
    app.wsgi_app = wrapper  # type: ignore[method-assign]
    return app.test_client(), wrapper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("tokens", "base", "ui-x", "print"):
        (tmp_path / "css").mkdir(exist_ok=True)
        (tmp_path / f"css/{name}.css").write_text(f".{name} {{ color: red; }}  /* {name} */\n")
    (tmp_path / "js").mkdir()
    (tmp_path / "js/app.js").write_text("export const one = 1;\n" * 50)
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    return tmp_path


def test_a_hashed_address_may_be_kept_for_ever(folder: Path) -> None:
    client, wrapper = make_app(folder)
    answer = client.get(wrapper.asset("js/app.js"), buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.mimetype == "text/javascript"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(wrapper.asset("a.wasm"), buffered=True).mimetype == "application/wasm"


def test_a_plain_or_outdated_address_works_but_not_for_ever(folder: Path) -> None:
    client, _ = make_app(folder)
    for address in ("/static/js/app.js", "/static/0123456789/js/app.js", "/static/0123456789/css/organizer.css"):
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200
        assert "immutable" not in answer.headers["Cache-Control"]


def test_nothing_outside_the_folder_is_served(folder: Path) -> None:
    client, wrapper = make_app(folder)
    (folder.parent / "secret").write_text("x")
    for address in ("/static/../secret", "/static/%2e%2e/secret", wrapper.asset("../secret"), "/static/none.js"):
        assert client.get(address, buffered=True).status_code == 404


def test_the_build_changes_with_any_byte_and_any_name(folder: Path) -> None:
    before = assets.build_of(folder)
    (folder / "js/app.js.gz").write_bytes(b"a compressed copy does not count")
    assert assets.build_of(folder) == before
    (folder / "js/app.js").rename(folder / "js/other.js")
    renamed = assets.build_of(folder)
    (folder / "js/other.js").write_text("export const one = 2;\n")
    assert len({before, renamed, assets.build_of(folder)}) == 3


def test_in_development_a_changed_file_shows_at_once(folder: Path) -> None:
    client, wrapper = make_app(folder, debug=True)
    old = wrapper.asset("js/app.js")
    (folder / "js/app.js").write_text("changed")
    (folder / "css/base.css").write_text(".changed{}")
    os.utime(folder / "js/app.js", ns=(1, 2**62))
    wrapper._checked = 0
    new = wrapper.asset("js/app.js")
    assert new != old
    assert client.get(new, buffered=True).data == b"changed"
    assert "immutable" not in client.get(new, buffered=True).headers["Cache-Control"]
    assert b".changed" in client.get(wrapper.asset(assets.BUNDLE), buffered=True).data


def test_compressed_copies_are_made_once_served_and_cleared(folder: Path) -> None:
    assert assets.compress(folder) > 0
    assert assets.compress(folder) == 0
    client, wrapper = make_app(folder)
    answer = client.get(wrapper.asset("js/app.js"), headers={"Accept-Encoding": "br"}, buffered=True)
    assert answer.headers["Content-Encoding"] == "br"
    assert brotli.decompress(answer.data) == (folder / "js/app.js").read_bytes()
    (folder / "js/app.js").unlink()
    assets.compress(folder)
    assert not (folder / "js/app.js.br").exists()


@pytest.mark.parametrize("debug", [False, True])
def test_a_copy_of_an_earlier_state_is_not_served(folder: Path, debug: bool) -> None:
    assets.compress(folder)
    (folder / "js/app.js").write_text("export const two = 2;")
    os.utime(folder / "js/app.js", ns=(2**62, 2**62))
    client, wrapper = make_app(folder, debug=debug)
    answer = client.get(wrapper.asset("js/app.js"), headers={"Accept-Encoding": "br, gzip"}, buffered=True)
    assert answer.data == b"export const two = 2;"


def test_a_copy_that_only_looks_older_is_served(folder: Path) -> None:
    assets.compress(folder)
    os.utime(folder / "js/app.js", ns=(2**62, 2**62))
    client, wrapper = make_app(folder)
    answer = client.get(wrapper.asset("js/app.js"), headers={"Accept-Encoding": "br"}, buffered=True)
    assert answer.headers["Content-Encoding"] == "br"


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [
        ("br, gzip", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0", None, bytes),
        ("", None, bytes),
    ],
)
def test_the_style_sheet_is_joined_in_order_and_compressed(
    folder: Path, accepted: str, encoding: str | None, unpack: Callable[[bytes], bytes]
) -> None:
    client, wrapper = make_app(folder)
    answer = client.get(wrapper.asset(assets.BUNDLE), headers={"Accept-Encoding": accepted}, buffered=True)
    assert answer.headers.get("Content-Encoding") == encoding
    assert unpack(answer.data) == b".tokens{color:red}.base{color:red}.ui-x{color:red}.print{color:red}"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert client.head(wrapper.asset(assets.BUNDLE), buffered=True).data == b""


def test_the_whole_style_sheet_is_small() -> None:
    assert len(gzip.compress(CSS.encode(), 6)) <= 15_000
    assert all(len(p.read_text().splitlines()) <= 300 for p in assets.style_parts())


def test_every_file_that_the_style_sheet_names_exists() -> None:
    for address in re.findall(r'url\("([^"]+)"\)', CSS):
        assert (assets.STATIC / "css" / address).resolve().is_file(), address


def test_fonts_for_latin_and_cyrillic_stay_below_120_kib() -> None:
    fonts = sorted(assets.STATIC.glob("vendor/fontsource*/*.woff2"))
    assert sum(f.stat().st_size for f in fonts) <= 120 * 1024


def test_a_vendored_file_is_found_without_its_version() -> None:
    assert (assets.STATIC / assets.vendor("leaflet", "leaflet.js")).is_file()
    with pytest.raises(KeyError):
        assets.vendor("leaflet", "no.js")


# Colours ---------------------------------------------------------------------------------------------------------


def block(selector: str) -> dict[str, str]:
    """Custom properties of the first rule of `selector` that declares colours."""
    body = next(b for b in re.findall(re.escape(selector) + r"\{([^{}]*)\}", CSS) if "--" in b)
    return dict(re.findall(r"(--[\w-]+):([^;]+)", body))


LIGHT = block(":root")
DARK = block(':root[data-theme="dark"]')


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_dark_is_the_same_by_wish_of_the_system_and_of_the_visitor() -> None:
    assert block(':root:not([data-theme="light"])') == DARK


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_pair_of_text_and_ground_passes_aa(theme: dict[str, str]) -> None:
    for ground in ("--paper", "--raised", "--sunken"):
        for text in ("--ink", "--muted", "--in", "--wait", "--danger"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        assert contrast(theme["--edge"], theme[ground]) >= 3, ground
    for state in ("in", "wait", "danger"):
        assert contrast(theme[f"--{state}"], theme[f"--{state}-soft"]) >= 4.5, state
        assert contrast(theme["--ink"], theme[f"--{state}-soft"]) >= 4.5, state
        assert contrast(theme[f"--{state}"], theme["--on-state"]) >= 4.5, state


@pytest.mark.parametrize("name", ACCENTS)
@pytest.mark.parametrize(("theme", "kind"), [(LIGHT, "deep"), (DARK, "bright")], ids=["light", "dark"])
def test_every_accent_passes_aa(name: str, theme: dict[str, str], kind: str) -> None:
    accent = getattr(ACCENTS[name], kind)
    assert block(f'[data-accent="{name}"]')["--accent-light" if kind == "deep" else "--accent-dark"] == accent
    tint = mix(accent, theme["--raised"], 0.09)
    for ground in (theme["--paper"], theme["--raised"], theme["--sunken"], tint):
        assert contrast(accent, ground) >= 4.5, ground
    assert contrast(accent, theme["--on-accent"]) >= 4.5
    assert contrast(theme["--ink"], tint) >= 4.5
    assert contrast(ACCENTS[name].deep, "#ffffff") >= 4.5  # initials on an avatar
    for share in (0.14, 0.26, 0.38):  # cells of the matrix
        assert contrast(theme["--ink"], mix(accent, theme["--raised"], share)) >= 4.5, share


# Compression of answers ------------------------------------------------------------------------------------------


@pytest.fixture
def plain() -> FlaskClient:
    app = Flask("bare")
    compression.init_app(app)

    @app.get("/long")
    def long() -> Response:
        response = Response("word " * 1000, mimetype="text/html")
        response.set_etag("v1")
        return response

    @app.get("/short")
    def short() -> str:
        return "word"

    @app.get("/stream")
    def stream() -> Response:
        return Response(("word " * 1000 for _ in range(2)), mimetype="text/html")

    @app.get("/picture")
    def picture() -> Response:
        return Response(b"x" * 5000, mimetype="image/png")

    return app.test_client()


def test_long_text_is_compressed_and_its_etag_weakened(plain: FlaskClient) -> None:
    answer = plain.get("/long", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.data) == b"word " * 1000
    assert zlib.decompress(answer.data, 31) == b"word " * 1000
    assert answer.headers["ETag"] == 'W/"v1"'
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_the_length_of_a_compressed_answer_varies(plain: FlaskClient) -> None:
    lengths = {len(plain.get("/long", headers={"Accept-Encoding": "gzip"}).data) for _ in range(30)}
    assert len(lengths) > 5


def test_who_does_not_ask_gets_plain_text_with_a_strong_etag(plain: FlaskClient) -> None:
    for wish in ("", "identity", "gzip;q=0"):
        answer = plain.get("/long", headers={"Accept-Encoding": wish})
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["ETag"] == '"v1"'
        assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/short", "/stream", "/picture"])
def test_short_streamed_and_packed_answers_stay_as_they_are(plain: FlaskClient, path: str) -> None:
    answer = plain.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
