"""The pictures of the README and the guides, taken by a real browser from the demo community.

    python bench/screenshots.py [FOLDER]        (`make screenshots`)

The clock stands at one morning and keys come from a seed, so pictures change only when pages do.
Ends with 1 if a picture is larger than a page of documentation should load.
"""

from __future__ import annotations

import random
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
import time_machine  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from flask import Flask  # noqa: E402
from flask_migrate import upgrade  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from waitress.server import create_server  # noqa: E402

from organizer import create_app, demo  # noqa: E402
from organizer.accounts import service as accounts  # noqa: E402
from organizer.checkin import keyring  # noqa: E402
from organizer.core.db import db, unit_of_work  # noqa: E402
from organizer.demo import loading  # noqa: E402
from organizer.events.models import Event  # noqa: E402
from organizer.settings import Settings  # noqa: E402

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # a Tuesday
TITLE = "Golden hour at the Eagles' Bridge"
FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 250_000
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}


def main(folder: Path) -> int:
    """Take all pictures and say how large each is."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    # The demo draws covers and faces from keys; the same keys give the same drawings.
    with (
        time_machine.travel(MORNING),
        mock.patch("organizer.core.ids.secrets.randbits", rng.getrandbits),
        tempfile.TemporaryDirectory() as instance,
        served(Path(instance)) as (app, url),
        chromium() as browser,
    ):
        key = prepared(app)
        for name, picture in pictures(browser, app, url, key):
            (folder / f"{name}.png").write_bytes(squeezed(picture))
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.png"))}
    for file_name, size in sizes.items():
        print(f"{file_name:<24}{size / 1000:>6.0f} KB")
    return 1 if max(sizes.values()) > MOST_BYTES else 0


def pictures(browser: Browser, app: Flask, url: str, key: str) -> Iterator[tuple[str, bytes]]:
    """The pictures by name: what a visitor sees, then what runs the meeting."""
    phone, laptop = opened(browser, url, PHONE), opened(browser, url, LAPTOP)
    yield "event-phone", shot(phone, f"/events/{key}")
    yield "map", shot(laptop, "/map", wait_for=".leaflet-marker-icon")
    phone.goto(f"/events/{key}/rsvp")
    phone.fill("[name=name]", "Elena Ilieva")
    phone.fill("[name=email]", "elena@demo.example")
    phone.click("main form button[type=submit]")
    yield "ticket-phone", shot(phone, str(phone.get_attribute("main a[href^='/tickets/']", "href")))
    sign_in(laptop, app)
    yield "manage", shot(laptop, f"/c/{loading.SLUG}/manage")


def shot(page: Page, address: str, wait_for: str = "main") -> bytes:
    """The first screen of a page once it has come to rest."""
    page.goto(address, wait_until="networkidle")
    page.wait_for_selector(wait_for)
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(600)  # markers and bars have grown to their size
    return page.screenshot(animations="disabled")


def squeezed(picture: bytes) -> bytes:
    """The same picture with a palette: a quarter of the bytes, and no difference that an eye finds."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    small = BytesIO()
    image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def prepared(app: Flask) -> str:
    """Load the demo, with a well-known key for its tickets; return the key of the event to be shown."""
    well_known = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    keyring.store(Path(app.instance_path), keyring.KeyRing(1, {1: well_known}))
    with app.app_context():
        demo.load()
        key = db.session.scalar(sa.select(Event.key).where(Event.title == TITLE))
    assert key is not None, "the demo has no such event any more"
    return key


def sign_in(page: Page, app: Flask) -> None:
    """Sign the demo's owner in by a link."""
    with app.app_context(), unit_of_work():
        owner = accounts.account_for(loading.OWNER)
        assert owner is not None
        link = accounts.sign_in_link(owner)
    page.goto(link)
    page.click("main form button[type=submit]")


def opened(browser: Browser, url: str, device: dict[str, Any]) -> Page:
    """A fresh visitor from Sofia whose clock stands as the server's does."""
    context = browser.new_context(base_url=url, locale="en-GB", timezone_id="Europe/Sofia", **device)
    context.clock.install(time=MORNING)
    return context.new_page()


@contextmanager
def served(instance: Path) -> Iterator[tuple[Flask, str]]:
    """An application on a fresh database, answering at an address of its own."""
    door = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    chosen = Settings.from_env({}, instance=str(instance), url=url, log_level="ERROR", rate_limits=False)
    app = create_app(chosen)
    with app.app_context():
        upgrade()
    server = create_server(app, sockets=[door], threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield app, url
    server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The distribution's browser."""
    path = shutil.which("chromium")
    if path is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
