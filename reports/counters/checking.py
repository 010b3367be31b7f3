"""Proving that the counters are what standings and presence add up to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from roles.models import Team

from .blocks import FIRST_DAY
from .building import all_places, counted_changes
from .folding import changes_waiting
from .moving import moves_waiting
from .storing import counted_teams, stored_blocks
from .tally import NOTHING, CellNumbers, Tally, negative, summed, tally_of

#: So many days are named of each team.
NAMED_OF_A_TEAM = 5


def counter_differences() -> Iterator[str]:
    """Where the counters of a team are not the sum of its people's standings, a line for each day, up to five."""
    teams = Team.objects.in_bulk()
    numbers = CellNumbers()
    for pk, expected in counted_changes(all_places(), counted_teams(), numbers):
        stored, wrong = _stored(teams[pk], numbers)
        for day in wrong:
            yield f"counters of {teams[pk].code}: the block from {_said(day)} begins with another sum than that before"
        differing = np.unique(summed([expected, negative(stored)]).days).tolist()
        for day in differing[:NAMED_OF_A_TEAM]:
            yield f"counters of {teams[pk].code}: they do not change on {_said(day)} as its people's standings do"
        if len(differing) > NAMED_OF_A_TEAM:
            yield f"counters of {teams[pk].code}: ... and on {len(differing) - NAMED_OF_A_TEAM:,} more days"


def _stored(team: Team, numbers: CellNumbers) -> tuple[Tally, list[int]]:
    """What is stored of a team, with what waits for it; and the days of blocks that begin with another sum."""
    parts: list[Tally] = []
    sums, wrong = NOTHING, []
    for block in stored_blocks(team.pk, numbers):
        if summed([block.base, negative(sums)]).at.size:
            wrong.append(block.from_day)
        parts.append(block.changes)
        sums = summed([sums, Tally(block.changes.cells, block.changes.words)])
    waiting = tally_of(changes_waiting(team), numbers), moves_waiting(team.pk, numbers)
    return summed([*parts, *waiting]), wrong


def _said(day: int) -> str:
    return "the beginning" if day == FIRST_DAY else date.fromordinal(day).isoformat()
