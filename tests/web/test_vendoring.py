"""Vendored files are what vendor.toml and the manifest say, and call no foreign host."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from organizer.web import vendoring

MANIFEST = json.loads((vendoring.VENDOR / "manifest.json").read_text())
OWN = [
    path
    for folder in (vendoring.STATIC, vendoring.STATIC.parent / "templates")
    for path in sorted(folder.rglob("*"))
    if path.is_file()
    and vendoring.VENDOR not in path.parents
    and path.suffix in {".html", ".css", ".js", ".svg", ".txt", ".webmanifest"}
]


def test_every_hash_in_the_manifest_is_the_files_own() -> None:
    packages, icons = vendoring.read_wishes()
    assert vendoring.manifest(packages, icons) == MANIFEST
    assert vendoring.readme(packages, icons) == (vendoring.VENDOR / "README.md").read_text()


def test_nothing_lies_in_the_folder_that_nobody_asked_for() -> None:
    packages, icons = vendoring.read_wishes()
    wanted = {
        vendoring.VENDOR / p.folder / name for p in packages for name in [*p.files, "LICENSE"] if name == "LICENSE"
    }
    wanted |= {vendoring.VENDOR / p.folder / name for p in packages for name in p.files.values()}
    wanted |= {
        vendoring.VENDOR / icons.folder / "LICENSE",
        vendoring.VENDOR / "manifest.json",
        vendoring.VENDOR / "README.md",
    }
    found = {p for p in vendoring.VENDOR.rglob("*") if p.is_file() and p.suffix not in {".br", ".gz"}}
    assert found == wanted


def test_a_changed_byte_is_refused() -> None:
    good = "sha512-" + base64.b64encode(hashlib.sha512(b"leaflet").digest()).decode()
    vendoring.check_integrity(b"leaflet", good)
    with pytest.raises(vendoring.VendoringError):
        vendoring.check_integrity(b"leaflet!", good)
    with pytest.raises(vendoring.VendoringError):
        vendoring.check_integrity(b"leaflet", good.replace("sha512", "md5"))


def test_a_change_that_does_not_apply_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(vendoring, "VENDOR", tmp_path)
    package = vendoring.Package("x", "1", "", "MIT", "", {"a.js": "a.js"}, [["a.js", "cdn", "here"]])
    vendoring.place(package, {"package/a.js": b"load(cdn)", "package/LICENSE": b"MIT"})
    assert (tmp_path / "x-1/a.js").read_bytes() == b"load(here)"
    with pytest.raises(vendoring.VendoringError, match="exactly once"):
        vendoring.place(package, {"package/a.js": b"load(other)", "package/LICENSE": b"MIT"})
    with pytest.raises(vendoring.VendoringError, match="licence"):
        vendoring.place(package, {"package/a.js": b"load(cdn)"})


def test_vendored_scripts_name_no_download_host() -> None:
    for name in MANIFEST:
        if name.endswith((".js", ".css")):
            text = (vendoring.STATIC / name).read_text()
            assert not re.search(r"jsdelivr|unpkg|cdnjs|googleapis|sourceMappingURL|//cdn", text), name


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name)
def test_our_own_files_load_nothing_from_elsewhere(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text()
    assert not re.search(r"""(src|srcset|poster|action)=["'](https?:)?//|url\(["']?(https?:)?//""", text)
    assert not re.search(r"""<link[^>]+href=["'](https?:)?//|(import|from)\s*\(?["'](https?:)?//""", text)
    assert not re.search(r"""\bfetch\(["'`](https?:)?//""", text)


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    known = set(vendoring.read_wishes()[1].names)
    sprite = vendoring.SPRITE.read_text()
    assert set(re.findall(r'<symbol id="([\w-]+)"', sprite)) == known
    for path in OWN:
        if path.suffix == ".html":
            used = set(re.findall(r"""\b(?:icon|draw)\(\s*["']([\w-]+)["']\s*[,)]""", path.read_text()))
            assert used <= known, f"{path.name}: add {used - known} to vendor.toml and run make vendor"
