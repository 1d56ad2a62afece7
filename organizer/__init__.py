"""Organizer: communities run offline meetups and tours with it."""

from organizer._version import __version__
from organizer.app import create_app

__all__ = ["__version__", "create_app"]
