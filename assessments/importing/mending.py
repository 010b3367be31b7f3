"""Bad rows as a file to mend: the line and what is wrong with it in front of the columns that the file has.

A cell that a spreadsheet would take for a formula has an apostrophe in front, and one that looks as if it had one gets
another, so that reading takes away exactly what writing has put there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .problems import ImportRefused, Problems, shown
from .sources import Source

LINE, PROBLEM = "line", "problem"
_LINE = re.compile(r"[0-9]{1,9}")
#: What a spreadsheet takes for a formula, also behind apostrophes that are there already.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


class Mendable(NamedTuple):
    """A bad row: its line, what is wrong with it, and its cells as they stand in the file."""

    line: int
    problem: str
    cells: Sequence[str]


def text_to_mend(header: Sequence[str], rows: Iterable[Mendable], *, extra: int) -> Iterator[str]:
    """The rows as CSV, line by line; `extra` is how many cells the longest has beyond the header."""
    yield "\ufeff"
    yield _csv_line(_head(header, extra))
    width = len(header) + extra
    for row in rows:
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        yield _csv_line([str(row.line), row.problem, *cells])


def mended_rows(
    path: Path, header: Sequence[str], *, extra: int, lines: Collection[int]
) -> dict[int, list[str] | None]:
    """What stands in place of each line that the file names, None for one that was emptied.

    `lines` are those that may be mended. Raises ImportRefused, with everything that is wrong with the file.
    """
    problems = Problems()
    source = Source(path)
    mended: dict[int, list[str] | None] = {}
    for row in source.rows(_head(header, extra), problems):
        line, cells = row.cells[0], [_as_written(cell) for cell in row.cells[2:]]
        if not _LINE.fullmatch(line) or int(line) not in lines:
            message = f"{shown(line)} is not the line of a bad row; leave this column as it is"
            problems.add(source.name, row.line, LINE, message)
        elif int(line) in mended:
            problems.add(source.name, row.line, LINE, f"{shown(line)} stands in an earlier row already")
        else:
            mended[int(line)] = _cut(cells, len(header)) if any(cells) else None
    if problems:
        raise ImportRefused(problems)
    return mended


def _head(header: Sequence[str], extra: int) -> list[str]:
    return [LINE, PROBLEM, *header, *(f"extra {number}" for number in range(1, extra + 1))]


def _cut(cells: list[str], width: int) -> list[str]:
    """The cells without what stands beyond the header, unless something does."""
    return cells if any(cells[width:]) else cells[:width]


def _as_text(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _as_written(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([_as_text(cell) for cell in cells])
    return line.getvalue()
