"""Every format of an export holds the same rows, safe in a spreadsheet, and tells whether it came whole."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from itertools import product
from typing import Any

import pyarrow.parquet
import pytest
from django.db import connection, transaction
from psycopg.errors import DivisionByZero

from assessments.pseudonyms import hidden
from reports.exporting import FORMATS, TooManyRows, chunks, lines, workbook
from reports.exporting.lines import _messages, copied, written
from reports.exporting.parquet import copied_groups
from reports.exporting.snapshot import snapshot
from reports.exporting.text import Csv, JsonLines
from reports.queries.exports import TABLES, Asked
from roles.bulk import batches
from roles.models import Competency, Organisation, Person, Team
from tests.organisation import at_once

from .awkward import demo
from .exported import FORMULAS, TODAY, WORDS, columns_of, file_of, put_awkward_words, read, rows_of, safe

__all__ = ["demo"]

ASKED = Asked(as_of=TODAY)
only_on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL writes the lines itself")


@pytest.fixture
def awkward(demo: Team) -> None:
    put_awkward_words()


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("kind", TABLES)
def test_a_file_read_back_holds_the_rows_made_safe_the_same_in_every_format(kind: str) -> None:
    expected = [tuple(map(safe, row)) for row in rows_of(kind, ASKED)]
    assert len(expected) > 10
    for form in FORMATS:
        assert read(file_of(kind, form, ASKED), form, columns_of(kind)) == expected, form


@pytest.mark.usefixtures("awkward")
def test_no_word_becomes_a_formula() -> None:
    for form in FORMATS:
        rows = read(file_of("results", form, ASKED), form, columns_of("results"))
        cells = {cell for row in rows for cell in row if isinstance(cell, str)}
        assert {f"'{formula}" for formula in FORMULAS} <= cells
        assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]


@pytest.mark.usefixtures("awkward")
def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    with zipfile.ZipFile(io.BytesIO(file_of("results", "xlsx", ASKED))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "<t" in sheet


@pytest.mark.usefixtures("awkward")
def test_the_same_rows_are_the_same_bytes() -> None:
    for kind, form in product(TABLES, FORMATS):
        assert file_of(kind, form, ASKED) == file_of(kind, form, ASKED), (kind, form)


@only_on_postgresql
@pytest.mark.usefixtures("awkward")
def test_postgresql_writes_the_same_bytes_as_the_plain_twin() -> None:
    def whole(batches: Iterator[Any]) -> bytes:
        return b"".join(b"".join(batch) for batch in batches)

    for kind, form in product(["standings", "results", "people"], [Csv(), JsonLines()]):
        table = TABLES[kind](ASKED)
        fast, plain = whole(copied(table, form)), whole(written(table, form, {}))
        assert fast == plain, (kind, form)
        assert fast.count(b"\n") >= len(rows_of(kind, ASKED)) > 10


@only_on_postgresql
@pytest.mark.usefixtures("awkward")
def test_lines_are_the_same_whatever_way_the_database_writes_days() -> None:
    def whole() -> bytes:
        return b"".join(chunks("standings", "csv", ASKED))

    before = whole()
    with connection.cursor() as cursor:
        cursor.execute("SET DateStyle = 'German'")
        assert whole() == before
        cursor.execute("RESET DateStyle")


@only_on_postgresql
@pytest.mark.usefixtures("awkward")
def test_parquet_is_written_from_whole_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few bytes make a group: a message of PostgreSQL is a row, and words may hold the ends of lines."""
    monkeypatch.setattr("reports.exporting.parquet.BYTES_A_GROUP", 1)
    monkeypatch.setattr(lines, "LINES_AT_A_TIME", 1)
    expected = [tuple(map(safe, row)) for row in rows_of("results", ASKED)]
    assert len(list(copied_groups(TABLES["results"](ASKED)))) == len(expected)
    assert read(file_of("results", "parquet", ASKED), "parquet", columns_of("results")) == expected


