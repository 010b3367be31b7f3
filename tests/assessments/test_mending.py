"""Bad rows as a file to mend: what a spreadsheet makes of it is what stood there, and it comes back exactly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.importing.mending import Mendable, mended_rows, text_to_mend
from assessments.importing.problems import ImportRefused

HEADER = ["employee_id", "name"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(str.strip)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.lists(CELLS | st.from_regex(r"'*[=+@-].*", fullmatch=True).map(str.strip), min_size=2, max_size=4)))
def test_rows_come_back_as_they_went_and_none_is_a_formula(rows: list[list[str]]) -> None:
    mendable = [Mendable(line, "=wrong", cells) for line, cells in enumerate(rows, start=2)]
    extra = max((len(cells) for cells in rows), default=2) - 2
    text = "".join(text_to_mend(HEADER, mendable, extra=extra))

    assert text.startswith("\ufeff")
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
        assert not any(cell.startswith(FORMULA) for cell in row)
    came = read(text, extra=extra, lines={one.line for one in mendable})
    assert came == {line: without_the_end(cells) for line, _, cells in mendable}


def without_the_end(cells: Sequence[str]) -> list[str] | None:
    """The cells as they count: none of an emptied row, and no empty ones beyond the header."""
    if not any(cells):
        return None
    return _cut([*cells])


def read(text: str, *, extra: int = 0, lines: set[int]) -> dict[int, list[str] | None]:
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people-bad-rows.csv"
        path.write_bytes(text.encode())
        came = mended_rows(path, HEADER, extra=extra, lines=lines)
    # Of rows of different widths all are as wide as the widest.
    return {line: cells and _cut(cells) for line, cells in came.items()}


def _cut(cells: list[str]) -> list[str]:
    while len(cells) > len(HEADER) and not cells[-1]:
        cells = cells[:-1]
    return cells


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-5", "'-5"),
        ("'=1", "''=1"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("''", "''"),
        ("a=b", "a=b"),
    ],
)
def test_only_what_looks_like_a_formula_gets_an_apostrophe(cell: str, written: str) -> None:
    text = "".join(text_to_mend(HEADER, [Mendable(2, "wrong", ["E1", cell])], extra=0))
    assert text.splitlines()[1] == f"2,wrong,E1,{written}"
    assert read(text, lines={2}) == {2: ["E1", cell]}


def test_a_row_with_too_many_cells_shows_them_and_is_right_without() -> None:
    text = "".join(text_to_mend(HEADER, [Mendable(2, "wrong", ["E1", "Byron", "Ada"])], extra=1))
    assert text.splitlines() == ["\ufeffline,problem,employee_id,name,extra 1", "2,wrong,E1,Byron,Ada"]
    assert read(text.replace("Byron,Ada", '"Byron, Ada",'), extra=1, lines={2}) == {2: ["E1", "Byron, Ada"]}


def test_semicolons_of_a_spreadsheet_are_told_of() -> None:
    with pytest.raises(ImportRefused) as refused:
        read("line;problem;employee_id;name\n2;;E1;A\n", lines={2})
    assert "semicolons" in refused.value.problems[0]
