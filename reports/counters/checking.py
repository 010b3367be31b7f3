"""Proving that the counters are what standings and presence add up to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from roles.models import Team

from .blocks import FIRST_DAY
from .building import all_places, counted_changes
from .cells import Changes, Key, add_all, without_nothing
from .folding import changes_waiting
from .storing import counted_teams, stored_blocks
from .tally import CellNumbers, changes_of

#: So many days are named of each team.
NAMED_OF_A_TEAM = 5


def counter_differences() -> Iterator[str]:
    """Where the counters of a team are not the sum of its people's standings, a line for each day, up to five."""
    teams = Team.objects.in_bulk()
    numbers = CellNumbers()
    for pk, tally in counted_changes(all_places(), counted_teams(), numbers):
        expected = changes_of(tally, numbers)
        stored, wrong = _stored(teams[pk])
        for day in wrong:
            yield f"counters of {teams[pk].code}: the block from {_said(day)} begins with another sum than that before"
        differing = [day for day in sorted(expected.keys() | stored.keys()) if expected.get(day) != stored.get(day)]
        for day in differing[:NAMED_OF_A_TEAM]:
            yield f"counters of {teams[pk].code}: they do not change on {_said(day)} as its people's standings do"
        if len(differing) > NAMED_OF_A_TEAM:
            yield f"counters of {teams[pk].code}: ... and on {len(differing) - NAMED_OF_A_TEAM:,} more days"


def _stored(team: Team) -> tuple[Changes, list[int]]:
    """What is stored of a team, with what waits for it; and the days of blocks that begin with another sum."""
    found: Changes = {}
    sums: dict[Key, int] = {}
    wrong = []
    for block in stored_blocks(team.pk):
        if block.base != {key: vector for key, vector in sums.items() if vector}:
            wrong.append(block.from_day)
        add_all(found, block.changes)
        for cells in block.changes.values():
            for key, vector in cells.items():
                sums[key] = sums.get(key, 0) + vector
    add_all(found, changes_waiting(team))
    return without_nothing(found), wrong


def _said(day: int) -> str:
    return "the beginning" if day == FIRST_DAY else date.fromordinal(day).isoformat()
