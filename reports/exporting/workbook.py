"""XLSX, by way of a temporary file, since its beginning is written last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import xlsxwriter

from assessments.pseudonyms import Hide
from reports.queries.exports import Column, Kind, Table

from .rows import instant, safe_rows

#: What a sheet holds below its header.
MOST_ROWS = 1_048_575
#: Before that day Excel's calendar is a day off, or there is none.
_FIRST_DAY = date(1900, 3, 1)


class TooManyRows(Exception):
    """There are more rows than a sheet holds."""

    def __init__(self) -> None:
        super().__init__(
            f"This export has more than the {MOST_ROWS:,} rows that a sheet of XLSX holds."
            " Take csv, jsonl or parquet, which have no such limit, or ask for one team."
        )


def write_workbook(table: Table, hides: Mapping[str, Hide], *, title: str, as_of: date) -> tuple[IO[bytes], int]:
    """A new temporary file, open for reading, and how many rows it has. Raises TooManyRows.

    Nobody but this process can open the file, and it is gone when it is closed.
    """
    if table.query is not None and table.query.order_by().count() > MOST_ROWS:
        raise TooManyRows
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(path, options) as book:
            # The same rows are the same bytes, whenever they are written.
            book.set_properties({"created": datetime.combine(as_of, time.min)})
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            rows = _fill(sheet, table, hides, book.add_format({"num_format": "yyyy-mm-dd"}))
        return path.open("rb"), rows


def _fill(sheet: Any, table: Table, hides: Mapping[str, Hide], day: Any) -> int:
    """Write header and rows; gives how many rows."""
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.name)
    writers = [_writer(column, sheet, day) for column in table.columns]
    number = 0
    for number, row in enumerate(safe_rows(table, hides), start=1):
        if number > MOST_ROWS:
            raise TooManyRows
        _write_row(writers, number, row)
    return number


Writer = Callable[[int, int, Any], object]


def _write_row(writers: Sequence[Writer], number: int, row: Sequence[Any]) -> None:
    for place, (write, value) in enumerate(zip(writers, row, strict=True)):
        if value is not None:
            write(number, place, value)


def _writer(column: Column, sheet: Any, day: Any) -> Writer:
    """What writes a cell of the column: texts always as texts, numbers as numbers and days as days."""
    if column.kind in {Kind.INTEGER, Kind.SHARE}:
        return sheet.write_number  # type: ignore[no-any-return]
    if column.kind is Kind.BOOLEAN:
        return sheet.write_boolean  # type: ignore[no-any-return]
    if column.kind is Kind.INSTANT:
        return lambda number, place, value: sheet.write_string(number, place, instant(value))
    if column.kind is Kind.DAY:
        return lambda number, place, value: _write_day(sheet, number, place, value, day)
    return sheet.write_string  # type: ignore[no-any-return]


def _write_day(sheet: Any, number: int, place: int, value: date, day: Any) -> None:
    if value < _FIRST_DAY:
        sheet.write_string(number, place, value.isoformat())
    else:
        sheet.write_datetime(number, place, datetime.combine(value, time.min), day)
