"""An export as the chunks of a file, whatever its format."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import IO

from assessments.pseudonyms import Hide, hidden
from reports.queries.exports import TABLES, Asked
from roles.models import Organisation

from .lines import batches_of, sealed
from .parquet import parquet_chunks
from .snapshot import snapshot
from .text import Csv, JsonLines, Lines
from .workbook import write_workbook


@dataclass(frozen=True)
class FileFormat:
    """A format by its media type; `lines` is how those of lines are written."""

    media_type: str
    lines: Lines | None = None


FORMATS = {
    "csv": FileFormat("text/csv; charset=utf-8; header=present", Csv()),
    "jsonl": FileFormat("application/x-ndjson", JsonLines()),
    "xlsx": FileFormat("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": FileFormat("application/vnd.apache.parquet"),
}


def chunks(
    kind: str, form: str, asked: Asked, *, anonymise: bool = False, trailer: bool = True
) -> Generator[bytes, None, None]:
    """The file of `form` csv, jsonl or parquet, as it comes into being, from one state of the database.

    Nothing is read before the first chunk is taken. Whatever goes wrong is raised, and then the end is missing that
    tells a whole file: trailer or footer. Closing the generator ends the reading.
    """
    hides = _hides(anonymise=anonymise)
    with snapshot():
        table = TABLES[kind](asked)
        lines = FORMATS[form].lines
        if lines is None:
            yield from parquet_chunks(table, hides)
        else:
            found = batches_of(table, lines, hides)
            yield from sealed(lines.header(table.columns), found, lines, trailer=trailer)


@dataclass(frozen=True)
class BookMade:
    """A whole XLSX file, open for reading and gone when it is closed."""

    file: IO[bytes]
    rows: int
    digest: bytes


def book(kind: str, asked: Asked, *, anonymise: bool = False) -> BookMade:
    """The export as XLSX. Raises TooManyRows."""
    hides = _hides(anonymise=anonymise)
    with snapshot():
        file, rows = write_workbook(TABLES[kind](asked), hides, title=kind, as_of=asked.as_of)
    digest = hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]  # typeshed wants more of a file
    file.seek(0)
    return BookMade(file, rows, digest)


def _hides(*, anonymise: bool) -> Mapping[str, Hide]:
    # The row is made when it is first asked for, which is no matter for a transaction that reads.
    organisation = Organisation.current()
    return hidden(organisation.pseudonym_key) if anonymise else {}
