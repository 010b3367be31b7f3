"""Times of pieces of work that take turns, so that whatever else the machine does is done to all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

Work = Callable[[], object]
#: A statement and its parameters.
Asked = tuple[Any, Any]

WARMING_UP = 3


class Times(NamedTuple):
    """Medians in milliseconds: of the whole call, of its round trips to the database, and of what the server says that
    executing took it, without planning and without the way there and back; and how many statements there were.

    SQLite runs within the call: there is no way to it, and the whole call stands for its part as well.
    """

    call: float
    database: float
    server: float
    statements: int


def in_turn(works: Sequence[Work], rounds: int) -> list[Times]:
    """The times of each piece of work, all of which have a turn in each round."""
    calls: list[list[float]] = [[] for _ in works]
    trips: list[list[float]] = [[] for _ in works]
    asked: list[list[Asked]] = [[] for _ in works]
    for number in range(WARMING_UP + rounds):
        for place, work in enumerate(works):
            call, statements = _timed(work)
            if number >= WARMING_UP:
                calls[place].append(call)
                trips[place].append(sum(spent for _, spent in statements))
                asked[place] = [statement for statement, _ in statements]
    servers = _at_the_server(asked, rounds)
    if connection.vendor == "sqlite":
        trips = calls
    return [
        Times(statistics.median(calls[place]), statistics.median(trips[place]), server, len(asked[place]))
        for place, server in enumerate(servers)
    ]


def alternating(works: Sequence[Work], rounds: int) -> list[float]:
    """The medians of the milliseconds that each piece of work takes from beginning to end, in turn, once warm."""
    spent: list[list[float]] = [[] for _ in works]
    for number in range(WARMING_UP + rounds):
        for place, work in enumerate(works):
            begun = time.perf_counter()
            work()
            if number >= WARMING_UP:
                spent[place].append((time.perf_counter() - begun) * 1000)
    return [statistics.median(of_one) for of_one in spent]


def _timed(work: Work) -> tuple[float, list[tuple[Asked, float]]]:
    """The milliseconds of the call, and the statements that it sends with those of each."""
    statements: list[tuple[Asked, float]] = []
    with _noted(statements):
        begun = time.perf_counter()
        work()
        return (time.perf_counter() - begun) * 1000, statements


@contextmanager
def _noted(statements: list[tuple[Asked, float]]) -> Iterator[None]:
    """Have every statement noted, also one that goes round Django; a cursor has its rows when `execute` returns."""
    cursors: Any = SQLiteCursorWrapper if connection.vendor == "sqlite" else psycopg.Cursor
    execute = cursors.execute

    def noted(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(self, query, params, **options)
        finally:
            statements.append(((query, params), (time.perf_counter() - begun) * 1000))

    cursors.execute = noted
    try:
        yield
    finally:
        cursors.execute = execute


def _at_the_server(asked: Sequence[Sequence[Asked]], rounds: int) -> list[float]:
    """The medians of what the server says that executing the statements of each piece of work takes."""
    spent: list[list[float]] = [[] for _ in asked]
    for _ in range(min(rounds, 7)):
        for place, statements in enumerate(asked):
            spent[place].append(sum(_executing(*statement) for statement in statements))
    return [statistics.median(of_one) for of_one in spent]


def _executing(statement: Any, parameters: Any) -> float:
    """The milliseconds that a statement takes to execute; 0 for one that cannot be explained, as SET, and on SQLite."""
    if connection.vendor == "sqlite":
        return 0.0
    text = statement.decode() if isinstance(statement, bytes) else str(statement)
    if text.lstrip().split(None, 1)[0].upper() not in {"SELECT", "WITH"}:
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {text}", parameters)
        # The last line reads `Execution Time: 0.123 ms`.
        return float(cursor.fetchall()[-1][0].split()[2])
