"""What writers of counters hold until their transaction ends; on PostgreSQL advisory locks, on SQLite nothing.

Whoever writes standings shares the counters, together with others who do. Whoever changes which teams are counted, or
where a team stands, holds them alone: nobody is then between standings and ledger. One at a time folds. They are asked
for in this order, after all of roles/locks.py.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

#: Advisory lock keys; roles/locks.py has the others.
COUNTERS_LOCK, FOLDING_LOCK = 7_310_011, 7_310_012


def share_counters() -> None:
    """Hold the counters as they are, together with others who write to the ledger."""
    _ask("pg_advisory_xact_lock_shared", COUNTERS_LOCK)


def hold_counters() -> None:
    """Wait for and hold the counters alone, and nobody folds meanwhile."""
    _ask("pg_advisory_xact_lock", COUNTERS_LOCK)
    _ask("pg_advisory_xact_lock", FOLDING_LOCK)


def hold_folding() -> None:
    """Wait until nobody folds, and be the only one who does."""
    _ask("pg_advisory_xact_lock", FOLDING_LOCK)


def try_to_hold_folding() -> bool:
    """Be the only one who folds, without waiting; False if somebody else does."""
    return bool(_ask("pg_try_advisory_xact_lock", FOLDING_LOCK))


def try_to_hold_counters() -> bool:
    """Hold the counters alone, without waiting; False if somebody shares them."""
    return bool(_ask("pg_try_advisory_xact_lock", COUNTERS_LOCK))


def _ask(function: str, key: int) -> Any:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])
        return cursor.fetchone()[0]
