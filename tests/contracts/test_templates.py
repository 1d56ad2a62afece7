"""Every template compiles; every page has one h1 and a title; macro files draw nothing by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from organizer import create_app
from tests.conftest import settings_for

TEMPLATES = Path(__file__).parents[2] / "organizer/templates"
ALL = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file())
PAGES = [name for name in ALL if '{% extends "layouts/page.html"' in (TEMPLATES / name).read_text()]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application without a database: templates are only compiled."""
    return create_app(settings_for(tmp_path_factory.mktemp("bare")), TESTING=True)


@pytest.mark.parametrize("name", ALL)
def test_it_compiles(bare: Flask, name: str) -> None:
    bare.jinja_env.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_title_and_one_h1(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    assert "{% block title %}" in source
    # A part may draw the heading (tests/e2e/test_every_page.py counts what is shown).
    assert source.count("<h1") + source.count("level=1") >= 1 or "_state.html" in source or "{% include" in source


@pytest.mark.parametrize("name", ALL)
def test_nothing_that_the_policy_blocks_is_written(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    if name.startswith(("outreach/letters", "layouts/letter")):
        return  # mail programs know inline styles only
    assert " style=" not in source
    for handler in ("onclick=", "onload=", "onerror=", "onsubmit=", "onchange=", "hx-on"):
        assert handler not in source
