"""How counters change where many people's standings do: by arrays, and past the ledger.

The caller holds the counters alone until the transaction ends. What waits in the ledger may wait on: changes add up in
any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from roles.bulk import batches, worked_behind
from roles.processes import computed_beside

from .branches import counted_in
from .building import all_places
from .changed import CountedChange, CountedRows, Stays
from .counting import TEAMS_AT_MOST, Standings, presences_of, tallied
from .paths import nearest_counted, teams_on
from .storing import apply_all, counted_teams
from .tally import CellNumbers, Tally, as_child, negative, of_usual_kind, summed

#: So many rows of standings are counted together.
ROWS_AT_A_TIME = 200_000
#: If in so many teams anything changes, another process saves more time than it takes to begin it.
TEAMS_FOR_A_PROCESS = 300


class ManyChanges:
    """What changes in counters, kept until `apply`."""

    def __init__(self) -> None:
        self._numbers = CellNumbers()
        self._places = {place.pk: place for place in all_places()}
        self._counted = counted_teams()
        self._parts: dict[int, list[Tally]] = defaultdict(list)
        self._waiting: list[CountedChange] = []
        self._rows = 0

    def add(self, change: CountedChange) -> None:
        """Have this be a part of what changes."""
        self._waiting.append(change)
        self._rows += sum(rows.standings.shape[1] for rows in change)
        if self._rows > ROWS_AT_A_TIME:
            self._count()

    def apply(self) -> None:
        """Write what was kept into the blocks of all counted teams."""
        self._count()
        with (
            computed_beside(worth_it=len(self._parts) >= TEAMS_FOR_A_PROCESS) as beside,
            worked_behind() as behind,
        ):
            apply_all(self._upwards(), self._numbers, beside=beside, behind=behind)

    def _upwards(self) -> Iterator[tuple[int, Tally]]:
        """What changes in each team, those below before those above."""
        for pk in sorted(self._counted, key=lambda team: self._places[team].path, reverse=True):
            if not (parts := self._parts.pop(pk, None)):
                continue
            tally, chain = summed(parts), teams_on(self._places[pk].path)
            if found := nearest_counted(chain, self._counted, below=len(chain) - 1):
                above, child = found
                self._parts[above].append(as_child(tally, child))
            yield pk, tally

    def _count(self) -> None:
        """Turn the rows into changes of the teams in which they are counted."""
        for rows in zip(*self._waiting, strict=True):
            taken_back = rows[0] is self._waiting[0].before
            for into, tally in self._tallied(rows):
                self._parts[into].append(negative(tally) if taken_back else tally)
        self._waiting, self._rows = [], 0

    def _tallied(self, parts: Sequence[CountedRows]) -> Iterator[tuple[int, Tally]]:
        standings = np.concatenate([of_usual_kind(part.standings) for part in parts], axis=1)
        standings = standings[:, np.argsort(standings[0], kind="stable")]
        stays: dict[int, Stays] = defaultdict(list)
        for stay in (stay for part in parts for stay in part.stays):
            stays[stay[0]].append(stay)
        where = counted_in(
            sorted(self._places[team] for team in stays if team in self._places), self._counted, self._numbers
        )
        # By key, as the rows are.
        for some in batches(sorted(where), TEAMS_AT_MOST):
            first, last = np.searchsorted(standings[0], [some[0], some[-1] + 1])
            own = standings[:, first:last]
            own = own[:, np.isin(own[0], some)]
            presences = presences_of([stay for team in some for stay in stays[team]])
            yield from tallied({team: where[team] for team in some}, presences, Standings(*own), self._numbers)
