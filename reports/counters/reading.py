"""Reading counters: what is counted of a team on a day, and its totals on many. One statement each.

A block and what waits in the ledger are read by one statement, and so as they stood at one instant: what is folded
meanwhile is seen in the one or in the other, never in both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from roles.bulk import array
from roles.models import Team

from .blocks import changes_in, on_day, total_on, vectors_on
from .cells import Key, is_of_team, team_cell
from .onday import OnDay
from .paths import child_towards

# A column of the block of the team `top` on a day; NULL if it is not counted.
_BLOCK = """(
    SELECT block.{column} FROM reports_counterblock block
    WHERE block.team_id = top.id AND block.from_on <= {day} ORDER BY block.from_on DESC LIMIT 1
)"""
# A column of the block of a team that moved on a day.
_MOVED = """(
    SELECT {column} FROM reports_movedblock block
    WHERE block.moved = move.moved AND block.from_on <= {day} ORDER BY block.from_on DESC LIMIT 1
)"""
_BELOW = "reports_counterchange waiting JOIN roles_team top ON waiting.path LIKE top.path || '%%'"
#: SQL for the cells of the block of the team `top` on the day; NULL if it is not counted.
CELLS = _BLOCK.format(column="cells", day="%(day)s")
_WAITING = """
    SELECT 2, top.id, top.path, waiting.path, 0, waiting.changes FROM {below} WHERE top.id {{among}}
    UNION ALL
    SELECT 3, move.team_id, CAST(move.child AS text), CASE WHEN move.teams_alone THEN 'teams' END, move.sign,
        {block}
    FROM reports_countermove move WHERE move.team_id {{among}}
"""
_ALL_OR_TOTALS = "CASE WHEN move.teams_alone THEN block.totals ELSE block.cells END"
#: SQL for what waits for teams: rows as in `Waiting`.
WAITING = _WAITING.format(below=_BELOW, block=_MOVED.format(column=_ALL_OR_TOTALS, day="%(day)s"))


#: The kinds of what waits: changes, and what moved.
CHANGED, MOVED = 2, 3


class Waiting(NamedTuple):
    """What waits to be added to a team: changes of people in or below it (CHANGED), or what a team that moved counts.

    Of changes `one` is the path of the team and `other` that of the one below; what is `stored` are all of them, on
    whatever days. Of a team that moved `one` is the key of the child as whose it counts, and its block on the day is
    stored, or, where `other` says so, just the totals; they are added or taken away as the sign says.
    """

    kind: int
    team: int
    one: str
    other: str | None
    sign: int
    stored: Any


# The block of each team on the day, and beside it what waits for the team.
_ON_DAY = """
    SELECT 0, top.id, NULL, NULL, 0, {cells} FROM roles_team top WHERE top.id {among}
    UNION ALL {waiting}
"""
# The totals of each team on each day, and of what moved into it or out of it; and, without a number, what else waits.
_TOTALS = """
    SELECT top.id, day.number, NULL, 1, {totals} FROM roles_team top CROSS JOIN {days} WHERE top.id {among}
    UNION ALL
    SELECT move.team_id, day.number, NULL, move.sign, {moved} FROM reports_countermove move CROSS JOIN {days}
    WHERE move.team_id {among} AND NOT move.teams_alone
    UNION ALL
    SELECT top.id, NULL, waiting.path, 0, waiting.changes FROM {below} WHERE top.id {among}
"""
_SHARED = {
    "cells": CELLS,
    "totals": _BLOCK.format(column="totals", day="day.day"),
    "moved": _MOVED.format(column="totals", day="day.day"),
    "below": _BELOW,
}
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


def counted_on(teams: Sequence[Team], as_of: date) -> dict[int, OnDay]:
    """What is counted on the day, by the keys of those teams that are counted."""
    parameters = {"teams": array([team.pk for team in teams]), "day": as_of.isoformat()}
    fragments = _FRAGMENTS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(_ON_DAY.format(waiting=WAITING.format(**fragments), **fragments), parameters)
        rows = list(map(Waiting._make, cursor.fetchall()))
    waiting: dict[int, list[Waiting]] = defaultdict(list)
    for row in rows:
        if row.kind:
            waiting[row.team].append(row)
    blocks = {row.team: row.stored for row in rows if not row.kind and row.stored is not None}
    return {team: summed(stored, waiting[team], as_of) for team, stored in blocks.items()}


def summed(block: Any, waiting: Sequence[Waiting], as_of: date) -> OnDay:
    """What is counted on the day, by a team's block and what waits for it."""
    day = as_of.toordinal()
    if not waiting:
        return on_day(bytes(block), day)
    found = vectors_on(bytes(block), day)
    for one in waiting:
        if one.kind == CHANGED and one.other is not None:
            _add_changes(found, day, team_cell(child_towards(one.one, one.other)), bytes(one.stored))
        else:
            _add_moved(found, day, one)
    return OnDay.of(found)


def _add_moved(found: dict[Key, int], day: int, moved: Waiting) -> None:
    """Add what a team that moved counts on the day, or take it away, as the changes of a child."""
    child, stored = team_cell(int(moved.one)), bytes(moved.stored)
    cells: Mapping[Key, int] = vectors_on(stored, day) if moved.other is None else {child: total_on(stored, day)}
    for key, vector in cells.items():
        own = child if is_of_team(key) else key
        found[own] = found.get(own, 0) + moved.sign * vector


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
    for pk, number, _, sign, stored in rows:
        if number is not None and stored is not None:
            of_team = found.setdefault(pk, [0] * len(days))
            of_team[number - 1] += sign * total_on(bytes(stored), ordinals[number - 1])
    for pk, number, _, _, stored in rows:
        if number is None and pk in found:
            _add_waiting(found[pk], ordinals, bytes(stored))
    return found


def _add_waiting(found: list[int], ordinals: Sequence[int], stored: bytes) -> None:
    """Add what waits to the totals on the days from which it counts."""
    for from_day, key, vector in changes_in(stored):
        if is_of_team(key):
            for number in range(bisect_left(ordinals, from_day), len(ordinals)):
                found[number] += vector
