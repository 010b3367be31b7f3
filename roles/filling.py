"""Filling a table that is empty: without its indexes and checks, which are made in one go once it is full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

from django.db import connection, models

#: The attribute of a connection that has the tables whose rows are frozen as they are copied.
_FREEZING = "frozen_as_copied"
_REFERRED_TO = "SELECT 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = CAST(%s AS regclass) LIMIT 1"
#: With so much memory at least, unless the server gives more, an index of millions of rows is sorted in few passes.
_LEAST_MEMORY = "256MB"


class _Taken(NamedTuple):
    """What a table is filled without: a constraint or an index, how it is put back, and with how much memory."""

    name: str
    is_constraint: bool
    definition: str
    memory: str


#: The columns of `_Taken`. Keys that other tables refer to stay. What overlaps comes after what makes it unique, and
#: references last.
_TAKEN_AWAY = """
WITH filled AS (
    SELECT CAST(%s AS regclass) AS oid,
        CASE WHEN pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes(least.memory)
            THEN least.memory ELSE current_setting('maintenance_work_mem') END AS memory
    FROM (SELECT CAST(%s AS text) AS memory) least
), found AS (
    SELECT quote_ident(conname) AS name, true AS is_constraint, pg_get_constraintdef(c.oid) AS definition,
        array_position(ARRAY['p', 'u', 'i', 'x', 'f'], contype::text) AS place
    FROM pg_constraint c, filled
    WHERE conrelid = filled.oid AND contype IN ('p', 'u', 'x', 'f')
        AND (contype NOT IN ('p', 'u') OR NOT EXISTS (
            SELECT 1 FROM pg_constraint other WHERE other.contype = 'f' AND other.conindid = c.conindid))
    UNION ALL
    SELECT CAST(CAST(indexrelid AS regclass) AS text), false, pg_get_indexdef(indexrelid), 3
    FROM pg_index i, filled
    WHERE indrelid = filled.oid AND NOT EXISTS (
        SELECT 1 FROM pg_constraint c WHERE c.conrelid = filled.oid AND c.conindid = i.indexrelid)
)
SELECT name, is_constraint, definition, memory FROM found, filled ORDER BY place, name"""


@contextmanager
def filled_at_once(model: type[models.Model]) -> Iterator[None]:
    """Index a table, and check its keys and that nothing overlaps, in one go, after it has been filled.

    Only while it is empty, on PostgreSQL, and for its owner. Row by row it takes several times as long, and indexes
    made in one go are smaller. What is taken away is put back in the caller's transaction, so nobody ever sees the
    table without; whoever asks meanwhile for it, or for what it refers to, waits. Inside, nothing is found by an index,
    and no savepoint is made around the rows. Raises IntegrityError, at the end, for a row that stands twice, refers to
    nothing, or overlaps another where none may.
    """
    if connection.vendor != "postgresql" or model._default_manager.exists() or not (_owned(model) and _held(model)):
        yield
        return
    taken = _take_away(model)
    with _freezing(model) if _emptied(model) else nullcontext():
        yield
    _put_back(model, taken)


def _held(model: type[models.Model]) -> bool:
    """Hold the table alone; gives whether it is empty still, since somebody may just have written the first row."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {connection.ops.quote_name(model._meta.db_table)} IN ACCESS EXCLUSIVE MODE")
    return not model._default_manager.exists()


def _take_away(model: type[models.Model]) -> list[_Taken]:
    """Take away what the table is filled without."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_AWAY, [model._meta.db_table, _LEAST_MEMORY])
        taken = [_Taken(*row) for row in cursor.fetchall()]
        # A table cannot be changed while checks of what it refers to are still due.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for one in taken:
            cursor.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {one.name}" if one.is_constraint else f"DROP INDEX {one.name}"
            )
    return taken


def _put_back(model: type[models.Model], taken: list[_Taken]) -> None:
    """Make again what was taken away, and have the planner know the table."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SHOW maintenance_work_mem")
        (before,) = cursor.fetchone()
        for name, is_constraint, definition, memory in taken:
            cursor.execute("SELECT set_config('maintenance_work_mem', %s, true)", [memory])
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" if is_constraint else definition)
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, true)", [before])
        # Else it would be read as if nothing were known of it, and from one end to the other.
        cursor.execute(f"ANALYZE {table}")


def _emptied(model: type[models.Model]) -> bool:
    """Empty the table, which only then takes frozen rows, unless others refer to it; gives whether it was done."""
    with connection.cursor() as cursor:
        cursor.execute(_REFERRED_TO, [model._meta.db_table])
        if cursor.fetchone() is not None:
            return False
        cursor.execute(f"TRUNCATE {connection.ops.quote_name(model._meta.db_table)}")
    return True


def _owned(model: type[models.Model]) -> bool:
    """Whether the database user may change the table itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = CAST(%s AS regclass)",
            [model._meta.db_table],
        )
        (owned,) = cursor.fetchone()
    return bool(owned)


@contextmanager
def _freezing(model: type[models.Model]) -> Iterator[None]:
    """Have rows that fill a table, which has been emptied in the same transaction, never be looked at again.

    Whether they can be seen has not to be asked of each then, neither in this transaction nor by a vacuum after it.
    """
    freezing: set[type[models.Model]] = connection.__dict__.setdefault(_FREEZING, set())
    freezing.add(model)
    try:
        yield
    finally:
        freezing.discard(model)


def frozen(model: type[models.Model]) -> bool:
    """Whether rows of the table are to be written as frozen."""
    return model in connection.__dict__.get(_FREEZING, ())
