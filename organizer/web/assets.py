"""Static files under one hashed prefix: `/static/<build>/<path>` may be kept for ever, `/static/<path>` shortly.

`build` is a hash over everything in static/, so modules that import each other by relative addresses change
together. The style sheet is joined from its parts in memory, hence never stale. `python -m organizer.web.assets`
writes compressed copies beside the files (ignored by git); without them files go out uncompressed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
from flask import Flask
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATIC = Path(__file__).resolve().parents[1] / "static"
BUNDLE = "css/organizer.css"
COMPRESSED = {".css", ".js", ".json", ".svg", ".wasm", ".webmanifest"}
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}
_HASHED = re.compile(r"/static/([0-9a-f]{10})/(.+)")
_SHORT = 300  # seconds that an unhashed address may be kept


def sources(folder: Path = STATIC) -> list[Path]:
    """All files that are ours to serve, without compressed copies, in a fixed order."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix not in {".br", ".gz"})


def build_of(folder: Path = STATIC) -> str:
    """Ten hex digits that change with any byte or name below `folder`."""
    whole = hashlib.sha256()
    for path in sources(folder):
        whole.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:10]


def style_parts(folder: Path = STATIC) -> list[Path]:
    """The parts of the style sheet in cascade order: tokens, base, parts, pages of features, print."""
    css = folder / "css"
    named = [css / "tokens.css", css / "base.css", *sorted(css.glob("ui-*.css"))]
    rest = set(css.glob("*.css")) - {*named, css / "print.css"}
    return [*named, *sorted(rest), css / "print.css"]


def bundle(folder: Path = STATIC) -> bytes:
    """The whole style sheet, without comments and needless white space."""
    text = "\n".join(path.read_text() for path in style_parts(folder))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text).replace(": ", ":").replace(";}", "}")
    return text.strip().encode()


class _Files(WhiteNoise):  # type: ignore[misc]
    """Answers with a compressed copy only where it holds the file as it is now, whatever was changed since it was made."""

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, os.stat_result] | None = None) -> Any:
        copies = [copy for ending, unpack in _COPIES.items() if _is_copy(path, copy := path + ending, unpack)]
        known = {name: os.stat(name) for name in (path, *copies) if os.path.exists(name)}
        return super().get_static_file(path, url, known or stat_cache)


def _is_copy(path: str, copy: str, unpack: Callable[[bytes], bytes]) -> bool:
    """Whether `copy` is `path` compressed. Times decide where they can: an installer writes files in any order."""
    original, packed = Path(path), Path(copy)
    try:
        return (
            packed.stat().st_mtime >= original.stat().st_mtime or unpack(packed.read_bytes()) == original.read_bytes()
        )
    except FileNotFoundError:
        return False


_COPIES: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".br": brotli.decompress}


class Assets:
    """The WSGI wrapper that answers `/static/…`, and the maker of addresses for templates."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, debug: bool, folder: Path = STATIC) -> None:
        self.application = application
        self.debug = debug
        self.folder = folder
        self._checked = 0.0
        self._stamp: tuple[int, int] = (0, 0)
        self._refresh()
        self.files = _Files(
            application,
            autorefresh=debug,
            max_age=0 if debug else _SHORT,
            allow_all_origins=False,
            add_headers_function=_add_headers,
            mimetypes=TYPES,
        )
        self.files.add_files(str(folder), prefix="static/")
        if not debug:
            self.files.immutable_file_test = lambda _path, url: url.startswith(f"/static/{self.build}/")
            self.files.add_files(str(folder), prefix=f"static/{self.build}/")

    def _refresh(self) -> None:
        self.build = build_of(self.folder)
        self.css = bundle(self.folder)
        self.css_gzip = gzip.compress(self.css, 9, mtime=0)
        self.css_brotli = brotli.compress(self.css, quality=9)

    def current_build(self) -> str:
        """The build to put into addresses; in development it follows the files, looked at once a second."""
        if self.debug and time.monotonic() - self._checked > 1:
            self._checked = time.monotonic()
            stats = [path.stat().st_mtime_ns for path in sources(self.folder)]
            if (stamp := (max(stats, default=0), len(stats))) != self._stamp:
                self._stamp = stamp
                self._refresh()
        return self.build

    def asset(self, path: str) -> str:
        """The address of a static file, for example `asset("js/app.js")`."""
        return f"/static/{self.current_build()}/{path}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what lies below /static/; hand everything else on."""
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith("/static/"):
            return self.application(environ, start_response)
        hashed = _HASHED.fullmatch(path)
        # Pages of an earlier build still lie in caches: they get today's file, but may not keep it.
        if hashed and (self.debug or hashed[1] != self.build):
            path = environ["PATH_INFO"] = f"/static/{hashed[2]}"
        if path.endswith(f"/{BUNDLE}"):
            return self._answer_bundle(path, environ, start_response)
        answer: Iterable[bytes] = self.files(environ, start_response)
        return answer

    def _answer_bundle(self, path: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        kept = "max-age=315360000, public, immutable" if path != f"/static/{BUNDLE}" else f"max-age={_SHORT}, public"
        headers = [
            ("Content-Type", "text/css; charset=utf-8"),
            ("Cache-Control", "no-cache" if self.debug else kept),
            ("Vary", "Accept-Encoding"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        body = self.css
        if re.search(r"\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted):
            body = self.css_brotli
            headers.append(("Content-Encoding", "br"))
        elif re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted):
            body = self.css_gzip
            headers.append(("Content-Encoding", "gzip"))
        headers.append(("Content-Length", str(len(body))))
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _add_headers(headers: object, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]


def vendor(package: str, name: str) -> str:
    """The path of a vendored file whatever its version: `asset(vendor("leaflet", "leaflet.js"))`.

    Raises KeyError if there is none, at the first rendering of the page that wants it.
    """
    return _vendored()[f"{package.lstrip('@').replace('/', '-')}", name]


def _vendored() -> dict[tuple[str, str], str]:
    if not _paths:
        for path in json.loads((STATIC / "vendor" / "manifest.json").read_text()):
            if path.startswith("vendor/"):
                _, folder, name = path.split("/", 2)
                _paths[folder.rpartition("-")[0], name] = path
    return _paths


_paths: dict[tuple[str, str], str] = {}


def init_app(app: Flask) -> None:
    """Wrap `app` and give templates `asset` and `vendor`."""
    wrapper = Assets(app.wsgi_app, debug=app.debug)
    app.wsgi_app = wrapper  # type: ignore[method-assign]
    app.extensions["assets"] = wrapper
    app.jinja_env.globals.update(asset=wrapper.asset, vendor=vendor)


def compress(folder: Path = STATIC) -> int:
    """Write `.br` and `.gz` beside every file that shrinks by it; return how many files were written."""
    written = 0
    for path in sources(folder):
        if path.suffix not in COMPRESSED or path.parent == folder / "css":
            continue
        data = path.read_bytes()
        for ending, squeeze in ((".br", brotli.compress), (".gz", lambda d: gzip.compress(d, 9, mtime=0))):
            copy = path.with_name(path.name + ending)
            if copy.exists() and copy.stat().st_mtime >= path.stat().st_mtime:
                continue
            copy.write_bytes(squeeze(data))
            written += 1
    for copy in (p for p in folder.rglob("*") if p.suffix in {".br", ".gz"} and not p.with_suffix("").exists()):
        copy.unlink()
    return written


if __name__ == "__main__":
    if made := compress():
        sys.stdout.write(f"{made} compressed copies written\n")
