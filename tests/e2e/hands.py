"""What a person does with a page, counted and pictured; and what a camera is shown."""

from __future__ import annotations

import os
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error, Locator, Page, expect


class Hands:
    """A person at a page: fields filled and taps made are counted, each step can be kept as a picture."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self.pictures = pictures
        self.fields = self.taps = 0

    def tap(self, target: Locator) -> None:
        """Tap with a finger, or click where there is none."""
        target.wait_for()
        if self.page.evaluate("navigator.maxTouchPoints > 0"):
            target.tap()
        else:
            target.click()
        self.taps += 1

    def fill(self, label: str, text: str) -> None:
        """Type into the field that carries this label."""
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def keep(self, name: str) -> None:
        """Keep what is seen now as a picture, for people to look at; a busy browser that cannot draw fails no journey."""
        self.pictures.mkdir(exist_ok=True)
        known = len(list(self.pictures.iterdir()))
        with suppress(Error):
            self.page.screenshot(path=self.pictures / f"{known + 1:02}-{name}.png")


def film(path: Path, code: bytes) -> None:
    """What a camera sees: ten JPEG frames of a code (a PNG) held at an angle before a grey wall."""
    frame = Image.new("RGB", (640, 480), "#778")
    held = Image.open(BytesIO(code)).convert("RGBA").resize((320, 320), Image.Resampling.NEAREST).rotate(8, expand=True)
    frame.paste(held, (140, 40), held)
    raw = BytesIO()
    frame.save(raw, "JPEG", quality=85)
    draft = path.with_suffix(".new")
    draft.write_bytes(raw.getvalue() * 10)
    os.replace(draft, path)


def reach(target: Locator) -> None:
    """Go on with Tab until the focus is on `target`, where it must be seen."""
    target.wait_for()
    for _step in range(60):
        if target.evaluate("element => element === document.activeElement"):
            break
        target.page.keyboard.press("Tab")
    expect(target).to_be_focused()
    assert target.evaluate("e => e.matches(':focus-visible') && getComputedStyle(e).outlineStyle !== 'none'")
