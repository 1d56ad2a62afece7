"""A file, view or template that grows past its size asks to be split by noun."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {"util.py", "utils.py", "helpers.py", "helper.py", "misc.py", "common.py"}


def own(folder: str, pattern: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob(pattern) if "vendor" not in path.parts]


@pytest.mark.parametrize(
    ("folder", "pattern", "most"),
    [
        ("organizer", "*.py", 300),
        ("tests", "*.py", 300),
        ("organizer/templates", "*.html", 120),
        ("organizer/static/js", "*.js", 300),
        ("organizer/static/css", "*.css", 300),
    ],
)
def test_no_file_is_too_long(folder: str, pattern: str, most: int) -> None:
    found = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in own(folder, pattern)}
    assert found or pattern == "*.css"
    assert {name: lines for name, lines in found.items() if lines > most} == {}


def test_no_view_is_too_long() -> None:
    long = {}
    for path in own("organizer", "*views.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any("bp" in ast.dump(d) for d in node.decorator_list):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > 25:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_no_file_is_named_for_nothing() -> None:
    assert [path for path in own("organizer", "*.py") + own("tests", "*.py") if path.name in FORBIDDEN] == []


def test_templates_and_tests_have_the_names_of_their_features() -> None:
    features = {path.name for path in (ROOT / "organizer").iterdir() if (path / "__init__.py").exists()}
    templates = {path.name for path in (ROOT / "organizer/templates").iterdir() if path.is_dir()}
    tests = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert templates - features == {"layouts", "ui", "errors"}
    assert tests - features == {"contracts", "e2e"}


def test_only_the_unit_of_work_commits() -> None:
    found = []
    for path in own("organizer", "*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == "commit" and "session" in ast.dump(node.value):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert [place for place in found if not place.startswith("organizer/core/db.py")] == []


def test_only_one_place_reads_the_clock() -> None:
    found = []
    for path in own("organizer", "*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert [place for place in found if not place.startswith("organizer/core/time.py")] == []
