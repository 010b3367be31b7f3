"""A version of the matrix as a file: out, into a draft, and every bad row named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.html import parse_html

from reports.matrix_file import COLUMNS, read_file
from roles.models import Competency, MatrixVersion, Role
from roles.services import Asked, begin_draft, set_requirements
from tests.organisation import OrganisationFiles, write_sheet

from .pages import text

DRAFT = "/admin/matrix/versions/v2/"
HEADER = ",".join(COLUMNS)


@pytest.fixture
def draft(organisation: None) -> MatrixVersion:
    """v2, which asks for what v1 does, from 2027 on."""
    return begin_draft(code="v2", effective_from=date(2027, 1, 1), based_on=MatrixVersion.objects.get(code="v1"))


def cells_of(version: MatrixVersion) -> list[tuple[str, str, int, int]]:
    rows = version.requirements.order_by("role__code", "competency__code")
    return list(rows.values_list("role__code", "competency__code", "required_level", "weight"))


def upload(client: Any, content: str | bytes, *, name: str = "matrix.csv", revision: int = 0) -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(f"{DRAFT}upload/", {"file": SimpleUploadedFile(name, data), "revision": str(revision)})


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines])


def test_the_file_that_goes_out_comes_in_again_unchanged(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    response = client.get(f"{DRAFT}file/")
    assert response["Content-Disposition"] == 'attachment; filename="matrix.csv"'
    content = response.content.decode()
    assert content.splitlines() == [
        HEADER,
        "v2,2027-01-01,ENG,C-1,3,2",
        "v2,2027-01-01,ENG,C-2,2,1",
        "v2,2027-01-01,LEAD,C-3,1,1",
    ]
    assert upload(client, content)["Location"] == DRAFT
    draft.refresh_from_db()
    assert draft.revision == 0


def test_the_file_is_what_an_import_takes(reader: Any, draft: MatrixVersion, files: OrganisationFiles) -> None:
    content = reader("auditor").get(f"{DRAFT}file/").content.decode().replace("v2,2027-01-01", "v3,2027-06-01")
    files.only().text("matrix.csv", content).as_import()
    assert cells_of(MatrixVersion.objects.get(code="v3")) == cells_of(draft)


def test_a_draft_asks_for_just_what_is_in_the_file(reader: Any, draft: MatrixVersion) -> None:
    content = rows("x,2020-01-01,ENG,C-1,4,", "x,2020-01-01,IDLE,C-2,1,3")
    assert upload(reader("administrator"), content).status_code == 302
    assert cells_of(draft) == [("ENG", "C-1", 4, 1), ("IDLE", "C-2", 1, 3)]
    draft.refresh_from_db()
    assert (draft.code, draft.effective_from, draft.revision) == ("v2", date(2027, 1, 1), 1)


def test_a_spreadsheet_is_taken_too(reader: Any, draft: MatrixVersion, tmp_path: Path) -> None:
    write_sheet(tmp_path / "any.xlsx", [COLUMNS, ("v2", date(2027, 1, 1), "LEAD", "C-1", 2, 2)])
    content = (tmp_path / "any.xlsx").read_bytes()
    assert upload(reader("administrator"), content, name="Copy of the MATRIX.XLSX").status_code == 302
    assert cells_of(draft) == [("LEAD", "C-1", 2, 2)]


BAD = {
    "a level": ("v2,2027-01-01,ENG,C-1,5,1", "matrix.csv:3: required_level: '5' is not a level from 1 to 4"),
    "a weight": ("v2,2027-01-01,ENG,C-1,4,9", "matrix.csv:3: weight: '9' is not a weight from 1 to 3"),
    "a role": ("v2,2027-01-01,EMG,C-1,4,1", "matrix.csv:3: role: 'EMG' is not a known role (is 'ENG' meant?)"),
    "a competency": ("v2,2027-01-01,ENG,K-77,4,1", "matrix.csv:3: competency: 'K-77' is not a known competency"),
    "a day": ("v2,soon,ENG,C-1,4,1", "matrix.csv:3: effective_from: 'soon' is not a date; write YYYY-MM-DD"),
    "another version": ("v3,2027-01-01,ENG,C-1,4,1", "matrix.csv:3: version: 'v3' is not 'v2' as in line 2"),
    "another day": ("v2,2027-01-02,ENG,C-1,4,1", "matrix.csv:3: effective_from: '2027-01-02' is not '2027-01-01'"),
    "a cell twice": ("v2,2027-01-01,LEAD,C-3,4,1", "matrix.csv:3: role, competency: the same as in line 2"),
    "too few cells": ("v2,2027-01-01", "matrix.csv:3: the row has 2 cells and the header 6"),
}


@pytest.mark.parametrize("case", BAD)
def test_with_one_bad_row_nothing_is_taken_and_the_row_is_named(reader: Any, draft: MatrixVersion, case: str) -> None:
    before = cells_of(draft)
    row, words = BAD[case]
    response = upload(reader("administrator"), rows("v2,2027-01-01,LEAD,C-3,1,1", row))
    assert response.status_code == 422
    assert words in text(parse_html(response.content.decode()))
    assert cells_of(draft) == before


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "matrix.csv", "The submitted file is empty"),
        (HEADER.encode(), "matrix.csv", "has no row below its header"),
        (b"\xff\xfe", "matrix.csv", "the file is UTF-16"),
        (b"PK\x03\x04 no sheet", "matrix.xlsx", "matrix.xlsx"),
        (b"a,b\n1,2", "matrix.csv", "is an unknown column"),
        (b"a", "matrix.pdf", "The file is neither CSV nor XLSX."),
        (b"a" * (2 * 1024**2 + 1), "matrix.csv", "The file is larger than 2 MB"),
    ],
)
def test_what_is_no_matrix_is_refused_in_words(
    reader: Any, draft: MatrixVersion, content: bytes, name: str, words: str
) -> None:
    response = upload(reader("administrator"), content, name=name)
    assert response.status_code == 422
    assert words in text(parse_html(response.content.decode()))
    assert draft.requirements.count() == 3


def test_a_file_does_not_undo_what_somebody_saved_meanwhile(reader: Any, draft: MatrixVersion) -> None:
    key = (Role.objects.get(code="ENG").pk, Competency.objects.get(code="C-1").pk)
    set_requirements(draft=draft, cells={key: Asked(4, 1)}, revision=0)
    response = upload(reader("administrator"), rows("v2,2027-01-01,LEAD,C-1,1,1"))
    assert response.status_code == 409
    assert "has been saved by somebody meanwhile" in text(parse_html(response.content.decode()))
    assert ("ENG", "C-1", 4, 1) in cells_of(draft)


def test_no_more_than_a_hundred_bad_rows_are_named(draft: MatrixVersion, tmp_path: Path) -> None:
    path = tmp_path / "matrix.csv"
    lines: Sequence[str] = [f"v2,2027-01-01,ENG,N-{number},1,1" for number in range(250)]
    path.write_text(rows(*lines), encoding="utf-8")
    problems = read_file(path).problems.lines()
    assert (len(problems), problems[-1]) == (101, "... and 150 more bad rows")
    assert problems[0].startswith("matrix.csv:2: competency: 'N-0'")
