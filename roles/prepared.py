"""Statements that are asked all day: prepared on PostgreSQL, so that they are parsed and planned once a connection.

Django binds values on the client and so never prepares (docs/decisions/prepared-statements.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


class _Preparing(psycopg.Cursor[Any]):
    """A cursor that binds on the server, and there has every statement prepared; its rows come in binary form."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        # What the connection is set to holds for Django's cursors too: each of their statements, with all its values,
        # would be kept in memory to be counted.
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, prepare=True, binary=True)
        finally:
            self.connection.prepare_threshold = None


def rows_of(statement: str, parameters: Mapping[str, str]) -> list[Any]:
    """The rows that a query finds; parameters are texts, whose types the statement says: by CAST, or by what
    they are compared with.

    Times with a zone must not be among the columns: in binary form Django's settings do not apply to them. Raises
    Django's errors, as each cursor of the connection does, and counts as a query like any other.
    """
    with connection.cursor() as cursor:
        database = cursor.db
        # A statement that is prepared does not tell Django its text, where that is noted.
        if settings.PREPARED_STATEMENTS and database.vendor == "postgresql" and not database.queries_logged:
            # Only the innermost is another one, so that what Django has put around it stays.
            cursor.cursor = _Preparing(cursor.cursor.connection)
        cursor.execute(statement, parameters)
        rows: list[Any] = cursor.fetchall()
    return rows


def within_statement(query: QuerySet[Any, Any]) -> tuple[str, dict[str, str]] | None:
    """The SQL of a query, to stand within a statement of `rows_of`, and its parameters; all its values are texts.

    None for a query that finds nothing, whatever there is.
    """
    try:
        statement, values = query.query.sql_with_params()
    except EmptyResultSet:
        return None
    names = [f"value_{number}" for number in range(len(values))]
    # What stands for a percent sign still does so in the statement.
    named = statement.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)
    return named, dict(zip(names, map(str, values), strict=True))


def finds_all(query: QuerySet[Any, Any]) -> bool:
    """Whether the query finds every row of its table: nothing narrows it."""
    asked = query.query
    return not (asked.where or asked.combinator or asked.is_sliced or asked.distinct or asked.group_by)