@only_on_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("last", [1, 700, 5_000, 99_999])
def test_what_postgresql_finds_wrong_at_any_row_is_raised(last: int) -> None:
    statement = f"COPY (SELECT 1 / ({last} - n) FROM generate_series(1, 100000) n) TO STDOUT (FORMAT csv)"  # noqa: S608
    taken: list[Any] = []
    with (
        pytest.raises(DivisionByZero),
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        taken.extend(_messages(copy))
    assert len(taken) == last - 1
    assert Person.objects.count() == 0


@pytest.mark.usefixtures("awkward")
def test_the_trailer_of_csv_counts_and_sums_up_what_is_before() -> None:
    data = file_of("results", "csv", ASKED)
    last = re.search(rb"#rows=(\d+),sha256=([0-9a-f]{64})\n\Z", data)
    assert last is not None
    assert int(last[1]) == len(rows_of("results", ASKED))
    assert last[2].decode() == hashlib.sha256(data[: last.start()]).hexdigest()
    assert file_of("results", "csv", ASKED, trailer=False) == data[: last.start()]


@pytest.mark.usefixtures("awkward")
def test_so_does_that_of_json_lines() -> None:
    data = file_of("results", "jsonl", ASKED)
    body, last = data[: data.rindex(b"\n", 0, -1) + 1], data[data.rindex(b"\n", 0, -1) + 1 :]
    told = {"rows": len(rows_of("results", ASKED)), "sha256": hashlib.sha256(body).hexdigest()}
    assert json.loads(last) == {"trailer": told}
    assert file_of("results", "jsonl", ASKED, trailer=False) == body


@pytest.mark.usefixtures("awkward")
def test_and_the_footer_of_parquet() -> None:
    data = file_of("results", "parquet", ASKED)
    footer = int.from_bytes(data[-8:-4], "little")
    told = pyarrow.parquet.read_metadata(io.BytesIO(data)).metadata
    assert told[b"aiskills.rows"] == str(len(rows_of("results", ASKED))).encode()
    assert told[b"aiskills.sha256"] == hashlib.sha256(data[: -8 - footer]).hexdigest().encode()


@pytest.mark.django_db
def test_of_an_empty_installation_a_file_has_the_columns_and_no_rows() -> None:
    for kind, form in product(TABLES, FORMATS):
        data = file_of(kind, form, ASKED)
        assert read(data, form, columns_of(kind)) == []
        if form in {"csv", "parquet"}:
            assert columns_of(kind)[0].name.encode() in data


class _Broke(Exception):
    pass


@pytest.mark.usefixtures("demo")
def test_what_breaks_off_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(found: Any, size: int) -> Iterator[Any]:
        for _ in range(2):
            yield next(batches(found, min(size, 5)))
        raise _Broke

    monkeypatch.setattr(lines, "batches", breaking)
    monkeypatch.setattr("reports.exporting.parquet.batches", breaking)
    monkeypatch.setattr("reports.exporting.parquet.BYTES_A_GROUP", 1)
    for form in ("csv", "jsonl", "parquet"):
        parts: list[bytes] = []
        stream = chunks("standings", form, ASKED)
        with pytest.raises(_Broke), transaction.atomic():
            parts.extend(stream)
        got = b"".join(parts)
        assert len(got) > 100
        assert b"sha256" not in got
        assert b"PAR1" not in got[4:]
        assert list(stream) == []


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("kind", ["standings", "results", "people"])
def test_anonymised_nobody_is_named(kind: str) -> None:
    people = {word for person in Person.objects.all() for word in (person.employee_id, person.name, person.email)}
    names = {word for word in people if len(word) > 8 and word not in WORDS}
    assert names
    for form in FORMATS:
        data = file_of(kind, form, ASKED, anonymise=True)
        rows = read(data, form, columns_of(kind))
        assert rows
        for row in rows:
            hiding = [cell for cell, column in zip(row, columns_of(kind), strict=True) if column.hidden_as]
            assert all(cell is None or re.fullmatch("(P|Person|R|A)-[0-9a-f]{16}", cell) for cell in hiding), form
        if form not in {"xlsx", "parquet"}:  # which are packed, so that it would prove nothing
            assert not [name for name in names if name.encode() in data]


@pytest.mark.usefixtures("demo")
def test_pseudonyms_are_those_of_the_export_of_the_organisation() -> None:
    hide = hidden(Organisation.current().pseudonym_key)
    plain, hiding = (
        read(file_of("people", "csv", ASKED, anonymise=anonymise), "csv", columns_of("people"))
        for anonymise in (False, True)
    )
    assert [row[:2] for row in hiding] == [(hide["employee_id"](row[0]), hide["people.name"](row[1])) for row in plain]
    assert {row[2] for row in hiding} == {None}


@pytest.mark.usefixtures("demo")
def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("standings", "gaps"):
        monkeypatch.setattr(workbook, "MOST_ROWS", 3)
        with pytest.raises(TooManyRows, match="csv, jsonl or parquet"):
            file_of(kind, "xlsx", ASKED)
        monkeypatch.setattr(workbook, "MOST_ROWS", len(rows_of(kind, ASKED)))
        assert len(read(file_of(kind, "xlsx", ASKED), "xlsx", columns_of(kind))) == len(rows_of(kind, ASKED))


@pytest.mark.django_db(transaction=True)
def test_who_stops_reading_leaves_a_connection_that_works(demo: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINES_AT_A_TIME", 10)
    monkeypatch.setattr("reports.exporting.parquet.BYTES_A_GROUP", 1)
    people = Person.objects.count()
    for form, anonymise in product(("csv", "jsonl", "parquet"), (False, True)):
        stream = chunks("standings", form, ASKED, anonymise=anonymise)
        assert next(stream)
        assert connection.in_atomic_block
        stream.close()
        assert not connection.in_atomic_block
        assert Person.objects.count() == people
        with transaction.atomic():
            demo.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo")
def test_an_export_is_of_one_state_and_keeps_nobody_from_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINES_AT_A_TIME", 1)
    expected = file_of("people", "csv", ASKED)
    stream = chunks("people", "csv", ASKED)
    got = next(stream)
    [outcome] = at_once(lambda: Person.objects.filter(joined_on__lte=TODAY).update(name="Somebody else"))
    assert isinstance(outcome, int), outcome
    assert got + b"".join(stream) == expected
    assert file_of("people", "csv", ASKED) != expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo")
def test_gap_reports_of_one_file_are_of_one_state() -> None:
    asked = Asked(as_of=TODAY, each=True)
    expected = file_of("gaps", "csv", asked)
    with snapshot():
        Team.objects.first()
        [outcome] = at_once(lambda: Competency.objects.update(title="Something else"))
        assert isinstance(outcome, int), outcome
        assert file_of("gaps", "csv", asked) == expected
    assert file_of("gaps", "csv", asked) != expected
