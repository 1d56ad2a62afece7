"""Gzip for dynamic text, where no front server does it.

A random number of bytes in the gzip header hides the exact length, so that a secret on the page cannot be guessed
from the size of answers that repeat the visitor's input (BREACH).
"""

from __future__ import annotations

import secrets
import struct
import zlib
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.http import parse_accept_header

TYPES = frozenset(
    {"text/html", "text/calendar", "text/plain", "text/csv", "text/css", "text/javascript", "image/svg+xml"}
    | {"application/json", "application/geo+json", "application/ld+json", "application/problem+json"}
)
LEAST = 1024  # bytes; below this the header costs more than it saves
LEVEL, ONCE = 2, 7  # of what is compressed for each answer (a tenth larger than 6, in half the time), and once for many
MOST_PADDING = 100  # bytes of made-up file name


def squeeze(data: bytes) -> bytes:
    """`data` as one gzip member (RFC 1952) whose file name field has a random length."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    trailer = struct.pack("<LL", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return _header() + packer.compress(data) + packer.flush() + trailer


def _header() -> bytes:
    name = secrets.token_hex(MOST_PADDING // 2)[: secrets.randbelow(MOST_PADDING)].encode()
    return b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + name + b"\x00"


class Stencil:
    """A text in which one word changes with every answer (a nonce); the rest is compressed once.

    What stands around the word are blocks of DEFLATE (RFC 1951) that know nothing of each other (full flush), the word
    is a stored block between them; so an answer is put together in a tenth of the time that compressing it takes.
    """

    def __init__(self, text: str, word: str) -> None:
        self._parts = [part.encode() for part in text.split(word)]
        packer = zlib.compressobj(ONCE, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._packed = [packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH) for part in self._parts]

    def plain(self, word: str) -> bytes:
        """The text with `word` (fewer than 65,536 bytes) in its places."""
        return word.encode().join(self._parts)

    def gzip(self, word: str) -> bytes:
        """The same as one gzip member, its length hidden as `squeeze` does."""
        raw = word.encode()
        stored = struct.pack("<BHH", 0, len(raw), len(raw) ^ 0xFFFF) + raw
        whole = self.plain(word)
        end = b"\x03\x00" + struct.pack("<LL", zlib.crc32(whole), len(whole) & 0xFFFFFFFF)
        return _header() + stored.join(self._packed) + end


@lru_cache(maxsize=256)
def takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header wants gzip. Browsers send few different ones."""
    return bool(parse_accept_header(header)["gzip"])


def compress(response: Response) -> Response:
    """Compress `response` if that is worth while and wanted. Streams and what is encoded already stay as they are.

    A strong ETag promises equal bytes (RFC 9110 §8.8.1); the compressed answer gets the weak form of it, which still
    matches in `If-None-Match`.
    """
    if response.mimetype not in TYPES or response.is_streamed or response.direct_passthrough:
        return response
    if "Vary" in response.headers:
        response.vary.add("Accept-Encoding")
    else:
        response.headers.add("Vary", "Accept-Encoding")
    if (
        response.status_code not in range(200, 600)
        or response.status_code in {204, 206, 304}
        or "Content-Encoding" in response.headers
        or not takes_gzip(request.headers.get("Accept-Encoding", ""))
    ):
        return response
    data = response.get_data()
    if len(data) < LEAST:
        return response
    response.set_data(squeeze(data))
    response.headers["Content-Encoding"] = "gzip"
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(tag, weak=True)
    return response


def init_app(app: Flask) -> None:
    """Compress the answers of `app`."""
    app.after_request(compress)
