"""Many rows at once: the fast ways of PostgreSQL, each behind one function with its plain twin elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.utils.timezone import now
from psycopg import Copy

from .filling import frozen
from .stamps import stamps

T = TypeVar("T")

ROWS_AT_A_TIME = 5_000


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows of values in the order of `columns` (attribute names such as `person_id`); gives how many.

    Goes round the model: nothing is announced and no default is filled in, but for `updated_at`. Keys that the database
    makes follow the order of the rows. Raises what the database raises, and then nothing is written if the caller is in
    a transaction.
    """
    if stamps(model, columns):
        stamp = (now(),)
        columns, rows = [*columns, "updated_at"], (tuple(row) + stamp for row in rows)
    return _copy(model, columns, rows) if connection.vendor == "postgresql" else _insert(model, columns, rows)


def column_types(model: type[models.Model], columns: Sequence[str]) -> tuple[str, ...]:
    """PostgreSQL's names for the types of these columns, as `roles.copying` wants them."""
    fields = [_field(model, column) for column in columns]
    return tuple(_TYPES.get(field.db_type(connection) or "", "text") for field in fields)


def insert_copied(model: type[models.Model], columns: Sequence[str], rows: bytes) -> None:
    """Insert rows that `roles.copying` has made, as `insert_rows` does; on PostgreSQL."""
    with _copy_into(model, columns) as copy:
        copy.write(rows)


def reserved_keys(model: type[models.Model], count: int) -> list[int]:
    """So many keys for new rows that nobody else is given, in order: for rows that tell of their own key.

    On SQLite only who writes already, as its only writer, may have some.
    """
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [model._meta.db_table, model._meta.pk.column, count],
            )
            return [number for (number,) in cursor.fetchall()]
        cursor.execute(
            f"SELECT max(COALESCE((SELECT max({key}) FROM {table}), 0),"  # noqa: S608 - names from the model
            " COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0))",
            [model._meta.db_table],
        )
        (last,) = cursor.fetchone()
    return list(range(last + 1, last + 1 + count))


