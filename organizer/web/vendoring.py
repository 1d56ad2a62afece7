"""`python -m organizer.web.vendoring`: fetch, verify and place the front-end files named in vendor.toml.

Needs npm, and only when a version changes: what it writes is committed, so neither running nor testing Organizer
needs node or a network. No address of a registry is written anywhere.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STATIC = Path(__file__).resolve().parents[1] / "static"
VENDOR = STATIC / "vendor"
SPRITE = STATIC / "img" / "icons.svg"

_LICENCE_NAME = re.compile(r"package/(licen[cs]e|copying)(\.\w+)?", re.IGNORECASE)
_SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class VendoringError(Exception):
    """A package is not what vendor.toml promises; nothing was written for it."""


@dataclass(frozen=True)
class Package:
    """One entry of vendor.toml."""

    name: str
    version: str
    integrity: str
    licence: str
    why: str
    files: dict[str, str] = field(default_factory=dict)
    replace: list[list[str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """The folder below static/vendor, for example "leaflet-1.9.4"."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}"


def read_wishes(path: Path = ROOT / "vendor.toml") -> tuple[list[Package], Package]:
    """The packages to copy from, and the one that icons are drawn from."""
    wishes = tomllib.loads(path.read_text())
    return [Package(**entry) for entry in wishes["package"]], Package(**wishes["icons"])


def check_integrity(data: bytes, integrity: str) -> None:
    """Raise VendoringError unless `data` has the sha512 digest in `integrity` ("sha512-<base64>")."""
    algorithm, _, expected = integrity.partition("-")
    if algorithm != "sha512":
        raise VendoringError(f"{algorithm} is not accepted, only sha512")
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != expected:
        raise VendoringError(f"sha512 is {found}, expected {expected}")


def download(package: Package, folder: Path) -> Path:
    """Have npm fetch the package into `folder`; return the verified archive."""
    command = ["npm", "pack", f"{package.name}@{package.version}", "--json", "--ignore-scripts"]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 (our own list)
    archive = folder / str(json.loads(answer.stdout)[0]["filename"])
    check_integrity(archive.read_bytes(), package.integrity)
    return archive


def members(archive: Path) -> dict[str, bytes]:
    """All regular files of an npm archive, by their path inside it ("package/…")."""
    with tarfile.open(archive) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar if info.isfile()}  # type: ignore[union-attr]


def place(package: Package, content: dict[str, bytes]) -> None:
    """Write the listed members and the licence into static/vendor, replacing what was there."""
    target = VENDOR / package.folder
    shutil.rmtree(target, ignore_errors=True)
    for member, name in package.files.items():
        data = content[f"package/{member}"]
        for changed, old, new in package.replace:
            if changed == name:
                if data.count(old.encode()) != 1:
                    raise VendoringError(f"{package.folder}: {old!r} does not occur exactly once in {name}")
                data = data.replace(old.encode(), new.encode())
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    write_licence(package, content)


def write_licence(package: Package, content: dict[str, bytes]) -> None:
    """Copy the package's licence text beside its files."""
    texts = [data for name, data in content.items() if _LICENCE_NAME.fullmatch(name)]
    if not texts:
        raise VendoringError(f"{package.folder} holds no licence text")
    target = VENDOR / package.folder
    target.mkdir(parents=True, exist_ok=True)
    (target / "LICENSE").write_bytes(texts[0])


def symbol(name: str, svg: str) -> str:
    """One icon as a <symbol> that takes the colour of the text around it."""
    found = _SVG_BODY.search(svg)
    if not found:
        raise VendoringError(f"icon {name} is not an SVG")
    body = re.sub(r"\s+", " ", found[1]).replace("> <", "><").replace(" />", "/>").strip()
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
    )


def sprite(package: Package, content: dict[str, bytes]) -> str:
    """The icons listed in vendor.toml as one SVG."""
    symbols = [symbol(name, content[f"package/icons/{name}.svg"].decode()) for name in sorted(package.names)]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def describe(path: Path, licence: str) -> dict[str, Any]:
    """What the manifest says about one file: sha384 (as browsers take it), size in bytes, licence."""
    data = path.read_bytes()
    digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
    return {"sha384": f"sha384-{digest}", "bytes": len(data), "licence": licence}


def manifest(packages: list[Package], icons: Package) -> dict[str, dict[str, Any]]:
    """Every vendored file, by its path below static/, with what `describe` says."""
    paths = [(VENDOR / p.folder / name, p.licence) for p in packages for name in p.files.values()]
    paths.append((SPRITE, icons.licence))
    return {path.relative_to(STATIC).as_posix(): describe(path, licence) for path, licence in sorted(paths)}


def readme(packages: list[Package], icons: Package) -> str:
    """The README of static/vendor: version, licence, sha256 and reason of everything."""
    lines = [
        "# Vendored files",
        "",
        "Written by `make vendor` from `vendor.toml`; do not edit by hand. Tests recompute every hash.",
        "",
    ]
    for package in [*packages, icons]:
        lines += [f"## {package.name} {package.version} ({package.licence})", "", package.why, ""]
        paths = [VENDOR / package.folder / name for name in package.files.values()] or [SPRITE]
        for path in paths:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"- `{path.relative_to(STATIC).as_posix()}` sha256 `{digest}`")
        lines.append("")
        if package.replace:
            changed = ", ".join(f"`{name}`" for name, _, _ in package.replace)
            lines += [f"Changed after extraction (see `vendor.toml`): {changed}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Bring static/vendor and the icon sprite in line with vendor.toml."""
    packages, icons = read_wishes()
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            place(package, members(download(package, Path(folder))))
            sys.stdout.write(f"{package.folder}: {len(package.files)} files\n")
        content = members(download(icons, Path(folder)))
        write_licence(icons, content)
        SPRITE.parent.mkdir(parents=True, exist_ok=True)
        SPRITE.write_text(sprite(icons, content))
        sys.stdout.write(f"{icons.folder}: {len(icons.names)} icons\n")
    wanted = {package.folder for package in [*packages, icons]}
    for folder_path in VENDOR.iterdir():
        if folder_path.is_dir() and folder_path.name not in wanted:
            shutil.rmtree(folder_path)
    (VENDOR / "manifest.json").write_text(json.dumps(manifest(packages, icons), indent=1) + "\n")
    (VENDOR / "README.md").write_text(readme(packages, icons))


if __name__ == "__main__":
    main()
