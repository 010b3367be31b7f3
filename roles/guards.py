"""What no constraint of Django's can say, kept by the database itself on SQLite and on PostgreSQL.

Each guard is a trigger that refuses a write; membership overlap on PostgreSQL is an exclusion constraint that needs no
extension, the key being a range of its own. They are put in place after every `migrate` and taken away before one on
SQLite, where changing a table means making it anew, which drops its triggers and trips over those that name it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from . import catalogue_stamp
from .locks import TREE_LOCK


@dataclass(frozen=True)
class Guard:
    """A refusal: when `event` on `table` makes `condition` true, the write fails with `message`.

    `condition` is SQL both databases read, over OLD and NEW; `{differs}` stands for "is distinct from".
    `first` is a statement that PostgreSQL runs before, to wait for a concurrent writer of what the condition reads.
    """

    name: str
    table: str
    event: str
    condition: str
    message: str
    first: str = ""

    def sqlite(self) -> list[str]:
        """The statements that put it in place on SQLite."""
        condition = self.condition.format(differs="IS NOT")
        refusal = f"SELECT RAISE(ABORT, '{self.name}: {self.message}');"
        return [f"CREATE TRIGGER {self.name} AFTER {self.event} ON {self.table} WHEN {condition} BEGIN {refusal} END"]

    def postgresql(self) -> list[str]:
        """The statements that put it in place on PostgreSQL."""
        condition = self.condition.format(differs="IS DISTINCT FROM")
        refusal = (
            f"RAISE EXCEPTION '{self.name}: {self.message}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{self.name}';"
        )
        body = f"BEGIN {self.first} IF {condition} THEN {refusal} END IF; RETURN NULL; END"
        function = f"{self.name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ {body} $guard$"
        event = f"AFTER {self.event} ON {self.table} FOR EACH ROW"
        return [
            f"CREATE OR REPLACE FUNCTION {function}",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE TRIGGER {self.name} {event} EXECUTE FUNCTION {self.name}()",
        ]


_OVERLAP = (
    "EXISTS (SELECT 1 FROM roles_membership other WHERE other.person_id = NEW.person_id AND other.id <> NEW.id"
    " AND other.from_on < COALESCE(NEW.until_on, '9999-12-31') AND NEW.from_on < COALESCE(other.until_on, '9999-12-31')"
    " AND other.from_on < COALESCE(other.until_on, '9999-12-31')"
    " AND NEW.from_on < COALESCE(NEW.until_on, '9999-12-31'))"
)

# A box for each membership: its person wide, and its days high, from the first to the last; one without a day has none.
# Of a box GiST makes an index many times as fast as of two ranges, and in any order of the rows.
_ADD_EXCLUSION = """
DO $guard$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_constraint
      WHERE conname = 'membership_no_overlap' AND pg_get_constraintdef(oid) LIKE '%box(%') THEN
    ALTER TABLE roles_membership DROP CONSTRAINT IF EXISTS membership_no_overlap;
    ALTER TABLE roles_membership ADD CONSTRAINT membership_no_overlap
      EXCLUDE USING gist (box(
        point(person_id, from_on - DATE '0001-01-01'),
        point(person_id, COALESCE(until_on - DATE '0001-01-01' - 1, 4000000))) WITH &&)
      WHERE (until_on IS NULL OR until_on > from_on);
  END IF;
END $guard$"""

_VERSION_MESSAGE = "a published matrix version never changes"


def _requirement_guard(event: str, *rows: str) -> Guard:
    """Refuse what would change a published version's cells: those it has, and those it would get."""
    published = "(SELECT published_at FROM roles_matrixversion WHERE id = {row}.version_id) IS NOT NULL"
    wait = "PERFORM 1 FROM roles_matrixversion WHERE id = {row}.version_id FOR SHARE;"
    return Guard(
        name=f"requirement_frozen_{event.lower()}",
        table="roles_rolerequirement",
        event=event,
        condition=" OR ".join(published.format(row=row) for row in rows),
        message=_VERSION_MESSAGE,
        first=" ".join(wait.format(row=row) for row in rows),
    )


_BELOW_ITSELF = (
    "EXISTS (WITH RECURSIVE above(id) AS (SELECT NEW.parent_id"
    " UNION SELECT t.parent_id FROM roles_team t JOIN above a ON t.id = a.id)"
    " SELECT 1 FROM above WHERE id = NEW.id)"
)
_PATH_ASTRAY = (
    "(NEW.parent_id IS NOT NULL"
    " AND NEW.path NOT LIKE (SELECT path FROM roles_team WHERE id = NEW.parent_id) || '________')"
)
_TREE_MESSAGE = "a team is never below itself, and its path follows from its parent"

