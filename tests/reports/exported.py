"""What tests of exports share: an organisation full of awkward words, and files read back by libraries of others."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow.parquet
import python_calamine
from django.utils.timezone import now

from assessments.models import AssessmentResult
from reports.exporting import book, chunks
from reports.exporting.files import FORMATS
from reports.queries.exports import TABLES, Asked, Column, Kind
from roles.models import Competency, Person, Team

TODAY = date(2026, 11, 1)

#: Each of the six beginnings, and whatever a format could stumble over. Only PostgreSQL refuses NUL, so nobody has it.
FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]
AWKWARD = [
    'a "quoted" word',
    '"',
    "two\nlines",
    "two\r\nlines",
    "a\rreturn",
    "a,b;c|d",
    "back\\slash\\",
    "\\.",
    "\\N",
    "NULL",
    "null",
    "äöüß ÅÉ",
    "🦊 and 👩🏽‍🚀",
    "\x01\x02\x03\x1f\x7f",
    "\u2028\u2029\x85\xa0",
    "\ufeffmark",
    " space ",
    "'=1",
    "x=1",
    "#rows=1,sha256=00",
    '{"trailer": 1}',
    "_x0041_",
    "0042",
    "1e5",
    "2026-11-01",
    "true",
    "http://example.org/",
    "x" * 2000,
]
WORDS = [*FORMULAS, *AWKWARD]


def put_awkward_words() -> None:
    """Put the words wherever somebody can: names, titles, codes, and results with and without each."""
    people = list(Person.objects.order_by("pk"))
    teams, competencies = list(Team.objects.order_by("pk")), list(Competency.objects.order_by("pk"))
    for things, field in ((people, "name"), (teams, "name"), (competencies, "title")):
        for thing, word in zip(things, WORDS, strict=False):
            type(thing)._base_manager.filter(pk=thing.pk).update(**{field: word[:200]})
    for thing, code in zip(people, [word for word in WORDS if word.isprintable() and len(word) < 60], strict=False):
        Person._base_manager.filter(pk=thing.pk).update(employee_id=code, email=f"{code[:20]}@example.org")
    for number, word in enumerate(["", *WORDS]):
        AssessmentResult.objects.create(
            result_id=f"{word[:90]}" or "plain",
            person=people[number % 3],
            competency=competencies[number % 5],
            level=number % 5,
            method=["self", "exam"][number % 2],
            assessed_on=TODAY,
            expires_on=date(2026, 12, 24) if number % 3 else None,
            assessor=word[:200],
            evidence=word,
            recorded_at=datetime(2026, 10, 1, 12, 30, 15, number, tzinfo=UTC),
            withdrawn_at=now() if number % 4 == 0 else None,
            withdrawn_reason=f"={word}"[:500] if number % 4 == 0 else "",
        )


def safe(value: Any) -> Any:
    """What stands in an export for a value, by the words of the contract rather than by our code."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] and value[0] in "=+-@\t\r" else value or None
    return value


def columns_of(kind: str) -> tuple[Column, ...]:
    return TABLES[kind](Asked(as_of=TODAY)).columns


def rows_of(kind: str, asked: Asked) -> list[tuple[Any, ...]]:
    """The rows as the queries give them."""
    table = TABLES[kind](asked)
    return list(table.computed() if table.computed else table.query or [])


def file_of(kind: str, form: str, asked: Asked, **wishes: Any) -> bytes:
    if form == "xlsx":
        with book(kind, asked, **wishes).file as file:
            return file.read()
    return b"".join(chunks(kind, form, asked, **wishes))


def read(data: bytes, form: str, columns: Iterable[Column]) -> list[tuple[Any, ...]]:
    """The rows of a file, their values back in the types of Python."""
    kinds = [column.kind for column in columns]
    found = {"csv": _csv, "jsonl": _json_lines, "xlsx": _xlsx, "parquet": _parquet}[form](data)
    return [tuple(_value(cell, kind) for cell, kind in zip(row, kinds, strict=True)) for row in found]


def _csv(data: bytes) -> list[list[Any]]:
    body = data[: data.rindex(b"#rows=")].decode()
    return list(csv.reader(io.StringIO(body, newline="")))[1:]


def _json_lines(data: bytes) -> list[list[Any]]:
    return [list(json.loads(line).values()) for line in data.decode().split("\n")[:-2]]


def _xlsx(data: bytes) -> list[list[Any]]:
    [sheet] = python_calamine.load_workbook(io.BytesIO(data)).sheet_names
    found = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_name(sheet)
    return found.to_python()[1:]


def _parquet(data: bytes) -> list[list[Any]]:
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    return [list(row.values()) for row in table.to_pylist()]


def _value(cell: Any, kind: Kind) -> Any:
    if cell is None or cell == "":
        return None
    if kind is Kind.BOOLEAN and isinstance(cell, str):
        return {"true": True, "false": False}[cell]
    if kind is Kind.DAY and isinstance(cell, str):
        return date.fromisoformat(cell)
    if kind is Kind.INSTANT and isinstance(cell, str):
        return datetime.fromisoformat(cell)
    if kind is Kind.INTEGER:
        return int(cell)
    return float(cell) if kind is Kind.SHARE else cell


def known_formats() -> list[str]:
    return list(FORMATS)
