"""Pages and their fragments: one view answers both."""

from __future__ import annotations

from typing import Any

from flask import render_template, request


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page (not for history, which wants the whole)."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def page_or_fragment(page: str, fragment: str, **context: Any) -> str:
    """Render the fragment for htmx, the page for everybody else."""
    return render_template(fragment if wants_fragment() else page, **context)
