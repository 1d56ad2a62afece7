"""Drawn pictures for what has no photograph: covers from a key, initials in a coloured circle.

The same key always gives the same picture, so answers never expire. Uploaded pictures are served from here as well,
by the hash of their content.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from html import escape

from flask import Blueprint, Flask, Response, abort, request, send_file

from organizer.core import files
from organizer.web.covers import ACCENTS, Scene, scene
from organizer.web.security import limiter

__all__ = ["ACCENTS", "avatar_svg", "cover_svg", "create_blueprint", "init_app", "initials", "tone"]

_KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
_MAGIC = {"image/jpeg": rb"\xff\xd8\xff", "image/png": rb"\x89PNG\r\n\x1a\n", "image/webp": rb"RIFF....WEBP"}
_NAMES = tuple(ACCENTS)


def tone(key: str) -> str:
    """One of the twelve accents, always the same for the same key."""
    return _NAMES[hashlib.blake2b(str(key).encode(), digest_size=2).digest()[0] % len(_NAMES)]


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """One or two letters for `name`; one for scripts without capitals and for emoji; "?" if there is nothing to show.

    Of a mail address, which stands for a name not yet told, what is left of the @ counts.
    """
    name = name.partition("@")[0] or name
    words = [w for w in re.split(r"[\s._·-]+", unicodedata.normalize("NFC", name)) if any(c.isalnum() for c in w)]
    if not words:
        visible = [c for c in name if unicodedata.category(c) == "So"]
        return visible[0] if visible else "?"
    first = next(c for c in words[0] if c.isalnum())
    if first.lower() == first.upper() or len(words) == 1:
        return first.upper()
    return (first + next(c for c in words[-1] if c.isalnum())).upper()


@lru_cache(maxsize=1024)
def cover_svg(key: str, accent: str | None = None) -> str:
    """A 16:9 cover, 960 × 540: two tones of one hue and a shape. Its middle square is a good picture too.

    `accent` is one of ACCENTS; without it the key chooses.
    """
    return scene(key, accent if accent in ACCENTS else tone(key)).svg()


def avatar_svg(name: str, key: str) -> str:
    """White initials on a dark enough circle (4.5:1 at least), 80 × 80."""
    letters = escape(initials(name))
    size = 30 if len(letters) > 1 else 36
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80" width="80" height="80">'
        f'<circle cx="40" cy="40" r="40" fill="{ACCENTS[tone(key)].deep}"/>'
        f'<text x="40" y="40" dy=".36em" text-anchor="middle" font-family="Onest, system-ui, sans-serif" '
        f'font-weight="650" font-size="{size}" fill="#fff">{letters}</text></svg>'
    )


@lru_cache(maxsize=64)
def cover_png(key: str, accent: str | None = None) -> bytes:
    """The cover as a PNG of 1200 × 630, the size that link previews want."""
    drawn: Scene = scene(key, accent if accent in ACCENTS else tone(key))
    return drawn.png(1200, 630)


def _svg(text: str) -> Response:
    response = Response(text, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return _for_ever(response)


def _for_ever(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def create_blueprint() -> Blueprint:
    """Routes of drawn and uploaded pictures; all answers may be kept for ever."""
    bp = Blueprint("pictures", __name__, url_prefix="/pictures")

    @bp.get("/covers/<key>.svg")
    def cover(key: str) -> Response:
        """A drawn cover; `a` names an accent."""
        return _svg(cover_svg(key, request.args.get("a"))) if _KEY.fullmatch(key) else abort(404)

    @bp.get("/covers/<key>.png")
    @limiter.limit("60 per minute")  # 70 ms each, for any key that somebody thinks of
    def cover_preview(key: str) -> Response:
        """The drawn cover for link previews, which take no SVG."""
        if not _KEY.fullmatch(key):
            abort(404)
        return _for_ever(Response(cover_png(key, request.args.get("a")), mimetype="image/png"))

    @bp.get("/avatars/<key>.svg")
    def avatar(key: str) -> Response:
        """Initials; `n` is the name or the initials themselves."""
        return _svg(avatar_svg(request.args.get("n", "")[:80], key)) if _KEY.fullmatch(key) else abort(404)

    @bp.get("/<digest>")
    def upload(digest: str) -> Response:
        """An uploaded picture by the hash of its content. Anything that is not a picture is not found."""
        path = files.find(digest)
        if path is None:
            abort(404)
        with path.open("rb") as file:
            head = file.read(16)
        kind = next((mime for mime, magic in _MAGIC.items() if re.match(magic, head, re.DOTALL)), None)
        if kind is None:
            abort(404)
        return _for_ever(send_file(path, mimetype=kind, etag=digest))

    return bp


def picture_url(digest: str | None) -> str:
    """The address of an uploaded picture."""
    return f"{request.script_root}/pictures/{digest}"


def cover_url(key: str, accent: str | None = None) -> str:
    """The address of a drawn cover."""
    return f"{request.script_root}/pictures/covers/{key}.svg" + (f"?a={accent}" if accent else "")


def init_app(app: Flask) -> None:
    """Register the routes, and the names that templates use."""
    app.register_blueprint(create_blueprint())
    app.jinja_env.filters.update(initials=initials, tone=tone)
    app.jinja_env.globals.update(picture_url=picture_url, cover_url=cover_url, ACCENTS=_NAMES)
