"""The Ed25519 keys that sign tickets: a small file of the instance folder, with room for rotation."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE_NAME: Final = "ticket-keys.json"
LAST_KEY_ID: Final = 255  # the ticket has one byte for it


class KeyRingFull(RuntimeError):
    """255 keys have been made; the ticket format has no room for another."""


@dataclass(frozen=True)
class KeyRing:
    """All keys by their id (1 … 255), and the id of the one that signs today."""

    current: int
    private: dict[int, Ed25519PrivateKey]

    @cached_property
    def public(self) -> dict[int, Ed25519PublicKey]:
        """The keys that verify, by id."""
        return {key_id: key.public_key() for key_id, key in self.private.items()}

    @property
    def public_bytes(self) -> dict[int, bytes]:
        """The same as 32 raw bytes each: what WebCrypto imports at an offline door."""
        return {key_id: key.public_bytes_raw() for key_id, key in self.public.items()}

    @classmethod
    def fresh(cls) -> KeyRing:
        """A ring with one new key."""
        return cls(1, {1: Ed25519PrivateKey.generate()})

    def rotated(self) -> KeyRing:
        """The ring with a new signing key. Tickets signed with the old ones stay good."""
        key_id = max(self.private) + 1
        if key_id > LAST_KEY_ID:
            raise KeyRingFull("no key id is left")
        return KeyRing(key_id, {**self.private, key_id: Ed25519PrivateKey.generate()})

    def without(self, key_id: int) -> KeyRing:
        """The ring without a key: every ticket it signed is refused from now on."""
        if key_id == self.current:
            raise ValueError("the signing key cannot be dropped; rotate first")
        if key_id not in self.private:
            raise ValueError(f"there is no key {key_id}")
        return KeyRing(self.current, {kid: key for kid, key in self.private.items() if kid != key_id})

    def to_json(self) -> str:
        """The file's content: version, id of the signing key, private keys as base64."""
        keys = {str(key_id): base64.b64encode(key.private_bytes_raw()).decode() for key_id, key in self.private.items()}
        return json.dumps({"version": 1, "current": self.current, "keys": keys}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> KeyRing:
        """Read what `to_json` wrote. Raises ValueError when the file is damaged."""
        data = json.loads(text)
        try:
            private = {
                int(key_id): Ed25519PrivateKey.from_private_bytes(base64.b64decode(key, validate=True))
                for key_id, key in data["keys"].items()
            }
            current = int(data["current"])
        except (KeyError, TypeError, AttributeError) as damaged:
            raise ValueError("the ticket key file is damaged") from damaged
        if current not in private or not all(0 < key_id <= LAST_KEY_ID for key_id in private):
            raise ValueError("the ticket key file names a key that is not there")
        return cls(current, private)


def load(folder: Path) -> KeyRing:
    """The key ring of an instance folder; made on first use, by exactly one of many processes.

    The file is read again only after it has changed, so a rotation is seen without a restart.
    """
    path = folder / FILE_NAME
    try:
        changed_ns = path.stat().st_mtime_ns
    except FileNotFoundError:
        _create(path, KeyRing.fresh())
        changed_ns = path.stat().st_mtime_ns
    return _read(path, changed_ns)


def store(folder: Path, ring: KeyRing) -> None:
    """Replace the key file by `ring` in one step; readable by its owner only."""
    path = folder / FILE_NAME
    draft = _draft(path, ring)
    draft.replace(path)


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int) -> KeyRing:
    return KeyRing.from_json(path.read_text("utf-8"))


def _create(path: Path, ring: KeyRing) -> None:
    """Write a first file unless another process was faster: a link never replaces what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, ring)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, ring: KeyRing) -> Path:
    """The ring in a private file beside `path`, safely on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(ring.to_json())
        file.flush()
        os.fsync(file.fileno())
    return draft
