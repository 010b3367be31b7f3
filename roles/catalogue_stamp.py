"""A stamp that changes with the catalogue and the matrix, so that what was read of them can be kept while it holds.

Triggers renew it, whichever way a table is written. Each new stamp is random: one that was rolled back is never met
again. Nobody waits for anybody: a renewal adds a row of its own and takes away those that nobody else is at, and all
rows together are the stamp. A transaction sees its own renewals at once, others when they are committed.
"""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections, transaction

#: What reports read of the catalogue, the matrix and what holds for everybody.
STAMPED = (
    "roles_role",
    "roles_rolefamily",
    "roles_rolerequirement",
    "roles_matrixversion",
    "roles_organisation",
    "roles_competency",
    "roles_competency_threats",
    "roles_threat",
    "roles_competencystage",
)

#: SQL for the stamp, in one text; NULL where there is none, and nothing may be kept.
STAMP = {
    "postgresql": "(SELECT string_agg(CAST(stamp AS text), ' ' ORDER BY stamp) FROM roles_cataloguestamp)",
    "sqlite": "(SELECT group_concat(stamp, ' ') FROM roles_cataloguestamp)",
}

_RENEW = {
    "postgresql": (
        "DELETE FROM roles_cataloguestamp WHERE stamp IN (TABLE roles_cataloguestamp FOR UPDATE SKIP LOCKED)",
        "INSERT INTO roles_cataloguestamp (stamp) VALUES (gen_random_uuid())",
    ),
    "sqlite": (
        "DELETE FROM roles_cataloguestamp",
        "INSERT INTO roles_cataloguestamp (stamp) VALUES (lower(hex(randomblob(16))))",
    ),
}


def read_stamp(*, using: str = DEFAULT_DB_ALIAS) -> str | None:
    """The stamp as it is now, None where there is none; one query."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {STAMP[connection.vendor]}")
        [stamp] = cursor.fetchone()
    return stamp if stamp is None else str(stamp)


def install(*, using: str) -> None:
    """Put the triggers in place, all or none, and renew the stamp for what was written while there were none."""
    connection = connections[using]
    install_triggers = _postgresql if connection.vendor == "postgresql" else _sqlite
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in (*install_triggers(), *_RENEW[connection.vendor]):
            cursor.execute(statement)


def _postgresql() -> list[str]:
    body = f"BEGIN {'; '.join(_RENEW['postgresql'])}; RETURN NULL; END"
    function = f"catalogue_stamped() RETURNS trigger LANGUAGE plpgsql AS $stamp$ {body} $stamp$"
    statements = [f"CREATE OR REPLACE FUNCTION {function}"]
    for table in STAMPED:
        event = f"AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
        statements += [
            f"DROP TRIGGER IF EXISTS {table}_stamped ON {table}",
            f"CREATE TRIGGER {table}_stamped {event} EXECUTE FUNCTION catalogue_stamped()",
        ]
    return statements


def _sqlite() -> list[str]:
    body = "; ".join(_RENEW["sqlite"])
    statements = []
    for table in STAMPED:
        for event in ("INSERT", "UPDATE", "DELETE"):
            name = f"{table}_stamped_{event.lower()}"
            statements += [
                f"DROP TRIGGER IF EXISTS {name}",
                f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {body}; END",
            ]
    return statements
