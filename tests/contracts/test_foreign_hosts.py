"""No page and no file of ours makes a browser ask a foreign server."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2] / "organizer"
# Something that a browser fetches by itself, as opposed to a link that a person follows.
FETCHED = re.compile(
    r"""(?:src|srcset|poster|data-src)\s*=\s*["']?(?:https?:)?//
      | <link\b[^>]*\bhref\s*=\s*["']?(?:https?:)?//
      | @import\s+["'(]?(?:url\()?["']?(?:https?:)?//
      | url\(\s*["']?(?:https?:)?//
      | (?:fetch|import|importScripts|new\ Worker|new\ EventSource)\s*\(\s*["'`](?:https?:)?//
      | \bfrom\s+["'](?:https?:)?//""",
    re.VERBOSE,
)


def test_templates_scripts_and_styles_name_no_foreign_host() -> None:
    found = []
    for path in [*ROOT.glob("templates/**/*"), *ROOT.glob("static/**/*")]:
        if path.suffix in {".html", ".txt", ".css", ".js", ".mjs", ".svg", ".json"} and path.is_file():
            found += [f"{path.relative_to(ROOT)}: {match[0][:80]}" for match in FETCHED.finditer(path.read_text())]
    assert found == []


def test_the_pattern_sees_what_it_must() -> None:
    for bad in (
        '<script src="https://cdn.example/x.js">',
        "<link rel=stylesheet href=//cdn.example/x.css>",
        "@import url(https://fonts.example/a)",
        'import x from "https://cdn.example/x.js"',
        'fetch("https://api.example/")',
    ):
        assert FETCHED.search(bad), bad
    assert not FETCHED.search('<a href="https://www.openstreetmap.org/">')
