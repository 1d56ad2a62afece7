"""Blobs by content hash, on disk. A file is complete or absent: temporary file, fsync, rename."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from flask import Flask, current_app

_HASH = re.compile(r"[0-9a-f]{64}")


def init_app(app: Flask, folder: Path) -> None:
    """Keep blobs below `folder`."""
    app.extensions["files"] = folder


def put(content: bytes) -> str:
    """Store `content` and return its SHA-256 in hex (64 digits). Storing it again changes nothing."""
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{digest}-{secrets.token_hex(4)}")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    return digest


def find(digest: str) -> Path | None:
    """Return the path of the blob named by `digest`, or None if that is no hash or not here."""
    if not _HASH.fullmatch(digest):
        return None
    path = _path(digest)
    return path if path.exists() else None


def _path(digest: str) -> Path:
    folder: Path = current_app.extensions["files"]
    return folder / digest[:2] / digest[2:]
