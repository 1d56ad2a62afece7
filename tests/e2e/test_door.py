"""The door in a real browser: a camera that sees tickets, answers that fill the screen, and life without a camera."""

from __future__ import annotations

import base64
import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Error, Page, expect

from organizer.checkin import keyring, queries
from organizer.checkin.codes import show_typed
from organizer.checkin.qr import png
from organizer.checkin.tickets import sign
from organizer.core.db import db
from organizer.core.time import now
from organizer.rsvps.links import ticket_token
from organizer.rsvps.models import Rsvp
from tests.e2e.conftest import PHONE, Launch, LiveServer, OpenPage
from tests.factories import make_account, make_event, make_rsvp

# A camera whose picture the test chooses: `__show(address of a picture)`; `__deny = true` refuses it.
CAMERA = """(() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  const pen = canvas.getContext("2d");
  let seen = null;
  setInterval(() => {
    pen.fillStyle = "#667";
    pen.fillRect(0, 0, 1280, 720);
    if (seen) pen.drawImage(seen, 430, 150, 420, 420);
  }, 50);
  window.__show = async (address) => {
    seen = null;
    if (!address) return;
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    seen = picture;
  };
  const getUserMedia = async () => {
    if (sessionStorage.deny) throw new DOMException("no", "NotAllowedError");
    return canvas.captureStream(10);
  };
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia, enumerateDevices: async () => [] } });
})()"""


@pytest.fixture
def door(live_server: LiveServer) -> SimpleNamespace:
    """A walk in an hour with a host, a party of three, somebody of another event; and their tickets."""

    def arrange() -> SimpleNamespace:
        ring = keyring.load(Path(live_server.app.instance_path))
        host = make_account(name="Maria")
        event = make_event(host=host, title="Photo walk", starts_at=now() + timedelta(hours=1), capacity=4)
        other = make_event(event.community, host=host, title="Night walk")
        zoe, olga = make_rsvp(event, name="Zoë Müller", guests=2), make_rsvp(other, name="Olga")
        return SimpleNamespace(
            host_id=host.id,
            key=event.key,
            path=f"/events/{event.key}/door",
            zoe=sign(ring, event.key, zoe.code),
            typed=show_typed(zoe.code),
            token=ticket_token(zoe),
            rsvp_id=zoe.id,
            olga=sign(ring, other.key, olga.code),
        )

    made: SimpleNamespace = live_server.given(arrange)
    return made


@pytest.fixture
def host(phone: Page, live_server: LiveServer, door: SimpleNamespace) -> Page:
    """The host's phone with a camera that the test controls."""
    live_server.sign_in(phone.context, door.host_id)
    phone.add_init_script(CAMERA)
    return phone


def show(page: Page, text: str) -> None:
    """Hold a QR code before the camera ("" takes it away)."""
    address = "data:image/png;base64," + base64.b64encode(png(text)).decode() if text else ""
    page.evaluate("address => __show(address)", address)


def answered(page: Page, word: str) -> None:
    """Wait for the full-screen answer, take the code away, and let the answer go."""
    panel = page.locator("[data-answer]")
    expect(panel.locator("[data-answer-word]")).to_have_text(word)
    expect(panel).to_be_visible()
    expect(page.locator("[data-announce]")).to_contain_text(word)
    page.evaluate("() => __show('')")
    panel.click(position={"x": 20, "y": 20})
    expect(panel).to_be_hidden()


def inside(live_server: LiveServer, key: str) -> int:
    count: int = live_server.given(lambda: queries.count(queries.event_by_key(key)).inside)
    return count


def scanning(page: Page) -> None:
    expect(page.locator("[data-camera]")).to_have_attribute("data-state", "scanning")


def test_each_code_gets_its_answer_and_the_next_one_is_read(
    host: Page, door: SimpleNamespace, live_server: LiveServer
) -> None:
    host.goto(door.path)
    scanning(host)
    show(host, door.zoe)
    answered(host, "Come in")
    expect(host.locator("[data-count]").first).to_contain_text("3 of 3 in")
    show(host, door.olga)
    answered(host, "Another event")
    show(host, "https://example.org/")
    answered(host, "Unknown code")
    show(host, door.zoe)
    expect(host.locator("[data-answer-detail]")).to_contain_text("let in by Maria on this phone")
    answered(host, "Already in")
    assert inside(live_server, door.key) == 3
    expect(host.locator("[data-recent] li")).to_have_count(4)


def test_a_code_that_stays_in_sight_is_one_read(host: Page, door: SimpleNamespace) -> None:
    host.goto(door.path)
    scanning(host)
    show(host, door.zoe)
    expect(host.locator("[data-answer]")).to_be_visible()
    expect(host.locator("[data-answer]")).to_be_hidden()
    host.wait_for_timeout(1500)
    expect(host.locator("[data-recent] li")).to_have_count(1)


