"""QR codes of tickets: always black on white with the quiet zone of the standard (4 modules).

The matrix comes from `qrcode` with a fixed mask: choosing the best of eight masks costs five times as
much and read back no better. `qrcode` is imported at first use; most processes never draw.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import Final

QUIET_MODULES: Final = 4
MASK: Final = 3

Matrix = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=8)  # a letter shows the same code as a picture and on paper
def matrix(text: str) -> Matrix:
    """The dark modules of `text` as a square QR code, level M, without the quiet zone.

    Text of the alphanumeric alphabet (tickets) uses that mode: 120 characters give 37 × 37 modules.
    """
    from qrcode import QRCode, constants, util

    mode = util.optimal_mode(text.encode())
    code = QRCode(
        version=5 if mode == util.MODE_ALPHA_NUM and len(text) == 120 else None,
        error_correction=constants.ERROR_CORRECT_M,
        border=0,
        mask_pattern=MASK,
    )
    code.add_data(util.QRData(text.encode(), mode=mode, check_data=False), optimize=0)
    code.make(fit=code.version is None)
    return tuple(tuple(map(bool, row)) for row in code.modules)


def runs(modules: Matrix) -> list[tuple[int, int, int]]:
    """The dark stripes as (row, first column, length)."""
    found = []
    for y, row in enumerate(modules):
        start = -1
        for x, dark in enumerate(row):
            if dark:
                if start < 0:
                    start = x
            elif start >= 0:
                found.append((y, start, x - start))
                start = -1
        if start >= 0:
            found.append((y, start, len(row) - start))
    return found


def svg(text: str, title: str = "") -> str:
    """The QR code as a standalone SVG of at most 3 kB: one white square, one black path of stripes."""
    from markupsafe import escape

    modules = matrix(text)
    side = len(modules) + 2 * QUIET_MODULES
    path: list[str] = []
    row, pen = -1, 0
    for y, x, length in runs(modules):
        if y != row:
            path.append(f"M{x + QUIET_MODULES} {y + QUIET_MODULES}.5h{length}")
        else:
            path.append(f"m{x - pen} 0h{length}")
        row, pen = y, x + length
    label = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side * 8}" '
        f'height="{side * 8}" shape-rendering="crispEdges">{label}'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path stroke="#000" d="{"".join(path)}"/></svg>'
    )


def png(text: str, module_pixels: int = 12) -> bytes:
    """The QR code as a two-colour PNG, every module `module_pixels` pixels wide.

    Written by hand (RFC 2083): one bit a pixel, and a row of modules is one row of pixels and zeros, since each further
    row is told by its difference to the one above.
    """
    modules = matrix(text)
    side = (len(modules) + 2 * QUIET_MODULES) * module_pixels
    width = (side + 7) // 8
    white = _row("1" * side, width)
    margin = "1" * (QUIET_MODULES * module_pixels)
    rows = [_row(margin + "".join("10"[dark] * module_pixels for dark in row) + margin, width) for row in modules]
    quiet = [white] * QUIET_MODULES
    same = (_UP + bytes(width)) * (module_pixels - 1)
    pixels = b"".join(_PLAIN + row + same for row in (*quiet, *rows, *quiet))
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(pixels, 6)) + _chunk(b"IEND", b"")


_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PLAIN, _UP = b"\0", b"\2"  # how a row is told: as it is, or by the one above


def _row(bits: str, width: int) -> bytes:
    return int(bits.ljust(width * 8, "0"), 2).to_bytes(width)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
