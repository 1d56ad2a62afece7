"""Commands about events."""

from __future__ import annotations

from .import_cli import import_group
from .upkeep_cli import events_group

commands = (import_group, events_group)
