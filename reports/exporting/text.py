"""CSV and JSON Lines: how a line is written, by PostgreSQL itself and by its plain twin, to the same bytes."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from reports.queries.exports import Column, Kind

from .rows import instant

Columns = Sequence[Column]


class Lines(ABC):
    """A format of which every row is a line."""

    @abstractmethod
    def header(self, columns: Columns) -> bytes:
        """What stands before the rows."""

    @abstractmethod
    def line(self, columns: Columns) -> Callable[[Sequence[Any]], bytes]:
        """A function that writes a row of safe values as a line."""

    @abstractmethod
    def copied(self, columns: Columns, query: str) -> str:
        """The statement by which PostgreSQL writes the rows of the query as the same lines."""

    @abstractmethod
    def trailer(self, rows: int, digest: str) -> bytes:
        """The last line: how many rows there are, and the SHA-256 of every byte before."""


class Csv(Lines):
    """RFC 4180 in UTF-8, with a header, lines that end in LF, and quotes only where they are needed."""

    def header(self, columns: Columns) -> bytes:
        return (",".join(column.name for column in columns) + "\n").encode()

    def line(self, columns: Columns) -> Callable[[Sequence[Any]], bytes]:
        cells = [_CELLS[column.kind] for column in columns]

        def written(row: Sequence[Any]) -> bytes:
            texts = ["" if value is None else cell(value) for cell, value in zip(cells, row, strict=True)]
            return (",".join(texts) + "\n").encode()

        return written

    def copied(self, columns: Columns, query: str) -> str:
        safe = _selected(columns, query, {Kind.BOOLEAN: "CAST({0} AS text)"})
        return f"COPY ({safe}) TO STDOUT (FORMAT csv)"

    def trailer(self, rows: int, digest: str) -> bytes:
        return f"#rows={rows},sha256={digest}\n".encode()


class JsonLines(Lines):
    """An object a line, in UTF-8; None is null."""

    def header(self, columns: Columns) -> bytes:  # noqa: ARG002 - the names stand in every line
        return b""

    def line(self, columns: Columns) -> Callable[[Sequence[Any]], bytes]:
        names = [column.name for column in columns]

        def written(row: Sequence[Any]) -> bytes:
            data = dict(zip(names, row, strict=True))
            return (_JSON.encode(data) + "\n").encode()

        return written

    def copied(self, columns: Columns, query: str) -> str:
        # No control character stands in JSON as it is, so nothing is ever quoted or taken for a separator.
        safe = _selected(columns, query, {})
        unquoted = r"FORMAT csv, QUOTE E'\x01', ESCAPE E'\x01', DELIMITER E'\x02'"
        return f"COPY (SELECT row_to_json(safe) FROM ({safe}) safe) TO STDOUT ({unquoted})"  # noqa: S608 - all ours

    def trailer(self, rows: int, digest: str) -> bytes:
        return (json.dumps({"trailer": {"rows": rows, "sha256": digest}}) + "\n").encode()


_NEEDS_QUOTES = re.compile(r'[",\n\r]')


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _NEEDS_QUOTES.search(text) else text


#: How CSV writes a value of each kind.
_CELLS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: _quoted,
    Kind.WORD: _quoted,
    Kind.INTEGER: str,
    Kind.SHARE: repr,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.DAY: lambda value: value.isoformat(),
    Kind.INSTANT: instant,
}


class _Encoder(json.JSONEncoder):
    """Writes what JSON has no words for as CSV does."""

    def default(self, o: Any) -> str:
        return instant(o) if hasattr(o, "tzinfo") else str(o.isoformat())


_JSON = _Encoder(ensure_ascii=False, separators=(",", ":"))

#: A text made safe by PostgreSQL. Most begin with a letter, which is behind all that begins a formula.
_SAFE_TEXT = (
    "CASE WHEN ascii({0}) > 64 THEN {0} WHEN {0} = '' THEN NULL"
    " WHEN ascii({0}) IN (9, 13, 43, 45, 61, 64) THEN '''' || {0} ELSE {0} END"
)
_INSTANT = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _selected(columns: Columns, query: str, written: dict[Kind, str]) -> str:
    """A statement that selects the columns of the query, made safe, and those of some kinds written in another way."""
    ways = {Kind.TEXT: _SAFE_TEXT, Kind.INSTANT: _INSTANT, **written}
    names = [f'"{column.name}"' for column in columns]
    safe = [
        f"{ways.get(column.kind, '{0}').format(name)} AS {name}" for column, name in zip(columns, names, strict=True)
    ]
    return f"SELECT {', '.join(safe)} FROM ({query}) AS found ({', '.join(names)})"  # noqa: S608 - columns are ours
