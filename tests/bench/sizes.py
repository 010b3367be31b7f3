"""How big the tables are, those of the counters among them."""

from __future__ import annotations

from django.db import connection

from .running import Run

#: Smaller ones are not worth a line, in bytes; those of the counters always are.
LEAST = 1_000_000

_SIZES = """
    SELECT c.relname, s.n_live_tup, pg_size_pretty(pg_table_size(c.oid)), pg_size_pretty(pg_indexes_size(c.oid))
    FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE pg_total_relation_size(c.oid) > %s OR c.relname LIKE 'reports\\_count%%'
    ORDER BY pg_total_relation_size(c.oid) DESC
"""


def measure(run: Run) -> None:
    """Print the size of each table, and of its indexes, as PostgreSQL has them after a VACUUM."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute(_SIZES, [LEAST])
        for name, rows, table, indexes in cursor.fetchall():
            run.table.row(name, f"{rows:,} rows", f"{table} and {indexes} of indexes")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        run.table.row("the whole database", str(cursor.fetchone()[0]))
