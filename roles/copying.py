"""Rows in the binary form that PostgreSQL copies in, made without a connection; no Django here.

So another process can make them, and who has the connection only passes them on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import postgres
from psycopg._copy_base import (
    BinaryFormatter,  # what `Copy.write_row` goes through; nothing public makes just the bytes
)
from psycopg.adapt import Transformer
from psycopg.pq import Format


def copied(types: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """All that a `COPY ... FROM STDIN (FORMAT BINARY)` is sent for these rows; `types` are PostgreSQL's names."""
    transformer = Transformer()
    transformer.set_dumper_types([postgres.types[name].oid for name in types], Format.BINARY)
    formatter = BinaryFormatter(transformer)
    parts = [bytes(formatter.write_row(row)) for row in rows]
    return b"".join([*parts, bytes(formatter.end())])
