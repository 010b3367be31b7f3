"""Where lines come from: passed through from PostgreSQL's COPY, or written here, which is many times slower."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing

from django.core.exceptions import EmptyResultSet
from django.db import connection
from psycopg import Copy
from psycopg.abc import Buffer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from assessments.pseudonyms import Hide
from reports.queries.exports import Table
from roles.bulk import batches

from .rows import safe_rows
from .text import Lines

#: So many lines go to the server of the site together: some 64 KB or more, and not much more in memory.
LINES_AT_A_TIME = 500

Batch = Sequence[Buffer]
#: Generators, to be closed by who stops reading before the transaction ends: until then COPY holds the connection.
Batches = Generator[Batch, None, None]


def batches_of(table: Table, lines: Lines, hides: Mapping[str, Hide]) -> Batches:
    """The lines of the table, many at a time. PostgreSQL writes them where it can: it makes no pseudonyms."""
    if connection.vendor == "postgresql" and table.query is not None and not hides:
        return copied(table, lines)
    return written(table, lines, hides)


def written(table: Table, lines: Lines, hides: Mapping[str, Hide]) -> Batches:
    """The plain twin: each line written here."""
    with closing(safe_rows(table, hides)) as rows:
        yield from batches(map(lines.line(table.columns), rows), LINES_AT_A_TIME)


def copied(table: Table, lines: Lines) -> Batches:
    """The lines as PostgreSQL writes them, one message each. Who stops reading has the COPY cancelled."""
    if table.query is None:
        return
    try:
        query, parameters = table.query.query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute("SET LOCAL DateStyle = 'ISO, YMD'")
        # Composed first: in debugging, Django's cursor takes no parameters here.
        unbound = lines.copied(table.columns, query)
        statement = connection.ops.compose_sql(unbound, parameters)  # type: ignore[attr-defined]  # PostgreSQL's has it
        with cursor.copy(statement) as copy:
            yield from batches(_messages(copy), LINES_AT_A_TIME)


def _messages(copy: Copy) -> Iterator[Buffer]:
    """What PostgreSQL sends, message by message.

    `copy.read` waits for one. Those that are there already are taken from libpq itself, in two thirds of the time.
    """
    pgconn = copy.connection.pgconn
    while message := copy.read():
        yield message
        size, message = pgconn.get_copy_data(1)
        while size > 0:
            yield message
            size, message = pgconn.get_copy_data(1)
        if size < 0:
            return _ended(pgconn)
    return None


def _ended(pgconn: PGconn) -> None:
    """Take all that PostgreSQL says after the last message; raises what went wrong there, if anything did."""
    for result in list(iter(pgconn.get_result, None)):
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def sealed(header: bytes, found: Batches, lines: Lines, *, trailer: bool) -> Iterator[bytes]:
    """The chunks of a whole file. The trailer comes last, after everything has been read without an error.

    The header comes with the first rows, so that what goes wrong before these leaves nothing behind.
    """
    digest, rows = hashlib.sha256(), 0
    with closing(found):
        for batch in found:
            chunk = b"".join([header, *batch])
            header = b""
            rows += len(batch)
            digest.update(chunk)
            yield chunk
    if header:
        digest.update(header)
        yield header
    if trailer:
        yield lines.trailer(rows, digest.hexdigest())
