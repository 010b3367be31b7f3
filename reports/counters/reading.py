"""Reading counters: the vectors of a counted team on a day, and its totals on many. One statement each.

A block and what waits in the ledger are read by one statement, and so as they stood at one instant: what is folded
meanwhile is seen in the one or in the other, never in both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from roles.bulk import array
from roles.models import Team

from .blocks import changes_in, total_on, vectors_on
from .cells import Key, is_of_team, team_cell
from .paths import child_towards

#: What waits for a team: the team's path, that of the team below in which something changed, and the packed changes.
Waiting = tuple[str, str, Any]

# A column of the block of the team `top` on a day; NULL if it is not counted.
_BLOCK = """(
    SELECT block.{column} FROM reports_counterblock block
    WHERE block.team_id = top.id AND block.from_on <= {day} ORDER BY block.from_on DESC LIMIT 1
)"""
#: SQL for the cells of the block of the team `top` on the day; NULL if it is not counted.
CELLS = _BLOCK.format(column="cells", day="%(day)s")
#: SQL for what waits: `waiting`, beside each team `top` that it is of or below.
WAITING = "reports_counterchange waiting JOIN roles_team top ON waiting.path LIKE top.path || '%%'"

# The block of each team on the day, and beside it what waits for the team.
_ON_DAY = """
    SELECT top.id, NULL, {cells} FROM roles_team top WHERE top.id {among}
    UNION ALL
    SELECT top.id, waiting.path, waiting.changes FROM {waiting} WHERE top.id {among}
"""
# The totals of each team on each day, and beside them, without a number, what waits for the team.
_TOTALS = """
    SELECT top.id, day.number, NULL, {totals} FROM roles_team top CROSS JOIN {days} WHERE top.id {among}
    UNION ALL
    SELECT top.id, NULL, waiting.path, waiting.changes FROM {waiting} WHERE top.id {among}
"""
_SHARED = {"cells": CELLS, "totals": _BLOCK.format(column="totals", day="day.day"), "waiting": WAITING}
_FRAGMENTS = {
    "postgresql": {
        **_SHARED,
        "days": "unnest(CAST(%(days)s AS date[])) WITH ORDINALITY AS day(day, number)",
        "among": "= ANY(CAST(%(teams)s AS integer[]))",
    },
    "sqlite": {
        **_SHARED,
        "days": "(SELECT value AS day, key + 1 AS number FROM json_each(%(days)s)) day",
        "among": "IN (SELECT value FROM json_each(%(teams)s))",
    },
}


def vectors(teams: Sequence[Team], as_of: date) -> dict[int, dict[Key, int]]:
    """The vectors of the cells on the day, some of them 0, by the keys of those teams that are counted."""
    parameters = {"teams": array([team.pk for team in teams]), "day": as_of.isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(_ON_DAY.format(**_FRAGMENTS[connection.vendor]), parameters)
        rows = cursor.fetchall()
    paths = {team.pk: team.path for team in teams}
    waiting: dict[int, list[Waiting]] = defaultdict(list)
    for pk, path, stored in rows:
        if path is not None:
            waiting[pk].append((paths[pk], path, stored))
    return {pk: summed(stored, waiting[pk], as_of) for pk, path, stored in rows if path is None and stored is not None}


def summed(block: Any, waiting: Iterable[Waiting], as_of: date) -> dict[Key, int]:
    """The vectors of the cells on the day, some of them 0, by a team's block and what waits for it."""
    day = as_of.toordinal()
    found = vectors_on(bytes(block), day)
    for top, path, stored in waiting:
        _add_changes(found, day, team_cell(child_towards(top, path)), bytes(stored))
    return found


def _add_changes(found: dict[Key, int], day: int, child: int, stored: bytes) -> None:
    """Add what waits up to the day, as the changes of a child."""
    for from_day, key, vector in changes_in(stored):
        if from_day <= day:
            own = child if is_of_team(key) else key
            found[own] = found.get(own, 0) + vector


def totals(teams: Sequence[Team], days: Sequence[date]) -> dict[int, list[int]]:
    """The vector of the totals on each of the days, in their order; by the keys of those teams that are counted."""
    parameters = {"teams": array([team.pk for team in teams]), "days": array([day.isoformat() for day in days])}
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS.format(**_FRAGMENTS[connection.vendor]), parameters)
        rows = cursor.fetchall()
    ordinals = [day.toordinal() for day in days]
    found: dict[int, list[int]] = {}
    for pk, number, _, stored in rows:
        if number is not None and stored is not None:
            found.setdefault(pk, [0] * len(days))[number - 1] += total_on(bytes(stored), ordinals[number - 1])
    for pk, number, _, stored in rows:
        if number is None and pk in found:
            _add_waiting(found[pk], ordinals, bytes(stored))
    return found


def _add_waiting(found: list[int], ordinals: Sequence[int], stored: bytes) -> None:
    """Add what waits to the totals on the days from which it counts."""
    for from_day, key, vector in changes_in(stored):
        if is_of_team(key):
            for number in range(bisect_left(ordinals, from_day), len(ordinals)):
                found[number] += vector
