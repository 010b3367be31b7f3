"""Files that cannot be read as they are, small and huge: a clear line for each, and nothing written."""

from __future__ import annotations

import resource
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assessments.importing import spreadsheet
from tests.organisation import COLUMNS, OrganisationFiles, write_sheet

if TYPE_CHECKING:
    from .conftest import Refused

pytestmark = pytest.mark.django_db

HEADER = "code,name,parent\n"
ROOT = HEADER + "ORG,Everybody,\n"


@pytest.fixture
def teams(files: OrganisationFiles) -> OrganisationFiles:
    return files.only("teams")


BAD_HEADERS = {
    "a missing column": ("code,name\nORG,Everybody\n", [":1: parent: the column is missing from the header"]),
    "an unknown column": (
        "code,name,parent,colour\nORG,Everybody,,red\n",
        [":1: 'colour': is an unknown column; known are code, name, parent"],
    ),
    "a misspelt column": (
        "code,Name,parents\nORG,Everybody,\n",
        [
            ":1: 'Name': is an unknown column (is 'name' meant?); known are code, name, parent",
            ":1: 'parents': is an unknown column (is 'parent' meant?); known are code, name, parent",
            ":1: name: the column is missing from the header",
            ":1: parent: the column is missing from the header",
        ],
    ),
    "a doubled column": ("code,name,parent,name\nORG,E,,E\n", [":1: name: stands in the header 2 times"]),
    "a column without a name": (
        "code,name,parent,\nORG,Everybody,,\n",
        [":1: column 4 has no name; remove it, with every cell below it"],
    ),
    "semicolons": (
        "code;name;parent\nORG;Everybody;\n",
        [":1: the columns are separated by semicolons; save the file with commas"],
    ),
    "tabs": ("code\tname\tparent\n", [":1: the columns are separated by tabs; save the file with commas"]),
    "an escape sequence": (
        "\x1b[2Jcode,name,parent\n",
        [
            r":1: '\x1b[2Jcode': is an unknown column (is 'code' meant?); known are code, name, parent",
            ":1: code: the column is missing from the header",
        ],
    ),
    "nothing": ("", [": is empty; its first row names the columns: code, name, parent"]),
    "a byte-order mark and nothing": ("\ufeff", [": is empty; its first row names the columns: code, name, parent"]),
    "blank lines": ("\n\n,,\n", [": is empty; its first row names the columns: code, name, parent"]),
}


