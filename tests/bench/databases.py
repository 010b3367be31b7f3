"""Where a run is measured: in a new database, which is dropped at the end or kept, or in one that was kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from tests import databases

#: How the comment on a database begins that a run has built to its end; of how many people follows.
BUILT = "aiskills bench, people:"


class NotOurs(Exception):
    """A database that a run must not touch, and why."""


@contextmanager
def new(server: databases.Server, name: str | None) -> Iterator[str]:
    """The address of a new database; one that is given a name is kept. Raises NotOurs if there is one of that name."""
    chosen = name or f"{databases.new_name()}_bench"
    with databases.connect(server) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [chosen]).fetchone():
            raise NotOurs(f"There is a database {chosen} already. Name another, or drop it.")
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(chosen)))
    try:
        yield server.database(chosen)
    finally:
        if name is None:
            with databases.connect(server) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(chosen)))


def mark_built(server: databases.Server, name: str, people: int) -> None:
    """Say of the database that a run has built it, and of what size."""
    with databases.connect(server) as connection:
        words = sql.Literal(f"{BUILT} {people}")
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), words))


def people_of(server: databases.Server, name: str) -> int:
    """How many people a kept database was built with. Raises NotOurs if no run has built it."""
    with databases.connect(server) as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        found = connection.execute(query, [name]).fetchone()
    if found is None:
        raise NotOurs(f"There is no database {name}. A run with --keep {name} makes it.")
    if not str(found[0] or "").startswith(BUILT):
        raise NotOurs(f"The database {name} was not built by a run with --keep, and is left alone.")
    return int(str(found[0]).removeprefix(BUILT))