def test_typed_code_undo_and_walk_in(host: Page, door: SimpleNamespace, live_server: LiveServer) -> None:
    host.add_init_script("sessionStorage.deny = 'yes'")
    host.goto(door.path)
    expect(host.locator("[data-state-text]")).to_contain_text("type the code")
    host.get_by_label("Code on the ticket").fill(door.typed.lower().replace("-", " "))
    host.get_by_role("button", name="Check", exact=True).click()
    answered(host, "Come in")
    host.get_by_text("Undo").click()
    host.get_by_label("Reason").select_option("Wrong person")
    host.get_by_role("button", name="Take back").click()
    answered(host, "Taken back")
    expect(host.locator("[data-count]").first).to_contain_text("0 of 3 in")
    host.get_by_placeholder("Name or mail").fill("mull")
    host.get_by_role("button", name="Let in Zoë Müller").click()
    answered(host, "Come in")
    host.get_by_label("Name", exact=True).fill("Ana")
    host.get_by_label("Guests with them").fill("1")
    host.get_by_role("button", name="Add and let in").click()
    host.get_by_label("Let in anyway").check()
    host.get_by_role("button", name="Add and let in").click()
    expect(host.locator("#answer")).to_contain_text("Come in")
    assert inside(live_server, door.key) == 5


def test_without_a_network_nothing_turns_green(host: Page, door: SimpleNamespace, live_server: LiveServer) -> None:
    host.goto(door.path)
    scanning(host)
    host.context.set_offline(True)
    show(host, door.zoe)
    answered(host, "No connection")
    assert inside(live_server, door.key) == 0
    host.context.set_offline(False)
    show(host, door.zoe)
    answered(host, "Come in")


def test_the_door_works_without_scripts(open_page: OpenPage, live_server: LiveServer, door: SimpleNamespace) -> None:
    page = open_page(**PHONE, java_script_enabled=False)
    live_server.sign_in(page.context, door.host_id)
    page.goto(door.path)
    expect(page.locator("[data-camera]")).to_be_hidden()
    page.get_by_label("Code on the ticket").fill(door.typed)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("Come in")
    page.reload()  # the answer is an address of its own: nothing is sent again
    assert inside(live_server, door.key) == 3


def test_a_true_video_stream_is_read(
    launch: Launch, open_page: OpenPage, live_server: LiveServer, door: SimpleNamespace, tmp_path: Path
) -> None:
    """The browser's own capture path: a file stands for the camera, and is replaced between two looks."""
    film = tmp_path / "camera.mjpeg"
    _film(film, door.zoe)
    page = open_page(**PHONE, from_browser=launch(f"--use-file-for-fake-video-capture={film}"))
    live_server.sign_in(page.context, door.host_id)
    page.goto(door.path)
    expect(page.locator("[data-answer-word]")).to_have_text("Come in")
    _film(film, door.olga)
    page.reload()
    expect(page.locator("[data-answer-word]")).to_have_text("Another event")


def _film(path: Path, text: str) -> None:
    """Ten JPEG frames, one after another, of a code held at an angle before a grey wall."""
    frame = Image.new("RGB", (640, 480), "#778")
    code = Image.open(BytesIO(png(text, module_pixels=7))).convert("RGBA").rotate(8, expand=True)
    frame.paste(code, (140, 60), code)
    raw = BytesIO()
    frame.save(raw, "JPEG", quality=85)
    draft = path.with_suffix(".new")
    draft.write_bytes(raw.getvalue() * 10)
    os.replace(draft, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_door_and_ticket_are_accessible(host: Page, door: SimpleNamespace, scheme: str, open_page: OpenPage) -> None:
    host.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    host.goto(door.path)
    scanning(host)
    for width, height in ((390, 844), (1280, 800)):
        host.set_viewport_size({"width": width, "height": height})
        assert Axe().run(host).response["violations"] == []
        assert host.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    show(host, door.zoe)
    expect(host.locator("[data-answer]")).to_be_visible()
    assert Axe().run(host).response["violations"] == []
    visitor = open_page(**PHONE, color_scheme=scheme)
    visitor.goto(f"/tickets/{door.token}")
    assert Axe().run(visitor).response["violations"] == []
    box = visitor.locator(".ticket-qr svg").bounding_box()
    assert box is not None
    assert box["width"] * 37 / 45 >= 0.7 * 390 or box["width"] >= 0.7 * 390


def test_an_opened_ticket_is_there_without_a_network_until_it_is_revoked(
    phone: Page, door: SimpleNamespace, live_server: LiveServer
) -> None:
    phone.goto(f"/tickets/{door.token}")
    expect(phone.get_by_text("Works offline on this phone")).to_be_visible()
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text(door.typed)).to_be_visible()
    expect(phone.locator(".ticket-qr svg")).to_be_visible()
    assert phone.evaluate("() => getComputedStyle(document.querySelector('.ticket')).display") == "grid"
    phone.context.set_offline(False)

    def reissue() -> None:
        rsvp = db.session.get(Rsvp, door.rsvp_id)
        assert rsvp is not None
        rsvp.ticket_version += 1

    live_server.given(reissue)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Nothing here")
    phone.context.set_offline(True)
    with pytest.raises(Error):
        phone.reload()


def test_a_desktop_keeps_no_ticket(desktop: Page, door: SimpleNamespace) -> None:
    desktop.goto(f"/tickets/{door.token}")
    expect(desktop.get_by_text(door.typed)).to_be_visible()
    desktop.wait_for_timeout(500)
    assert desktop.evaluate("() => caches.keys()") == []
