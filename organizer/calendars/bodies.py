"""Feeds kept compressed on disk, by the state they show. All of it may be deleted at any time."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import zlib
from dataclasses import dataclass
from pathlib import Path

LEVEL = 6
SMALL = 256 * 1024  # bytes that are compressed while somebody waits (8 ms); more than that a worker does
MOST_FILES = 200  # beyond this the longest unchanged go first


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a calendar, or its gzip form."""

    data: bytes
    gzipped: bool = False


def squeeze(data: bytes) -> bytes:
    """`data` as gzip (RFC 1952), always the same bytes for the same text: no time, no name."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()


def unsqueezed(data: bytes) -> bytes:
    """The text of what `squeeze` made."""
    return zlib.decompress(data, zlib.MAX_WBITS | 16)


class Shelf:
    """Compressed bodies below one folder, one file for each feed: a newer state takes the place of an older one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, feed: str, tag: str) -> bytes | None:
        """The compressed body of `feed` in the state `tag`, if it is here."""
        try:
            return self._path(feed, tag).read_bytes()
        except OSError:
            return None

    def put(self, feed: str, tag: str, squeezed: bytes) -> None:
        """Keep a body, whole or not at all, and drop earlier states. A full disk is no error: feeds get on without."""
        path = self._path(feed, tag)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(squeezed)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            for other in self.folder.glob(f"{path.name.partition('-')[0]}-*"):
                if other != path:
                    other.unlink(missing_ok=True)
            self._prune()

    def _prune(self) -> None:
        files = [(path.stat().st_mtime, path) for path in self.folder.iterdir()]
        for _, path in sorted(files)[: max(0, len(files) - MOST_FILES)]:
            path.unlink(missing_ok=True)

    def _path(self, feed: str, tag: str) -> Path:
        return self.folder / f"{_digest(feed)}-{_digest(tag)}.gz"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
