"""What the database itself refuses of results (roles/guards.py says how)."""

from __future__ import annotations

from typing import Any

from django.db import connections

from roles.guards import Guard, install_guards

_FACTS = (
    "id",
    "person_id",
    "competency_id",
    "level",
    "method",
    "assessed_on",
    "expires_on",
    "recorded_at",
    "recorded_by_id",
)
#: What may name people, and is taken away when the result is pseudonymised.
_WORDS = ("result_id", "assessor", "evidence")
_PSEUDONYMISED = "NEW.pseudonymised_at IS NOT NULL AND NEW.pseudonymised_at {differs} OLD.pseudonymised_at"


def _differ(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{column} {{differs}} OLD.{column}" for column in columns)


GUARDS = [
    Guard(
        name="result_never_edited",
        table="assessments_assessmentresult",
        event="UPDATE",
        condition=f"{_differ(_FACTS)} OR (({_differ(_WORDS)}) AND NOT ({_PSEUDONYMISED}))",
        message="a recorded result is never edited; withdraw it and record another",
    ),
    Guard(
        name="result_withdrawn_once",
        table="assessments_assessmentresult",
        event="UPDATE",
        condition="OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at {differs} OLD.withdrawn_at"
        " OR NEW.withdrawn_by_id {differs} OLD.withdrawn_by_id"
        f" OR (NEW.withdrawn_reason {{differs}} OLD.withdrawn_reason AND NOT ({_PSEUDONYMISED})))",
        message="a result is withdrawn once and for all",
    ),
    Guard(
        name="result_never_deleted",
        table="assessments_assessmentresult",
        event="DELETE",
        condition="OLD.id IS NOT NULL",
        message="a recorded result is never deleted; withdraw it",
    ),
]


def install(*, using: str, **_: Any) -> None:
    """After a `migrate`: put this room's guards in place."""
    if "assessments_assessmentresult" in connections[using].introspection.table_names():
        install_guards(GUARDS, using=using)
