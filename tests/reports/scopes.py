"""The scope of a team as reports of small teams read it, of any team: by its people's standings."""

from __future__ import annotations

from datetime import date

from django.db import connection

from reports.scope import Scope, scope_from, scope_sql
from roles.models import Team
from roles.prepared import rows_of


def scope_of(team: Team, as_of: date) -> Scope:
    """Who counts for the team on the day, and how they stand, whether it has counters or not."""
    scope, rows = scope_sql(connection.vendor)
    top = "WITH top AS (SELECT id, path FROM roles_team WHERE id = CAST(%(team)s AS integer))"
    statement = f"{top}, {scope.format(where='true')} {rows}"
    return scope_from(rows_of(statement, {"team": str(team.pk), "day": as_of.isoformat()}))