def select_rows(
    model: type[models.Model], columns: Sequence[str], *, where: str, among: Collection[int] | Collection[str]
) -> list[tuple[Any, ...]]:
    """The values of `columns` of the rows whose `where` column is one of the keys, in no order.

    On PostgreSQL it goes round the ORM, whose time for many rows is several times the database's.
    """
    if connection.vendor != "postgresql":
        return list(model._default_manager.filter(**{f"{where}__in": among}).order_by().values_list(*columns))
    names, table = _names(model, columns), connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table} WHERE {where} = ANY(%s)", [list(among)])  # noqa: S608
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def read_numbers(statement: str, parameters: Sequence[Any], columns: int) -> npt.NDArray[np.int64]:
    """What a query finds, all of whose columns are whole numbers and none NULL: a row of the array for each column.

    On PostgreSQL each column comes as one array in its binary form, of which no number has to be read by itself.
    """
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return np.array(cursor.fetchall(), np.int64).reshape(-1, columns).T
    names = [f"c{number}" for number in range(columns)]
    gathered = ", ".join(f"array_send(array_agg({name}::bigint))" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {gathered} FROM ({statement}) found({', '.join(names)})", parameters)  # noqa: S608
        arrays = cursor.fetchone()
    if arrays[0] is None:
        return np.empty((columns, 0), np.int64)
    return np.array([sent_numbers(sent) for sent in arrays], np.int64)


def sent_numbers(*sent: bytes) -> npt.NDArray[np.int64]:
    """The numbers of arrays of int8 without NULLs, one behind the other, as PostgreSQL's `array_send` gives each."""
    return np.frombuffer(b"".join(array[_HEAD_OF_ARRAY:] for array in sent), _SENT)["number"].astype(np.int64)


def how_many_sent(sent: bytes) -> int:
    """How many numbers such an array has."""
    return (len(sent) - _HEAD_OF_ARRAY) // _SENT.itemsize


def array(values: Iterable[object]) -> str:
    """Numbers or dates as an array of the database (JSON on SQLite), as a text, which takes less time than a list."""
    if connection.vendor == "postgresql":
        return "{" + ",".join(map(str, values)) + "}"
    return json.dumps(list(values))


def number_of_day(column: str) -> str:
    """SQL for the number (date.toordinal) of a day in a column."""
    if connection.vendor == "postgresql":
        return f"({column} - DATE '0001-01-01' + 1)"
    return f"CAST(julianday({column}) - 1721424.5 AS integer)"


def among_keys() -> str:
    """SQL for being one of the keys in a parameter that `array` makes."""
    if connection.vendor == "postgresql":
        return "= ANY(CAST(%s AS integer[]))"
    return "IN (SELECT value FROM json_each(%s))"


@contextmanager
def read_by_index() -> Iterator[None]:
    """Have rows found by their keys through an index, also in a table that has just been filled.

    Of such a table PostgreSQL has no statistics yet, and would rather read all of it for every few thousand keys.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")


class Behind(Protocol):
    """Begins some work, and gives a function that waits for what it returns, or raises what it raises."""

    def __call__(self, work: Callable[[], T]) -> Callable[[], T]: ...


@contextmanager
def worked_behind() -> Iterator[Behind]:
    """A function that starts work on the caller's own connection and transaction, and gives one that waits for its end.

    So PostgreSQL can take in rows while the caller computes the next ones. Until the work has ended, the caller must
    keep off the database. On SQLite, whose work is the caller's own, it is simply done at once.
    """
    if connection.vendor != "postgresql":
        yield at_once
        return
    shared = connections[DEFAULT_DB_ALIAS]

    def share() -> None:
        connections[DEFAULT_DB_ALIAS] = shared

    shared.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1, initializer=share) as thread:
            yield lambda work: thread.submit(work).result
    finally:
        shared.dec_thread_sharing()


def at_once(work: Callable[[], T]) -> Callable[[], T]:
    """Do the work, and give a function that gives what it returned."""
    done = work()
    return lambda: done


class InTurn:
    """Work done behind, of which each begins when the one before it has ended; what that raised is raised then."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind
        self._ended: Callable[[], object] | None = None

    def __call__(self, work: Callable[[], object]) -> None:
        """Begin this, once nothing else is being done."""
        self.wait()
        self._ended = self._behind(work)

    def wait(self) -> None:
        """Wait until nothing is being done."""
        ended, self._ended = self._ended, None
        if ended:
            ended()


def read_ahead(reads: Iterable[Callable[[], T]], behind: Behind) -> Iterator[T]:
    """What each of these gives, in order; the next one is done behind while the caller has the one before it."""
    coming: Callable[[], T] | None = None
    for read in reads:
        following = behind(read)
        if coming:
            yield coming()
        coming = following
    if coming:
        yield coming()


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


#: In the binary form of PostgreSQL's arrays, what stands before their numbers; and of each its length, 8, and itself.
_HEAD_OF_ARRAY, _SENT = 20, np.dtype([("length", ">i4"), ("number", ">i8")])

#: PostgreSQL's names for the types of columns, by the words Django makes tables with.
_TYPES = {
    "bigint": "int8",
    "boolean": "bool",
    "bytea": "bytea",
    "date": "date",
    "integer": "int4",
    "smallint": "int2",
    "text": "text",
    "timestamp with time zone": "timestamptz",
}


def _copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY in PostgreSQL's binary form, which spares Python most of the formatting."""
    count = 0
    with _copy_into(model, columns) as copy:
        copy.set_types(column_types(model, columns))
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the number of the last row is how many
            copy.write_row(row)
    return count


@contextmanager
def _copy_into(model: type[models.Model], columns: Sequence[str]) -> Iterator[Copy]:
    freeze = ", FREEZE" if frozen(model) else ""
    statement = f"COPY {_target(model, columns)} FROM STDIN (FORMAT BINARY{freeze})"
    # Django turns what `execute` raises into its own errors, but not what `copy` raises.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        yield copy


def _insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    places = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {_target(model, columns)} VALUES ({places})"  # noqa: S608 - names from the model
    adapters = [_adapter(_field(model, column)) for column in columns]
    count = 0
    with connection.cursor() as cursor:
        for batch in batches(rows, ROWS_AT_A_TIME):
            cursor.executemany(
                statement, [[adapt(value) for adapt, value in zip(adapters, row, strict=True)] for row in batch]
            )
            count += len(batch)
    return count


def _target(model: type[models.Model], columns: Sequence[str]) -> str:
    return f"{connection.ops.quote_name(model._meta.db_table)} ({_names(model, columns)})"


def _names(model: type[models.Model], columns: Sequence[str]) -> str:
    return ", ".join(_quoted(_field(model, column)) for column in columns)


def _quoted(field: models.Field[Any, Any]) -> str:
    return connection.ops.quote_name(str(field.column))


def _field(model: type[models.Model], column: str) -> models.Field[Any, Any]:
    return next(field for field in model._meta.local_concrete_fields if field.attname == column)


def _adapter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.DateField):
        return connection.ops.adapt_datefield_value
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: value


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, Sequence[Any]]]) -> int:
    """Set `columns` of the rows with these keys to these values; gives how many. Goes round the model, as above."""
    if stamps(model, columns):
        stamp = (now(),)
        columns, rows = [*columns, "updated_at"], ((pk, tuple(row) + stamp) for pk, row in rows)
    fields = [_field(model, column) for column in columns]
    places = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    table, key = connection.ops.quote_name(model._meta.db_table), _quoted(model._meta.pk)
    statement = f"UPDATE {table} SET {places} WHERE {key} = %s"  # noqa: S608
    adapters = [_adapter(field) for field in fields]
    count = 0
    with connection.cursor() as cursor:
        for batch in batches(rows, ROWS_AT_A_TIME):
            cursor.executemany(
                statement,
                [[*(adapt(value) for adapt, value in zip(adapters, row, strict=True)), pk] for pk, row in batch],
            )
            count += len(batch)
    return count


