"""The plain way, the same on every database: rows of Python values, made safe one by one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from assessments.pseudonyms import Hide
from reports.queries.exports import Column, Kind, Table
from roles.formulas import no_formula

ROWS_AT_A_TIME = 2_000


def safe_rows(table: Table, hides: Mapping[str, Hide]) -> Generator[list[Any], None, None]:
    """The rows with names hidden, no text that a spreadsheet takes for a formula, and None where nothing stands.

    Values are str, int, float, bool, date, aware datetime and None, in the order of the columns.
    """
    safe = [_safe(column, hides) for column in table.columns]
    for row in _rows(table):
        yield [value if make is None or value is None else make(value) for make, value in zip(safe, row, strict=True)]


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    if table.computed is not None:
        return table.computed()
    return iter([]) if table.query is None else table.query.iterator(chunk_size=ROWS_AT_A_TIME)


def _safe(column: Column, hides: Mapping[str, Hide]) -> Callable[[str], str | None] | None:
    """What makes a value of the column safe; None where nothing has to be done."""
    if column.kind is not Kind.TEXT:
        return None
    hide = hides.get(column.hidden_as or "")
    if hide is None:
        return lambda text: no_formula(text) or None
    return lambda text: hide(text) or None


def instant(value: datetime) -> str:
    """An instant in UTC to the microsecond: `2026-11-01T12:00:00.000000Z`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
