"""Uploaded pictures: only pixels are kept. Names, places and cameras that a file carries are gone.

The header is judged before anything is decoded: format by content, size in pixels against bombs.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from . import files
from .errors import N_, Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 60_000_000
COVER = (1600, 900)  # pixels, 16:9
PORTRAIT = (512, 512)


def store_cover(content: bytes, field: str) -> str:
    """Keep an uploaded cover as WebP of at most 1600 × 900 pixels; return its hash. Raises Invalid for `field`."""
    return files.put(_shrunk(content, COVER, field))


def store_portrait(content: bytes, field: str) -> str:
    """Keep an uploaded portrait as square WebP of 512 pixels; return its hash. Raises Invalid for `field`."""
    return files.put(_shrunk(content, PORTRAIT, field))


def _shrunk(content: bytes, size: tuple[int, int], field: str) -> bytes:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise Invalid(N_("This picture has too many pixels. At most 60 million, please."), field)
            if min(width, height) < 16:
                raise Invalid(N_("This picture is too small."), field)
            # JPEG can be decoded at a fraction of its size; asked for in the picture's own shape.
            scale = max(size[0] / width, size[1] / height)
            picture.draft("RGB", (max(1, int(width * scale)), max(1, int(height * scale))))
            upright: Image.Image = ImageOps.exif_transpose(picture)
            fitted = ImageOps.fit(_flat(upright), _at_most(size, upright.size), method=Image.Resampling.BICUBIC)
            out = io.BytesIO()
            fitted.save(out, "WEBP", quality=82, method=4)
            return out.getvalue()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Invalid(N_("We could not read this picture. Please send a JPEG, PNG or WebP file."), field) from error


def _flat(picture: Image) -> Image:
    """Return RGB without transparency (on white)."""
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "P", "PA"}:
        picture = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _at_most(size: tuple[int, int], had: tuple[int, int]) -> tuple[int, int]:
    """Return `size`, or smaller in the same shape where the picture has fewer pixels."""
    scale = min(1.0, had[0] / size[0], had[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
