"""The list of features, lowest first, and how each is wired in.

A feature needs no registration beyond its name here: the modules `models`, `subscribers`, `jobs`, `views`, `cli` are loaded
where they exist. `views` offers `blueprints` (a tuple), `cli` offers `commands` (a tuple of click commands).
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Flask

FEATURES = (
    "accounts",
    "communities",
    "places",
    "events",
    "rsvps",
    "checkin",
    "maps",
    "calendars",
    "insights",
    "outreach",
)


def module(feature: str, name: str) -> ModuleType | None:
    """Return `organizer.<feature>.<name>`, or None if the feature has no such module."""
    path = f"organizer.{feature}.{name}"
    return import_module(path) if find_spec(path) else None


def load_models() -> None:
    """Make every table known to the metadata."""
    for feature in FEATURES:
        module(feature, "models")


def init_app(app: Flask) -> None:
    """Register everything that the features bring."""
    load_models()
    for feature in FEATURES:
        module(feature, "subscribers")
        module(feature, "jobs")
        views, cli = module(feature, "views"), module(feature, "cli")
        for blueprint in views.blueprints if views else ():
            app.register_blueprint(blueprint)
        for command in cli.commands if cli else ():
            app.cli.add_command(command)
        if (setup := getattr(views, "init_app", None)) is not None:
            setup(app)
