"""A real browser on a real server: SQLite in a temporary folder, a port of its own, Debian's Chromium.

`live_server` serves the application from a thread of this process, so a test can arrange data with `live_server.given`.
`phone` and `desktop` are pages of fresh visitors; `open_page` makes more of them. What breaks the content security policy
or throws in a page is collected and fails the test at its end; a test that provokes it clears the list.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright
from waitress.server import create_server

from organizer import create_app
from organizer.core.db import db, unit_of_work
from tests import conftest as base
from tests.e2e.post import Post
from tests.factories import sign_in

HERE = Path(__file__).parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PATIENCE = 10_000  # milliseconds that a page may take for one step on a busy machine
expect.set_options(timeout=PATIENCE)

Launch = Callable[..., Browser]
OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if HERE in Path(str(item.path)).parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class LiveServer:
    """The running application and how to arrange things in it."""

    app: Flask
    url: str

    def given(self, arrange: Callable[[], Any]) -> Any:
        """Run `arrange` in a unit of work of its own and return what it returns."""
        with self.app.app_context(), unit_of_work():
            return arrange()

    def sign_in(self, context: BrowserContext, account_id: int) -> None:
        """Sign the account in, in a browser context (`page.context`)."""
        client = self.app.test_client()
        sign_in(client, account_id)
        name = str(self.app.config["SESSION_COOKIE_NAME"])
        cookie = client.get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "url": self.url, "httpOnly": True}])


@pytest.fixture
def server_settings() -> dict[str, Any]:
    """Settings of `live_server` beyond the usual; override it in a test file."""
    return {}


@pytest.fixture
def live_server(
    _templates: dict[str, str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    server_settings: dict[str, Any],
) -> Iterator[LiveServer]:
    """An application with an empty, migrated database on a free port; CSRF protection is on, as for real people."""
    if "sqlite" not in _templates:
        folder = tmp_path_factory.mktemp("template")
        base._migrated(folder, "")
        _templates["sqlite"] = str(folder / "organizer.db")
    shutil.copyfile(_templates["sqlite"], tmp_path / "organizer.db")
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    app = create_app(base.settings_for(tmp_path, url=url, rate_limits=False, **server_settings), TESTING=True)
    server = create_server(app, sockets=[door], threads=6, clear_untrusted_proxy_headers=True)
    thread = threading.Thread(target=server.run, name="live server", daemon=True)
    thread.start()
    try:
        yield LiveServer(app, url)
    finally:
        # Waitress ends its loop when nothing is left to listen to; it must be told from its own thread.
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
        thread.join(timeout=5)
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright's driver, one a run."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def launch(playwright_driver: Playwright) -> Iterator[Launch]:
    """`launch("--use-file-for-fake-video-capture=/path.mjpeg")`: one more Chromium with these flags as well."""
    path = shutil.which("chromium")
    if path is None:
        message = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    started: list[Browser] = []

    def start(*flags: str) -> Browser:
        started.append(playwright_driver.chromium.launch(executable_path=path, args=[*FLAGS, *flags]))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Browser:
    """One Chromium for the whole run; its fake camera shows a test picture."""
    return launch()


@pytest.fixture
def csp_violations() -> Iterator[list[str]]:
    """What pages of this test were refused by the content security policy; it must be empty at the end."""
    seen: list[str] = []
    yield seen
    assert seen == []


@pytest.fixture
def page_errors() -> Iterator[list[str]]:
    """What scripts of this test's pages threw; it must be empty at the end."""
    seen: list[str] = []
    yield seen
    assert seen == []


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, csp_violations: list[str], page_errors: list[str]
) -> Iterator[OpenPage]:
    """`open_page(width=390, height=844, from_browser=…, **context options)`: a page of a new visitor.

    Addresses are relative to the live server: `page.goto("/map")`.
    """
    contexts: list[BrowserContext] = []

    def make(width: int, height: int, from_browser: Browser | None = None, **options: Any) -> Page:
        usual: dict[str, Any] = {"base_url": live_server.url, "locale": "en-GB", "timezone_id": "Europe/Sofia"}
        context = (from_browser or browser).new_context(viewport={"width": width, "height": height}, **usual | options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.expose_binding("__violated", lambda _source, text: csp_violations.append(text))
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => __violated("
            "`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`), true)"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: page_errors.append(_said(error)))
        return page

    yield make
    for context in contexts:
        context.close()


def _said(error: Error) -> str:
    return f"{error.message}\n{error.stack or ''}".strip()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A visitor with a phone: 390 × 844, touch."""
    return open_page(**PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    """A visitor with a laptop: 1280 × 800."""
    return open_page(**DESKTOP)


@pytest.fixture
def post() -> Iterator[Post]:
    """A real mail server; give `post.settings` to `server_settings`, and letters arrive while the form is answered."""
    office = Post()
    yield office
    office.close()
