"""What the database itself refuses of results (roles/guards.py says how)."""

from __future__ import annotations

from typing import Any

from django.db import connections

from roles.guards import Guard, install_guards

_FACTS = (
    "id",
    "result_id",
    "person_id",
    "competency_id",
    "level",
    "method",
    "assessed_on",
    "expires_on",
    "assessor",
    "evidence",
    "recorded_at",
    "recorded_by_id",
)

GUARDS = [
    Guard(
        name="result_never_edited",
        table="assessments_assessmentresult",
        event="UPDATE",
        condition=" OR ".join(f"NEW.{column} {{differs}} OLD.{column}" for column in _FACTS),
        message="a recorded result is never edited; withdraw it and record another",
    ),
    Guard(
        name="result_withdrawn_once",
        table="assessments_assessmentresult",
        event="UPDATE",
        condition="OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at {differs} OLD.withdrawn_at"
        " OR NEW.withdrawn_by_id {differs} OLD.withdrawn_by_id"
        " OR NEW.withdrawn_reason {differs} OLD.withdrawn_reason)",
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
