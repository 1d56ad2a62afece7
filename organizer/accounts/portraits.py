"""Pictures of people: whatever a phone uploads becomes a small square WebP without its metadata."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Final

import structlog

from organizer.core.errors import N_, Invalid

log = structlog.get_logger()
SIDE: Final = 512  # pixels, at most
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS: Final = 25_000_000  # of an upload that must be decoded whole, 4 bytes each
MOST_PIXELS_JPEG: Final = 80_000_000  # decoded at a fraction of its size


class BadPicture(Invalid):
    """The upload is no picture we can use."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "picture")


def portrait(upload: IO[bytes]) -> bytes:
    """Return `upload` upright, its middle square, at most SIDE pixels wide, as WebP without EXIF (no place, no camera).

    Raises BadPicture.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(upload, formats=FORMATS) as image:
            if image.width * image.height > (MOST_PIXELS_JPEG if image.format == "JPEG" else MOST_PIXELS):
                raise BadPicture(N_("This picture has too many pixels. Please take a smaller one."))
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        side = min(SIDE, *upright.size)
        square = ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS)
        paper = Image.new("RGB", square.size, "white")
        paper.paste(square, mask=square)
        out = BytesIO()
        paper.save(out, "WEBP", quality=82, method=4)
        return out.getvalue()
    except BadPicture:
        raise
    except Exception as error:  # decoders of hostile files raise whatever they like
        log.info("picture refused", error=type(error).__name__)
        raise BadPicture(N_("We cannot read this picture. Please choose a JPEG, PNG or WebP file.")) from error
