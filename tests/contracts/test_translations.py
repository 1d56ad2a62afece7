"""Every string that a person sees can be translated, and the Bulgarian catalogue is complete."""

from __future__ import annotations

import io
import re
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).parents[2] / "organizer"
CATALOGUE = ROOT / "translations/bg/LC_MESSAGES/messages.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "_l": None,
    "N_": None,
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**/templates/**.svg", "jinja2"),
]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def strings() -> set[str]:
    found = set()
    for _file, _line, message, _comments, _context in extract_from_dir(str(ROOT), METHODS, keywords=KEYWORDS):
        found.add(message if isinstance(message, str) else message[0])
    return found


def test_the_bulgarian_catalogue_is_complete() -> None:
    entries = {entry.msgid: entry for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete}
    wanted = strings()
    assert sorted(wanted - set(entries)) == [], "run `make translations-update`, then translate"
    missing = [name for name in wanted if not entries[name].translated() or entries[name].fuzzy]
    assert sorted(missing) == []


def test_placeholders_survive_translation() -> None:
    wrong = []
    for entry in polib.pofile(str(CATALOGUE)):
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        allowed = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for text in texts:
            if set(PLACEHOLDER.findall(text)) - allowed or (
                not entry.msgid_plural and set(PLACEHOLDER.findall(text)) != allowed
            ):
                wrong.append(entry.msgid)
    assert wrong == []


TEXT_NODE = re.compile(r">([^<>{}]*[A-Za-z]{3}[^<>{}]*)<")
COMMENT = re.compile(r"\{#.*?#\}|<script.*?</script>|<style.*?</style>|<code.*?</code>", re.DOTALL)
BLOCK = re.compile(r"\{% trans.*?endtrans %\}", re.DOTALL)
OK = re.compile(
    r"^\s*(?:&\w+;|GPX|PDF|CSV|XLSX|QR|OpenStreetMap|Natural Earth|Leaflet|GeoNames|Google|Apple|Outlook)?\s*$"
)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("templates/**/*.html")), ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
def test_no_bare_words_stand_in_a_template(path: Path) -> None:
    source = BLOCK.sub("", COMMENT.sub("", path.read_text()))
    if path.name == "patterns.html":
        return  # shown in development only
    bare = [text.strip() for text in TEXT_NODE.findall(source) if not OK.match(text)]
    assert bare == []


def test_extraction_reads_what_it_must() -> None:
    from babel.messages.extract import extract

    found = [m for _, m, _, _ in extract("jinja2", io.BytesIO(b'{{ _("Hello") }}'), KEYWORDS)]
    assert found == ["Hello"]