@pytest.mark.parametrize(("content", "problems"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_header_that_is_not_that_of_the_file_is_refused(
    teams: OrganisationFiles, refused: Refused, content: str, problems: list[str]
) -> None:
    assert refused(teams.text("teams.csv", content)) == [f"teams.csv{problem}" for problem in problems]


def test_the_header_counts_in_lines_too(teams: OrganisationFiles, refused: Refused) -> None:
    teams.text("teams.csv", "\n\ncode,name\n")
    assert refused(teams) == ["teams.csv:3: parent: the column is missing from the header"]


BAD_ROWS = {
    "too few cells": ("RED,Red team\n", ":3: the row has 2 cells and the header 3"),
    "too many cells": ("RED,Red,team,ORG\n", ":3: the row has 4 cells and the header 3"),
    "an open quotation mark": (
        'RED,"Red team,ORG\nBLUE,Blue team,ORG\n',
        ":3: a quotation mark opens a cell in this row and none closes it, to the end of the file",
    ),
    "a quotation mark in the middle": (
        'RED,Red team,ORG\nBLUE,"Blue" team,ORG\n',
        (
            ":4: a quotation mark is out of place in this row; inside a cell in quotation marks write it twice"
            " (',' expected after '\"')"
        ),
    ),
}


@pytest.mark.parametrize(("rows", "problem"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_cannot_be_read_is_named_by_its_line(
    teams: OrganisationFiles, refused: Refused, rows: str, problem: str
) -> None:
    assert refused(teams.text("teams.csv", ROOT + rows)) == [f"teams.csv{problem}"]


def test_a_cell_too_long_to_be_read_at_all_is_refused(
    teams: OrganisationFiles, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessments.importing.sources.CELL_AT_MOST", 1_000)
    teams.text("teams.csv", ROOT + f'RED,"{"x" * 1_001}",ORG\n')
    assert refused(teams) == [
        "teams.csv:3: a cell is longer than 1,000 characters; is a closing quotation mark missing?"
    ]


def test_a_name_of_ten_megabytes_in_the_header_is_refused_in_no_time(
    teams: OrganisationFiles, refused: Refused
) -> None:
    teams.text("teams.csv", "code,name,parent," + "x" * 10 * 1024**2 + "\n")
    begun = time.monotonic()
    [problem] = refused(teams)
    assert problem == f"teams.csv:1: '{'x' * 60}…': is an unknown column; known are code, name, parent"
    assert time.monotonic() - begun < 5


LATIN = "ORG,Universität,\n".encode("latin-1")
ENCODINGS = {
    "Latin-1": (HEADER.encode() + LATIN, ":2: the file is not UTF-8 (byte 0xE4)"),
    "Latin-1 further down": (ROOT.encode() + b"\n\n" + LATIN, ":5: the file is not UTF-8 (byte 0xE4)"),
    "Latin-1 beyond the first megabyte": (
        ROOT.encode() + "RÉD,Red team,ORG\n".encode() * 100_000 + LATIN,
        ":100003: the file is not UTF-8 (byte 0xE4)",
    ),
    "half a character at the end": (ROOT.encode() + "RED,Red é".encode()[:-1], ":3: the file is not UTF-8 (byte 0xC3)"),
    "UTF-16, little-endian": (ROOT.encode("utf-16"), ":1: the file is UTF-16"),
    "UTF-16, big-endian": (b"\xfe\xff" + ROOT.encode("utf-16-be"), ":1: the file is UTF-16"),
    "UTF-16 without a mark": (ROOT.encode("utf-16-le"), ":1: the header has NUL bytes in it, as UTF-16 has"),
}


@pytest.mark.parametrize(("content", "problem"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_file_that_is_not_utf8_is_refused_with_the_line_of_the_first_bad_byte(
    teams: OrganisationFiles, refused: Refused, content: bytes, problem: str
) -> None:
    [told] = refused(teams.text("teams.csv", content))
    assert told.startswith(f"teams.csv{problem}")
    assert told.endswith("CSV UTF-8")


def test_a_byte_of_another_encoding_is_found_also_where_the_file_is_read_in_pieces(
    teams: OrganisationFiles, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ROOT.encode() + "RÉD,é\n".encode() * 3 + LATIN
    for size in range(1, 12):
        monkeypatch.setattr("assessments.importing.sources.CHUNK", size)
        assert refused(teams.text("teams.csv", content)) == [
            "teams.csv:6: the file is not UTF-8 (byte 0xE4); save it as CSV UTF-8"
        ]


def test_a_folder_that_does_not_exist_is_refused(files: OrganisationFiles, refused: Refused) -> None:
    files.folder = files.folder / "elsewhere"
    assert refused(files) == [f"{files.folder}: there is no such folder"]


def test_a_file_in_place_of_a_folder_is_refused(files: OrganisationFiles, refused: Refused) -> None:
    files.folder = files.folder / "teams.csv"
    assert refused(files) == [f"{files.folder}: there is no such folder"]


def test_a_folder_with_nothing_known_is_refused(files: OrganisationFiles, refused: Refused) -> None:
    files.only().text("staff.csv", "a,b\n").text("teams.CSV", ROOT)
    [problem] = refused(files)
    assert problem.startswith(f"{files.folder}: holds no file to import; known are roles.csv, competencies.csv, ")
    assert problem.endswith("each also as .xlsx")


def test_files_of_other_names_are_told_and_not_read(files: OrganisationFiles) -> None:
    files.text("staff.csv", "a,b\n").text("teams.csv~", "").text("a\x1b[2J.txt", "")
    (files.folder / "older.csv").mkdir()
    assert files.as_import().ignored == [r"'a\x1b[2J.txt'", "older.csv", "staff.csv", "teams.csv~"]


def test_a_file_and_a_spreadsheet_of_one_table_are_refused(files: OrganisationFiles, refused: Refused) -> None:
    write_sheet(files.folder / "teams.xlsx", [COLUMNS["teams"]])
    assert refused(files) == ["teams.xlsx: stands beside teams.csv; leave only one of the two"]


def test_a_file_that_may_not_be_read_is_refused(
    teams: OrganisationFiles, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("assessments.importing.sources._not_utf8", denied)
    assert refused(teams) == ["teams.csv: cannot be read (Permission denied)"]


# Spreadsheets.


def test_a_spreadsheet_of_two_sheets_is_refused(teams: OrganisationFiles, refused: Refused) -> None:
    teams.sheet("teams", [["ORG", "Everybody", ""]], sheets=2)
    assert refused(teams) == ["teams.xlsx: it has 2 sheets; leave only the one to import"]


def test_a_spreadsheet_without_a_cell_is_empty(teams: OrganisationFiles, refused: Refused) -> None:
    (teams.folder / "teams.csv").unlink()
    write_sheet(teams.folder / "teams.xlsx", [])
    assert refused(teams) == ["teams.xlsx: is empty; its first row names the columns: code, name, parent"]


@pytest.mark.parametrize("content", [b"code,name,parent\n", b"", b"PK\x03\x04 and no more"])
def test_a_spreadsheet_that_is_none_is_refused(teams: OrganisationFiles, refused: Refused, content: bytes) -> None:
    (teams.folder / "teams.csv").unlink()
    [problem] = refused(teams.text("teams.xlsx", content))
    assert problem.startswith("teams.xlsx: it cannot be read as an .xlsx spreadsheet")


def test_a_cell_beside_the_table_of_a_spreadsheet_is_refused(teams: OrganisationFiles, refused: Refused) -> None:
    teams.sheet("teams", [["ORG", "Everybody", "", "", "a note"]])
    assert refused(teams) == ["teams.xlsx:1: column 4 has no name; remove it, with every cell below it"]


def test_a_large_spreadsheet_with_a_bad_header_is_refused_and_not_waited_for(
    teams: OrganisationFiles, refused: Refused
) -> None:
    """The rest of it fills the pipe from the reader, who would wait for ever for somebody to read on."""
    (teams.folder / "teams.csv").unlink()
    rows = [[f"T{number}", "A team of a long name " * 4, "ORG"] for number in range(3_000)]
    write_sheet(teams.folder / "teams.xlsx", [["code", "name", "colour"], *rows])
    assert [problem.split(": ")[:2] for problem in refused(teams)] == [
        ["teams.xlsx:1", "'colour'"],
        ["teams.xlsx:1", "parent"],
    ]


def unpacks_to(megabytes: int, path: Path) -> None:
    """A spreadsheet whose sheet is that long, nearly all of it the same rows again; packed by hand, which is quick."""
    small = path.with_suffix(".small")
    write_sheet(small, [COLUMNS["teams"]])
    head, tail = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
        b"</sheetData></worksheet>",
    )
    row = b"<row>" + (b'<c t="inlineStr"><is><t>' + b"1" * 30_000 + b"</t></is></c>") * 3 + b"</row>"
    rows = row * (1024**2 // len(row))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    begin = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(tail) + packer.flush()
    check = zlib.crc32(head)
    for _ in range(megabytes):
        check = zlib.crc32(rows, check)
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(path, "w") as target:
        for name in set(source.namelist()) - {"xl/worksheets/sheet1.xml"}:
            target.writestr(name, source.read(name))
        target.writestr("xl/worksheets/sheet1.xml", begin + again * megabytes + end)
        packed = target.getinfo("xl/worksheets/sheet1.xml")
        packed.compress_type, packed.CRC = zipfile.ZIP_DEFLATED, zlib.crc32(tail, check)
        packed.file_size = len(head) + len(rows) * megabytes + len(tail)
    small.unlink()


TOO_LARGE = "teams.xlsx: takes more than 1 GB of memory, or five minutes, to read; split it, or send it as CSV"


def test_the_spreadsheets_that_unpack_to_gigabytes_are_sound_while_small(
    teams: OrganisationFiles, refused: Refused
) -> None:
    (teams.folder / "teams.csv").unlink()
    unpacks_to(1, teams.folder / "teams.xlsx")
    assert refused(teams)[0].startswith(f"teams.xlsx:1: '{'1' * 60}…': is an unknown column")


def test_a_spreadsheet_that_unpacks_to_gigabytes_ends_its_reader_and_not_the_import(
    teams: OrganisationFiles, refused: Refused
) -> None:
    (teams.folder / "teams.csv").unlink()
    unpacks_to(2_000, teams.folder / "teams.xlsx")
    peak, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    assert refused(teams) == [TOO_LARGE]
    assert time.monotonic() - begun < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 100 * 1024
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 1.1 * spreadsheet.MEMORY_CAP_BYTES


def test_two_cells_far_apart_end_the_reader_and_not_the_import(teams: OrganisationFiles, refused: Refused) -> None:
    (teams.folder / "teams.csv").unlink()
    write_sheet(teams.folder / "teams.xlsx", [["code", *[""] * 16_382, "name"]], row=1_048_576)
    with zipfile.ZipFile(teams.folder / "teams.xlsx") as book:
        sheets = {name: book.read(name) for name in book.namelist()}
    first = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    sheets["xl/worksheets/sheet1.xml"] = sheets["xl/worksheets/sheet1.xml"].replace(b"<sheetData>", first)
    with zipfile.ZipFile(teams.folder / "teams.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in sheets.items():
            book.writestr(name, content)
    assert refused(teams) == [TOO_LARGE]


def test_a_reader_that_dies_in_the_middle_of_a_character_is_told_and_nothing_is_written(
    teams: OrganisationFiles, refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "reader.py"
    script.write_text(
        "import os, sys\n"
        'sys.stdout.buffer.write("code,name,parent\\nORG,Everyb\\u00f6".encode()[:-1])\n'
        "sys.stdout.flush()\nos.abort()\n"
    )
    monkeypatch.setattr(spreadsheet, "__file__", str(script))
    teams.sheet("teams", [["ORG", "Everybody", ""]])
    assert refused(teams)[-1] == TOO_LARGE
