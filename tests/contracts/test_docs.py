"""What the documents say is what there is: commands, settings, addresses, columns, links."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

from organizer import create_app
from organizer.cli import organizer, settings_table
from organizer.events.importing_columns import FIELDS, REQUIRED
from organizer.settings import Settings
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
OPERATOR, API, GUIDE = (ROOT / "docs" / name for name in ("operator.md", "api.md", "organizer.md"))
OF_OTHERS = {"run", "shell", "routes", "limiter", "db"}  # explained as a whole
STABLE = {
    "/": "GET",
    "/events": "GET",
    "/events/<key>/<slug>": "GET",
    "/events/<key>.ics": "GET",
    "/events.ics": "GET",
    "/map": "GET",
    "/map/events.geojson": "GET",
    "/c/<slug>": "GET",
    "/c/<slug>.ics": "GET",
    "/c/<slug>/manage": "GET",
    "/feeds/<token>.ics": "GET",
    "/tickets/<token>": "GET",
    "/tickets/<token>/qr.svg": "GET",
    "/tickets/<token>/qr.png": "GET",
    "/events/<key>/rsvp": "POST",
    "/rsvps/<token>/still-coming": "GET",
    "/events/<key>/door": "GET",
    "/api/v1/events/<key>/scans": "POST",
    "/mail/<token>": "GET",
    "/mail/<token>/<topic>/unsubscribe": "POST",
    "/sign-in": "GET",
    "/me": "GET",
    "/healthz": "GET",
    "/readyz": "GET",
}
"""Calendars, letters, scanners and other people's links rely on these: never take one out of this list."""


@pytest.fixture(scope="module")
def plain_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application that is only looked at."""
    return create_app(settings_for(tmp_path_factory.mktemp("docs")), TESTING=True)


def commands(group: click.Group, app: Flask, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command of ours with its whole name, those of features included."""
    for name, command in {**app.cli.commands, **group.commands}.items() if not path else group.commands.items():
        if name in OF_OTHERS:
            continue
        if isinstance(command, click.Group):
            yield from commands(command, app, *path, name)
        else:
            yield " ".join((*path, name)), command


def routes(app: Flask) -> set[tuple[str, str]]:
    """Method and address of every route, converters left out."""
    return {
        (method, re.sub(r"<[^>]*:(\w+)>", r"<\1>", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }


def links(path: Path) -> Iterator[str]:
    """The addresses that a document links to or shows as pictures."""
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r'\bsrc="([^"]+)"', text)


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub and most others give to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def between(path: Path, name: str) -> str:
    found = re.search(rf"<!-- {name}:begin[^\n]*-->\n(.*?)<!-- {name}:end -->", path.read_text(), re.DOTALL)
    assert found is not None, f"{path.name} has no {name}"
    return found[1].strip()


def test_every_command_has_a_heading_and_every_option_a_word(plain_app: Flask) -> None:
    said = OPERATOR.read_text()
    ours = dict(commands(organizer, plain_app))
    assert {"serve", "worker", "up", "owner", "doctor", "import events"} <= ours.keys()
    headings = re.findall(r"^### organizer ([a-z -]+?)(?: [A-Z]+)?$", said, flags=re.MULTILINE)
    assert sorted(headings) == sorted([*ours, "db"])
    for name, command in ours.items():
        section = said.split(f"### organizer {name}", 1)[1].split("\n### ", 1)[0]
        options = [flag for option in command.params if isinstance(option, click.Option) for flag in option.opts]
        # `organizer up` is explained by `make run`; its port is that of serve.
        assert [flag for flag in options if flag not in section and (name, flag) != ("up", "--port")] == [], name


def test_every_setting_stands_in_the_generated_table() -> None:
    assert between(OPERATOR, "settings") == settings_table()
    named = set(re.findall(r"ORGANIZER_([A-Z_]+)", "".join(path.read_text() for path in DOCUMENTS)))
    assert named == {field.name.upper() for field in fields(Settings)}


def test_every_column_of_an_import_is_explained() -> None:
    rows = ["| field | what it is | headers known by themselves |", "|---|---|---|"]
    for field, (label, known) in FIELDS.items():
        required = " (required)" if field in REQUIRED else ""
        rows.append(f"| `{field}`{required} | {label} | {', '.join(known)} |")
    assert between(GUIDE, "columns") == "\n".join(rows)


def test_stable_addresses_exist_and_are_listed(plain_app: Flask) -> None:
    there, listed = routes(plain_app), set(re.findall(r"^\| `([A-Z]+) (/\S*)` \|", API.read_text(), re.MULTILINE))
    stable = {(method, address) for address, method in STABLE.items()}
    assert stable - there == set(), "gone"
    assert stable - listed == set(), "not listed in docs/api.md"
    assert listed - there == set(), "listed, but not there"


def test_every_verdict_is_explained() -> None:
    from organizer.checkin.models import Verdict

    said = API.read_text()
    assert [verdict for verdict in Verdict if f"`{verdict}`" not in said] == []


def test_both_commands_stand_in_the_readme_and_make_lists_its_targets() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    assert "\nmake run\n" in readme
    assert "\nmake test\n" in readme
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split())
    assert set(re.findall(r"^  make (\S+)", helped, re.MULTILINE)) == targets
    named = set(re.findall(r"`make ([a-z-]+)", "".join(path.read_text() for path in DOCUMENTS)))
    assert named <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in links(path):
        file, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = path.parent / file if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_pictures_are_small_and_used() -> None:
    pictures = {path.resolve() for path in (ROOT / "docs" / "pictures").glob("*.png")}
    shown = {(path.parent / link).resolve() for path in DOCUMENTS for link in links(path) if link.endswith(".png")}
    assert pictures == shown
    assert {path.name: path.stat().st_size for path in pictures if path.stat().st_size > 250_000} == {}


def test_no_tracked_file_names_a_path_of_somebodys_machine() -> None:
    pattern = r"(^|[^[:alnum:]_.~-])/(work|root)/[[:alnum:]._]"
    found = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", ".", ":!organizer/static/vendor"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode > 1:
        pytest.skip("not a git checkout")
    assert found.stdout == ""
