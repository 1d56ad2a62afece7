"""Reading import files: encodings, delimiters, lines, limits, and files that are none."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer.events import importing_files
from organizer.events.importing_files import UnreadableFile, read_table

CSV = 'title,start,city\n"Walk, slow",2026-11-24,София\nRun,2026-11-25,Zürich\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_any_usual_shape(encoding: str, delimiter: str, end: str) -> None:
    text = CSV.replace(",", delimiter).replace(f"Walk{delimiter} slow", "Walk, slow").replace("\n", end)
    table = read_table(text.encode(encoding))
    assert table.headers == ("title", "start", "city")
    assert [dict(row.cells) for row in table.rows] == [
        {"title": "Walk, slow", "start": "2026-11-24", "city": "София"},
        {"title": "Run", "start": "2026-11-25", "city": "Zürich"},
    ]
    assert [row.line for row in table.rows] == [2, 3]


def test_csv_in_old_cyrillic() -> None:
    lines = "\n".join(f"Разходка с фотоапарати по улиците на града {n};2026-11-24;Пловдив" for n in range(20))
    table = read_table(f"Заглавие;Дата;Град\n{lines}\n".encode("cp1251"))
    assert table.headers == ("Заглавие", "Дата", "Град")
    assert table.rows[0].cells["Град"] == "Пловдив"


def test_a_cell_over_several_lines_counts_them_all() -> None:
    table = read_table(b'title,text\nA,"one\ntwo\nthree"\n\nB,four\n')
    assert [(row.line, row.cells["title"]) for row in table.rows] == [(2, "A"), (6, "B")]


def test_repeated_and_empty_headers_hide_nothing() -> None:
    table = read_table(b"title,title,,start\na,b,c,d\n")
    assert table.headers == ("title", "title #2", "#3", "start")
    assert table.rows[0].cells == {"title": "a", "title #2": "b", "#3": "c", "start": "d"}


def test_json_rows_know_their_lines() -> None:
    content = (
        b'[\n{"name": "A",\n "tags": ["x", "y"]},\n {"name": "B", "online": true, "more": {"a": 1}, "n": null}\n]\n'
    )
    table = read_table(content)
    assert table.headers == ("name", "tags", "online", "more", "n")
    assert [row.line for row in table.rows] == [2, 4]
    assert table.rows[0].cells == {"name": "A", "tags": "x, y"}
    assert table.rows[1].cells == {"name": "B", "online": "yes", "more": "", "n": ""}


def test_json_with_the_list_inside_and_gzip() -> None:
    content = gzip.compress(json.dumps({"note": "[not this]", "events": [{"name": "A"}]}, indent=1).encode())
    table = read_table(content)
    assert [row.cells for row in table.rows] == [{"name": "A"}]
    assert table.rows[0].line == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n ",
        b"title,start\n",
        b"justoneword\nx\n",
        b"[",
        b"[1, 2]",
        b'[{"a": 1}',
        b'[{"a": ]',
        b'{"a": 1}',
        b'{"a": [1], "b": [2]}',
        b"[" * 100_000,
        b"\x1f\x8bnot gzip",
        gzip.compress(b"title,start\nx,y\n", mtime=0)[:-9],
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_table(content)
    assert str(refused.value)
    assert refused.value.field == "file"


def test_a_zip_bomb_and_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableFile, match="larger than 32 MiB"):
        read_table(gzip.compress(b"a" * (importing_files.MOST_BYTES + 1)))
    monkeypatch.setattr(importing_files, "MOST_ROWS", 3)
    with pytest.raises(UnreadableFile, match="more than 3 rows"):
        read_table(b"title,start\n" + b"a,b\n" * 4)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    try:
        table = read_table(content)
    except UnreadableFile:
        return
    assert table.rows


def test_what_no_engine_keeps_is_left_out() -> None:
    table = read_table(b'[{"na\\u0000me\\ud800": "a\\ud800b\\u0000"}]')
    assert (table.headers, dict(table.rows[0].cells)) == (("name",), {"name": "ab"})


def test_brackets_before_the_list_are_no_list() -> None:
    table = read_table(b'{"about": "[[[ ", "events": [{"a": "1"}]}')
    assert table.headers == ("a",)
    with pytest.raises(UnreadableFile):
        read_table(b'{"about": "' + b"[" * 5_000 + b'", "events": [{"a": "1"}]}')
