"""Tables that no spreadsheet program computes."""

from __future__ import annotations

import csv
import io

from openpyxl import load_workbook

from organizer.web.spreadsheets import csv_lines, safe, xlsx_file

NASTY = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x", "=cmd|' /C calc'!A0"),
    *(
        '=HYPERLINK("http://evil.example","x")',
        'say "hi"',
        "a,b;c",
        "two\nlines",
        "Мира",
        "",
        "'quoted",
        "1e5",
        "https://x.example",
    ),
]


def test_no_csv_cell_begins_a_formula() -> None:
    whole = b"".join(csv_lines(["name", "n"], ([name, number] for number, name in enumerate(NASTY))))
    assert whole.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline="")))[1:]
    assert [int(row[1]) for row in rows] == list(range(len(NASTY)))
    for name, row in zip(NASTY, rows, strict=True):
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"))
        assert row[0] == name or row[0] == f"'{name}"


def test_numbers_stay_numbers() -> None:
    assert safe(-3) == -3
    assert safe(None) is None


def test_every_xlsx_cell_has_its_type() -> None:
    with xlsx_file(["name", "n"], ([name, 7] for name in NASTY), "A sheet with a very long name indeed") as file:
        page = load_workbook(file).active
    values = [row[0].value for row in page.iter_rows(min_row=2)]
    # ECMA-376 part 1, 22.9.2.19 writes CR as _x000D_; openpyxl does not read that back.
    assert [(value or "").replace("_x000D_", "\r") for value in values] == NASTY
    assert {row[0].data_type for row in page.iter_rows(min_row=2) if row[0].value} == {"s"}
    assert {row[1].data_type for row in page.iter_rows(min_row=2)} == {"n"}


def test_large_files_come_in_pieces_and_lie_on_disk() -> None:
    rows = ([f"Person {number}", number] for number in range(20_000))
    assert len(list(csv_lines(["name", "n"], rows))) > 3
    with xlsx_file(["name", "n"], ([f"Person {n}", n] for n in range(60_000)), "All") as file:
        assert file.read(2) == b"PK"
