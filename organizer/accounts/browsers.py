"""What kind of browser somebody uses, in three words."""

from __future__ import annotations

import re

# First match wins: almost all agents claim to be Mozilla, Safari and Chrome as well.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Yandex", r"YaBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def described(agent: str) -> str:
    """Return "Firefox, Android" for a User-Agent header; "" if it tells nothing."""
    found = (next((n for n, sign in known if re.search(sign, agent)), "") for known in (_BROWSERS, _SYSTEMS))
    return ", ".join(part for part in found if part)
