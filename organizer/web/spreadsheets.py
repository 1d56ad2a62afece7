"""Tables for spreadsheet programs, in which no cell is a formula.

A cell that begins with one of `= + - @`, their full-width forms, tab, CR or LF would be computed when a CSV file is opened
(OWASP, CSV injection); such text gets an apostrophe in front. XLSX cells carry a type: text is written as text.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from flask import Response, stream_with_context

Cell = str | int | float | None
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST = 32_767  # characters in a cell (Excel)
_CHUNK = 64 * 1024  # bytes
_SMALL = 2**20  # bytes; larger files are written to disk


def safe(cell: Cell) -> Cell:
    """Return `cell` so that no program takes it for a formula. Numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Write rows as CSV (RFC 4180, CRLF) in UTF-8 with a byte order mark, some hundred rows at a time."""
    buffer = io.StringIO(newline="")
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow([safe(cell) for cell in header])
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        if buffer.tell() > _CHUNK:
            yield _emptied(buffer)
    yield _emptied(buffer)


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[Cell]], sheet: str) -> IO[bytes]:
    """Write rows as XLSX into a temporary file and return it at its start; memory does not grow with the rows."""
    import xlsxwriter

    file = tempfile.SpooledTemporaryFile(_SMALL)  # noqa: SIM115 - the answer closes it once it is sent
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    page = book.add_worksheet(sheet[:31])
    page.freeze_panes(1, 0)
    for column, title in enumerate(header):
        page.set_column(column, column, max(12, len(title) + 2))
        page.write_string(0, column, title, bold)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(number, column, cell[:_LONGEST])
            elif cell is not None:
                page.write_number(number, column, cell)
    book.close()
    file.seek(0)
    return file


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Answer with a CSV file called `name`.csv, sent while it is written."""
    return _download(stream_with_context(csv_lines(header, rows)), f"{name}.csv", "text/csv; charset=utf-8")


def xlsx_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], sheet: str) -> Response:
    """Answer with an XLSX file called `name`.xlsx."""
    file = xlsx_file(header, rows, sheet)
    response = _download(iter(lambda: file.read(_CHUNK), b""), f"{name}.xlsx", XLSX)
    response.call_on_close(file.close)
    return response


def _download(body: Iterable[bytes], name: str, kind: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
