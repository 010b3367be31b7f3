"""The first look at a team: its counters, its direct children, and the stamp of the catalogue, as of one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from reports.counters.onday import OnDay
from reports.counters.reading import CELLS, CHANGED, MOVED, WAITING, Waiting, summed
from reports.scope import Scope, scope_from, scope_sql
from roles.catalogue_stamp import STAMP
from roles.models import Team, User
from roles.prepared import finds_all, rows_of, within_statement

# Kind, key, code, name, a sign, and what is packed. First the team, with the stamp in place of its code and the
# block of the day, if it has one; then its children; then what waits to be added to the block; and of a team without
# one, its scope.
_LOOK = """
    WITH asked AS ({{asked}}),
    top AS (SELECT id, name, path, {cells} AS cells FROM asked top),
    {scope}
    SELECT 0, id, {stamp}, name, 0, cells FROM top
    UNION ALL
    SELECT 1, id, code, name, 0, NULL FROM roles_team WHERE parent_id {team}
    UNION ALL {waiting}
    UNION ALL {rows}
    ORDER BY 1, 3
"""
_TEAM = "= (SELECT id FROM asked)"
# The team with a code, among those that a query finds.
_AMONG = "SELECT id, name, path FROM ({}) visible WHERE code = %(code)s"


def _said(vendor: str) -> str:
    scope, rows = scope_sql(vendor)
    told = {"cells": CELLS, "team": _TEAM, "waiting": WAITING.format(among=_TEAM), "stamp": STAMP[vendor]}
    return _LOOK.format(scope=scope.format(where="top.cells IS NULL"), rows=rows, **told)


_LOOKS = {vendor: _said(vendor) for vendor in STAMP}


@dataclass(frozen=True)
class Look:
    """What is seen of a team on a day, in `rows` as it was read.

    `stamp` is the catalogue's, None where nothing may be kept; `children` are key, code and name in the order of the
    codes.
    """

    team: Team
    as_of: date
    rows: list[tuple[Any, ...]]
    stamp: str | None
    children: list[tuple[int, str, str]]

    @property
    def is_counted(self) -> bool:
        """Whether the team has counters."""
        return self._block is not None

    @property
    def _block(self) -> Any:
        return next((packed for kind, *_, packed in self.rows if kind == 0), None)

    @property
    def counted(self) -> OnDay:
        """What the counters say; ValueError for a team without any."""
        if not self.is_counted:
            raise ValueError("The team has no counters.")
        waiting = [Waiting._make(row) for row in self.rows if row[0] in {CHANGED, MOVED}]
        return summed(self._block, waiting, self.as_of)

    @property
    def scope(self) -> Scope:
        """Who counts for it, and how they stand; ValueError for a team that has counters, of which it is not read."""
        if self.is_counted:
            raise ValueError("The team has counters.")
        return scope_from(self.rows)


def look_at(team: Team, as_of: date) -> Look:
    """What is seen of the team on the day; one query."""
    asked = "SELECT id, name, path FROM roles_team WHERE id = CAST(%(team)s AS integer)"
    return _seen(_look(asked, {"team": str(team.pk)}, as_of), as_of, team)


def look_for(code: str, as_of: date, *, reader: User) -> Look | None:
    """What is seen on the day of the team with this code, if the reader may see it; None if not. One query."""
    # What is the same for every code is all that Django compiles; and once only, where it is the same for every reader.
    teams = Team.objects.visible_to(reader)
    visible = _all_teams() if finds_all(teams) else _compiled(teams)
    if visible is None:
        return None
    statement, values = visible
    rows = _look(_AMONG.format(statement), {**values, "code": code}, as_of)
    top = next((row for row in rows if row[0] == 0), None)
    if top is None:
        return None
    # What is not known of it here is read when it is asked for.
    return _seen(rows, as_of, Team.from_db(connection.alias, ["id", "code", "name"], [top[1], code, top[3]]))


def _compiled(teams: QuerySet[Team]) -> tuple[str, dict[str, str]] | None:
    return within_statement(teams.order_by().values("id", "code", "name", "path"))


@cache
def _all_teams() -> tuple[str, dict[str, str]] | None:
    return _compiled(Team.objects.all())


def _look(asked: str, parameters: dict[str, str], as_of: date) -> list[tuple[Any, ...]]:
    """The rows of the look at the team that `asked`, a query of its key and name, finds."""
    statement = _LOOKS[connection.vendor].format(asked=asked)
    return rows_of(statement, {**parameters, "day": as_of.isoformat()})


def _seen(rows: list[tuple[Any, ...]], as_of: date, team: Team) -> Look:
    stamp = next((code for kind, _, code, *_ in rows if kind == 0), None)
    return Look(team, as_of, rows, stamp, [(pk, code, name) for kind, pk, code, name, *_ in rows if kind == 1])
