"""Reading an import file: bytes → rows of texts, each with its line. Knows nothing of events.

CSV (comma, semicolon, tab or bar; UTF-8, UTF-16 or a legacy encoding that is recognised) and JSON lists, also gzipped.
"""

from __future__ import annotations

import bisect
import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from organizer.core.errors import N_, Invalid
from organizer.core.ids import storable

MOST_BYTES = 32 * 2**20
"""Of the file unpacked."""
MOST_ROWS = 20_000
LONGEST_CELL = 20_000
_DELIMITERS = ",;\t|"
_MOST_BRACKETS = 200  # before the list of events


@dataclass(frozen=True)
class SourceRow:
    """One row: where it begins in the file (1 is the first line) and its cells by header, stripped."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class SourceTable:
    """A file that was read: its headers in the order of the file and its rows."""

    headers: tuple[str, ...]
    rows: tuple[SourceRow, ...]


class UnreadableFile(Invalid):
    """The file as a whole cannot be read; the message says why."""

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message, "file", **params)


def read_table(content: bytes) -> SourceTable:
    """Read a whole file. Raises UnreadableFile."""
    text = decoded(_unpacked(content))
    start = text.lstrip()[:1]
    if not start:
        raise UnreadableFile(N_("The file is empty."))
    table = _from_json(text) if start in "[{" else _from_csv(text)
    if not table.rows:
        raise UnreadableFile(N_("The file has headers but no rows."))
    return table


def _unpacked(content: bytes) -> bytes:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(N_("The file is packed but damaged.")) from error
    if len(content) > MOST_BYTES:
        raise UnreadableFile(N_("The file is larger than %(most)s MiB."), most=MOST_BYTES // 2**20)
    return content


def decoded(content: bytes) -> str:
    """The text of `content`: by its byte order mark, else UTF-8, UTF-16, else the likeliest legacy encoding."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _decode(content, encoding)
    if b"\x00" in content[:200]:  # text has zeros only as halves of UTF-16 letters
        return _decode(content, "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(content[:200_000], cp_isolation=["cp1251", "cp1252", "cp1250", "cp1253"]).best()
        return _decode(content, best.encoding if best else "cp1252")


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(N_("The file's letters cannot be read. Save it as UTF-8.")) from error


def _from_csv(text: str) -> SourceTable:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=lambda sign: _outside_quotes(first, sign))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    headers: tuple[str, ...] = ()
    rows: list[SourceRow] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if headers:
                    rows.append(SourceRow(begins, dict(zip(headers, map(_cell, cells), strict=False))))
                    _check_count(rows)
                else:
                    headers = _headers(cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(N_("Line %(line)s is not proper CSV."), line=begins) from error
    if len(headers) < 2:
        raise UnreadableFile(N_("The first line must name the columns, divided by commas, semicolons or tabs."))
    return SourceTable(headers, tuple(rows))


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _headers(cells: list[str]) -> tuple[str, ...]:
    """Names of columns; an empty or repeated one gets its number, so that no column hides another."""
    headers: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(storable(cell).split())[:80] or f"#{number}"
        headers.append(name if name not in headers else f"{name} #{number}")
    return tuple(headers)


def _from_json(text: str) -> SourceTable:
    """A list of objects, or an object with one list of objects in it."""
    decoder = json.JSONDecoder()
    breaks = [place for place, letter in enumerate(text) if letter == "\n"]
    place = _list_begins(text, decoder)
    rows: list[SourceRow] = []
    headers: dict[str, None] = {}
    try:
        while (place := _after(text, place, " \t\r\n,")) < len(text) and text[place] != "]":
            value, end = decoder.raw_decode(text, place)
            line = bisect.bisect_left(breaks, place) + 1
            if not isinstance(value, dict):
                raise UnreadableFile(N_("Line %(line)s: every entry of the list must be an object."), line=line)
            cells = {storable(name)[:80]: _json_cell(cell) for name, cell in value.items()}
            headers |= dict.fromkeys(cells)
            rows.append(SourceRow(line, cells))
            _check_count(rows)
            place = end
        if place >= len(text):
            raise ValueError("the list never ends")
    except (ValueError, RecursionError) as error:
        if isinstance(error, Invalid):
            raise
        raise UnreadableFile(
            N_("Line %(line)s is not proper JSON."), line=bisect.bisect_left(breaks, place) + 1
        ) from error
    return SourceTable(tuple(headers), tuple(rows))


def _list_begins(text: str, decoder: json.JSONDecoder) -> int:
    place = _after(text, 0, " \t\r\n")
    if text[place] == "[":
        return place + 1
    try:
        whole, _end = decoder.raw_decode(text, place)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(N_("Line %(line)s is not proper JSON."), line=1) from error
    lists = [value for value in whole.values() if isinstance(value, list) and value]
    if len(lists) == 1:
        for _try in range(_MOST_BRACKETS):
            place = text.find("[", place + 1)
            try:
                if decoder.raw_decode(text, place)[0] == lists[0]:
                    return place + 1
            except (ValueError, RecursionError):  # a bracket inside a text
                continue
    raise UnreadableFile(N_("The file must hold a list of events."))


def _after(text: str, place: int, skipped: str) -> int:
    while place < len(text) and text[place] in skipped:
        place += 1
    return place


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_json_cell(part) for part in value[:50] if not isinstance(part, dict | list))
    return "" if isinstance(value, dict) else _cell(str(value))


def _cell(text: str) -> str:
    return storable(text).strip()[:LONGEST_CELL]


def _check_count(rows: list[SourceRow]) -> None:
    if len(rows) > MOST_ROWS:
        raise UnreadableFile(N_("The file has more than %(most)s rows. Please divide it."), most=MOST_ROWS)
