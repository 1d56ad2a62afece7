"""The empty map, made by folium: container and start script, the same for every page and visitor.

folium never sees what people wrote; events come as GeoJSON and are drawn by our own modules. It costs 0.3 s and 50 MiB to
import, so a process of its own makes the two texts once, and they are kept in the instance folder under a name that
changes with this file and with folium. The header that folium would write is dropped: foreign hosts, inline styles, and
a viewport that forbids zooming.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

PATIENCE = 60  # seconds for the making process, which takes half a second


@dataclass(frozen=True)
class Shell:
    """HTML of the container, and the script that makes a Leaflet map in it. Needs `L`; goes under the page's nonce."""

    html: str
    script: str


def shell(folder: Path) -> Shell:
    """The shell, from memory, from `folder` or made now."""
    return _kept(folder / f"map-shell-{_fingerprint()}.json")


@lru_cache(maxsize=4)
def _kept(path: Path) -> Shell:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        draft.write_bytes(_made_elsewhere())
        os.replace(draft, path)  # two processes that start at once write the same
    return Shell(**json.loads(path.read_bytes()))


def _made_elsewhere() -> bytes:
    command = [sys.executable, "-m", "organizer.maps.shells"]
    return subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout  # noqa: S603


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    return hashlib.sha256(Path(__file__).read_bytes() + version("folium").encode()).hexdigest()[:12]


def make() -> Shell:
    """Have folium draw the map. Slow to import: call `shell` instead."""
    import folium
    from branca.element import Figure, MacroElement
    from jinja2 import Template

    class BaseMap(folium.Map):
        """A map that loads nothing by itself: the page brings the vendored Leaflet."""

        default_js: list[tuple[str, str]] = []
        default_css: list[tuple[str, str]] = []

    class Events(MacroElement):
        """Hands the map to our module, which fetches GeoJSON and builds every marker and popup from text nodes."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]

        _template = Template(
            "{% macro script(this, kwargs) %}L.organizer = {{ this._parent.get_name() }};{% endmacro %}"
        )

    # Options of Leaflet in their own spelling pass through; snake case would not reach it.
    drawn = BaseMap(
        location=[25, 12],
        zoom_start=2,
        tiles=None,
        control_scale=False,
        zoom_control=False,
        attributionControl=False,
        minZoom=1,
        maxZoom=18,
        worldCopyJump=True,
        maxBoundsViscosity=1,
        zoomSnap=1,
    )
    drawn._id = "events"  # a name that does not change from one making to the next
    drawn.add_child(Events())
    root = drawn.get_root()
    assert isinstance(root, Figure)
    root.render()
    return Shell(" ".join(root.html.render().split()), " ".join(root.script.render().split()))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(make())))
