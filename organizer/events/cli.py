"""Commands about events."""

from __future__ import annotations

from .import_cli import import_group

commands = (import_group,)
