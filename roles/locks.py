"""What a writer holds until its transaction ends, so that figures stay right whoever else writes.

On PostgreSQL these are row and advisory locks. On SQLite they are nothing: a transaction there begins IMMEDIATE
(aiskills/environment.py), so that there is one writer at a time in any case.
"""

from collections.abc import Sequence

from django.db import connection

#: Advisory lock keys, an arbitrary pair of numbers that nothing else in the database uses.
TREE_LOCK, RULES_LOCK = 7_310_001, 7_310_002
#: The first half of a job's own key, whose second half is its number.
JOB_LOCKS = 7_310_003


def hold_tree() -> None:
    """Wait for and hold the team tree: of two moves, the second sees what the first made."""
    _on_postgresql("SELECT pg_advisory_xact_lock(%s)", TREE_LOCK)


def hold_rules() -> None:
    """Wait for and hold the rules (matrix, policy, everyone's role) alone, to change them for everybody."""
    _on_postgresql("SELECT pg_advisory_xact_lock(%s)", RULES_LOCK)


def share_rules() -> None:
    """Hold the rules as they are, together with others who compute by them."""
    _on_postgresql("SELECT pg_advisory_xact_lock_shared(%s)", RULES_LOCK)


def hold_people(people: Sequence[int]) -> None:
    """Hold the people whose standings are about to be computed, so that their facts are read as last committed.

    Rows are locked in the order of their keys, so that two holders never wait for each other. The lock does not
    hinder others from recording facts that refer to these people, only from computing them.
    """
    _on_postgresql("SELECT id FROM roles_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", sorted(people))


def _on_postgresql(statement: str, parameter: int | list[int]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, [parameter])


def try_to_hold_job(pk: int) -> bool:
    """Hold a job until the transaction ends, without waiting; False if somebody else does.

    Whoever dies with it in hand lets go of it. On SQLite the writer's own lock keeps others out.
    """
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [JOB_LOCKS, pk])
        return bool(cursor.fetchone()[0])