GUARDS = [
    Guard(
        name="version_frozen_update",
        table="roles_matrixversion",
        event="UPDATE",
        condition="OLD.published_at IS NOT NULL AND (NEW.code {differs} OLD.code"
        " OR NEW.effective_from {differs} OLD.effective_from OR NEW.published_at {differs} OLD.published_at)",
        message=_VERSION_MESSAGE,
    ),
    Guard(
        name="version_frozen_delete",
        table="roles_matrixversion",
        event="DELETE",
        condition="OLD.published_at IS NOT NULL",
        message=_VERSION_MESSAGE,
    ),
    _requirement_guard("INSERT", "NEW"),
    _requirement_guard("UPDATE", "OLD", "NEW"),
    _requirement_guard("DELETE", "OLD"),
    Guard(
        name="person_erased_for_good",
        table="roles_person",
        event="UPDATE",
        condition="OLD.erased_at IS NOT NULL AND (NEW.employee_id {differs} OLD.employee_id"
        " OR NEW.name {differs} OLD.name OR NEW.email {differs} OLD.email OR NEW.erased_at {differs} OLD.erased_at)",
        message="who has been erased is never named again",
    ),
    Guard(
        # Holding the tree, the walk up from the new parent sees every move that was made before this one.
        name="team_never_below_itself",
        table="roles_team",
        event="UPDATE OF parent_id",  # not for each team below one that moves, whose path alone changes
        condition=f"NEW.parent_id {{differs}} OLD.parent_id AND ({_BELOW_ITSELF} OR {_PATH_ASTRAY})",
        message=_TREE_MESSAGE,
        first="IF NEW.parent_id IS DISTINCT FROM OLD.parent_id"
        f" THEN PERFORM pg_advisory_xact_lock({TREE_LOCK}); END IF;",
    ),
    Guard(
        # Keys grow, so this says that a parent is there before its children: foreign keys alone are checked at the end
        # of a transaction, when a circle of new teams would hold.
        name="team_parent_comes_first",
        table="roles_team",
        event="INSERT",
        condition="NEW.parent_id >= NEW.id",
        message="a new team is put below one that is there already",
    ),
]

#: On PostgreSQL the exclusion constraint says this.
SQLITE_GUARDS = [
    Guard(f"membership_no_overlap_{event.lower()}", "roles_membership", event, _OVERLAP, "memberships overlap")
    for event in ("INSERT", "UPDATE")
]


_AUDIT_MESSAGE = "the audit trail is never changed"
#: What is in the hash of an event itself. The rest, which stands behind its seal, can be replaced by an erasure, which
#: says so in an event of its own (roles/audit.py).
_CHAINED = ("number", "at", "action", "surface", "request_id", "seal", "previous", "hash")
AUDIT_GUARDS = [
    Guard(
        name="audit_never_edited",
        table="roles_auditevent",
        event="UPDATE",
        condition=" OR ".join(
            [*(f"NEW.{column} {{differs}} OLD.{column}" for column in _CHAINED), "NEW.salt = OLD.salt"]
        ),
        message=_AUDIT_MESSAGE,
    ),
    Guard(
        name="audit_never_removed",
        table="roles_auditevent",
        event="DELETE",
        condition="OLD.number IS NOT NULL",
        message=_AUDIT_MESSAGE,
    ),
]


def install_guards(
    guards: list[Guard], *, using: str, sqlite_only: list[Guard] | None = None, postgresql_only: str = ""
) -> None:
    """Put the guards in place, in place of any that stand there already: all of them, or none."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statements = [sql for guard in guards for sql in guard.postgresql()]
            statements += [postgresql_only] if postgresql_only else []
        else:
            everywhere = [*guards, *(sqlite_only or [])]
            statements = [f"DROP TRIGGER IF EXISTS {guard.name}" for guard in everywhere]
            statements += [sql for guard in everywhere for sql in guard.sqlite()]
        for sql in statements:
            cursor.execute(sql)


def install(*, using: str, **_: Any) -> None:
    """After a `migrate`: put this room's guards in place."""
    if "roles_membership" in connections[using].introspection.table_names():
        install_guards(GUARDS, using=using, sqlite_only=SQLITE_GUARDS, postgresql_only=_ADD_EXCLUSION)
    if "roles_auditevent" in connections[using].introspection.table_names():
        install_guards(AUDIT_GUARDS, using=using)
    if "roles_cataloguestamp" in connections[using].introspection.table_names():
        catalogue_stamp.install(using=using)


def take_away(guards: list[Guard], *, using: str) -> None:
    """Drop these guards; `install` puts them back."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for guard in guards:
            table = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{table}")


def lift(using: str, **_: Any) -> None:
    """Before a `migrate` on SQLite, or before all data are flushed there: take every trigger away."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
