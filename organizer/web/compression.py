"""Gzip for dynamic text, where no front server does it.

A random number of bytes in the gzip header hides the exact length, so that a secret on the page cannot be guessed
from the size of answers that repeat the visitor's input (BREACH).
"""

from __future__ import annotations

import secrets
import struct
import zlib

from flask import Flask, Response, request

TYPES = frozenset(
    {"text/html", "text/calendar", "text/plain", "text/csv", "text/css", "text/javascript", "image/svg+xml"}
    | {"application/json", "application/geo+json", "application/ld+json", "application/problem+json"}
)
LEAST = 1024  # bytes; below this the header costs more than it saves
LEVEL = 4
MOST_PADDING = 100  # bytes of made-up file name


def squeeze(data: bytes) -> bytes:
    """`data` as one gzip member (RFC 1952) whose file name field has a random length."""
    name = secrets.token_hex(MOST_PADDING // 2)[: secrets.randbelow(MOST_PADDING)].encode()
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    header = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + name + b"\x00"
    trailer = struct.pack("<LL", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return header + packer.compress(data) + packer.flush() + trailer


def compress(response: Response) -> Response:
    """Compress `response` if that is worth while and wanted. Streams and what is encoded already stay as they are.

    A strong ETag promises equal bytes (RFC 9110 §8.8.1); the compressed answer gets the weak form of it, which still
    matches in `If-None-Match`.
    """
    if response.mimetype not in TYPES or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if (
        response.status_code not in range(200, 600)
        or response.status_code in {204, 206, 304}
        or "Content-Encoding" in response.headers
        or not request.accept_encodings["gzip"]
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