def delete_rows(model: type[models.Model], columns: Sequence[str], keys: npt.NDArray[np.int64]) -> None:
    """Delete the rows whose `columns` have the values of one of the keys; round the model.

    Of the keys there is a row of the array for each column, all of them whole numbers; a day stands as its own.
    """
    if not keys.size:
        return
    (_delete_listed if connection.vendor == "postgresql" else _delete_each)(model, columns, keys)


def _delete_listed(model: type[models.Model], columns: Sequence[str], keys: npt.NDArray[np.int64]) -> None:
    names, table = _names(model, columns), connection.ops.quote_name(model._meta.db_table)
    numbers = [f"c{number}" for number in range(len(columns))]
    values = ", ".join(map(_from_number, numbers, column_types(model, columns)))
    lists = ", ".join("%s::int8[]" for _ in columns)
    listed = f"SELECT {values} FROM unnest({lists}) listed({', '.join(numbers)})"  # noqa: S608 - names only
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE ({names}) IN ({listed})", list(map(array, keys.tolist())))  # noqa: S608


def _delete_each(model: type[models.Model], columns: Sequence[str], keys: npt.NDArray[np.int64]) -> None:
    fields = [_field(model, column) for column in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    condition = " AND ".join(f"{_quoted(field)} = %s" for field in fields)
    values = [
        [date.fromordinal(number).isoformat() for number in numbers] if isinstance(field, models.DateField) else numbers
        for field, numbers in zip(fields, keys.tolist(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {table} WHERE {condition}", list(zip(*values, strict=True)))  # noqa: S608


def _from_number(number: str, type_name: str) -> str:
    """SQL for the value of a type that a number stands for."""
    return f"(DATE '0001-01-01' + ({number} - 1)::int)" if type_name == "date" else f"{number}::{type_name}"
