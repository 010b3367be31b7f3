"""Parquet: row groups written one after the other, each as soon as its rows are there."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.db import connection

from assessments.pseudonyms import Hide
from reports.queries.exports import Kind, Table
from roles.bulk import batches

from .lines import copied
from .rows import safe_rows
from .text import Csv

#: A row group holds what these many bytes of CSV do; or so many rows, where they are written here.
BYTES_A_GROUP = 8 * 1024**2
ROWS_A_GROUP = 50_000
#: Every reader knows it; zstd makes files that are a quarter smaller, in the same time.
COMPRESSION = "snappy"

_UNIQUE = {"result_id", "evidence"}
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.WORD: pa.string(),
    Kind.INTEGER: pa.int32(),
    Kind.SHARE: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DAY: pa.date32(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
}


def parquet_chunks(table: Table, hides: Mapping[str, Hide]) -> Iterator[bytes]:
    """The chunks of a whole file. How many rows there are, and the SHA-256 of all before the footer, is in the footer.

    While PostgreSQL sends the next rows, a thread writes those that are there.
    """
    file = _File(pa.schema([(column.name, _TYPES[column.kind]) for column in table.columns]))
    last: Future[bytes] | None = None
    with closing(_groups(table, hides)) as groups, ThreadPoolExecutor(1) as thread:
        for group in groups:
            following = thread.submit(file.group, group)
            if last is not None:
                yield last.result()
            last = following
        if last is not None:
            yield last.result()
    yield file.footer()


#: Rows as CSV without a header, or as lists of values.
Group = bytes | list[list[Any]]


def _groups(table: Table, hides: Mapping[str, Hide]) -> Generator[Group, None, None]:
    if connection.vendor == "postgresql" and table.query is not None and not hides:
        yield from copied_groups(table)
        return
    with closing(safe_rows(table, hides)) as rows:
        yield from batches(rows, ROWS_A_GROUP)


def copied_groups(table: Table) -> Generator[bytes, None, None]:
    """The rows as PostgreSQL writes them in CSV, so many bytes at a time; each is a whole number of rows.

    In front of each stands a byte-order mark, which is skipped; else one that begins the first cell would be.
    """
    parts, size = [BOM_UTF8], 0
    with closing(copied(table, Csv())) as found:
        for batch in found:
            parts.append(b"".join(batch))
            size += len(parts[-1])
            if size >= BYTES_A_GROUP:
                yield b"".join(parts)
                parts, size = [BOM_UTF8], 0
    if size:
        yield b"".join(parts)


class _File:
    """A Parquet file that comes into being, and hands out its bytes."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._sink = _Sink()
        self._rows = 0
        # What is different in every row has no use for a dictionary.
        repeated = [name for name in schema.names if name not in _UNIQUE]
        # Every call from pyarrow into Python waits for the thread that reads; with a buffer between there are few.
        self._buffer = pa.BufferedOutputStream(pa.PythonFile(self._sink, mode="w"), BYTES_A_GROUP)
        self._writer = pa.parquet.ParquetWriter(self._buffer, schema, compression=COMPRESSION, use_dictionary=repeated)

    def group(self, rows: Group) -> bytes:
        """Write a row group; gives its bytes."""
        table = self._read(rows) if isinstance(rows, bytes) else self._made(rows)
        self._rows += table.num_rows
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._buffer.flush()
        return self._sink.taken()

    def footer(self) -> bytes:
        """Write the end of the file; gives its bytes."""
        self._buffer.flush()
        self._writer.add_key_value_metadata(
            {"aiskills.rows": str(self._rows), "aiskills.sha256": self._sink.digest.hexdigest()}
        )
        self._writer.close()
        self._buffer.flush()
        return self._sink.taken()

    def _read(self, rows: bytes) -> pa.Table:
        return pa.csv.read_csv(
            pa.BufferReader(rows),
            # In this thread alone: sharing so few rows out costs as much again as reading them.
            pa.csv.ReadOptions(column_names=self._schema.names, block_size=len(rows) + 1, use_threads=False),
            pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            pa.csv.ConvertOptions(
                column_types=self._schema,
                check_utf8=False,
                null_values=[""],
                true_values=["true"],
                false_values=["false"],
                strings_can_be_null=True,
            ),
        )

    def _made(self, rows: list[list[Any]]) -> pa.Table:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=self._schema)


class _Sink:
    """What pyarrow writes into: keeps the bytes until they are taken, and their SHA-256 for good."""

    closed = False

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        self.digest.update(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """There is nothing below to write to."""

    def close(self) -> None:
        """Nothing is held open."""

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data
