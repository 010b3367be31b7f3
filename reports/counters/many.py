"""How counters change where many people's standings do: by arrays, and past the ledger.

The caller holds the counters alone until the transaction ends. What waits in the ledger may wait on: changes add up in
any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from reports.computing import Difference
from reports.kinds import kind_of
from reports.presence import Presence
from reports.standings import Standing
from roles.bulk import batches

from .branches import counted_in
from .building import all_places
from .contributions import NOT_ASSESSED
from .counting import TEAMS_AT_MOST, Standings, presences_of, tallied
from .paths import nearest_counted, teams_on
from .storing import apply, counted_teams
from .tally import CellNumbers, Tally, as_child, negative, summed

#: So many rows of standings are counted together.
ROWS_AT_A_TIME = 200_000


class _Rows:
    """Rows by team: standings as columns of `Standings`, and presence as of `presences_of`."""

    def __init__(self) -> None:
        self.standings: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        self.presences: dict[int, list[tuple[int, int, int, int, bytes]]] = defaultdict(list)

    def add(self, standings: Iterable[Standing], present: Iterable[Presence]) -> int:
        """Take rows of one person; gives how many standings."""
        count = 0
        for row in standings:
            days = row.from_on.toordinal(), row.until_on.toordinal()
            self.standings[row.team].append((row.team, row.person, row.competency, *days, kind_of(row)))
            count += 1
        for person, from_on, until_on, team, roles in present:
            self.presences[team].append((team, person, from_on.toordinal(), until_on.toordinal(), roles))
        return count


def _with_unassessed(some: Iterable[Standing], everything: Iterable[Standing]) -> list[Standing]:
    return [
        *(row for row in some if row.state != NOT_ASSESSED),
        *(row for row in everything if row.state == NOT_ASSESSED),
    ]


class ManyChanges:
    """What changes in counters, kept until `apply`."""

    def __init__(self) -> None:
        self._numbers = CellNumbers()
        self._places = {place.pk: place for place in all_places()}
        self._counted = counted_teams()
        self._parts: dict[int, list[Tally]] = defaultdict(list)
        self._begin()

    def _begin(self) -> None:
        self._stored, self._computed, self._rows = _Rows(), _Rows(), 0

    def add(self, differing: Iterable[Difference]) -> None:
        """Have the standings and the presence of these people become what they are computed to be."""
        for one in differing:
            stored, computed = one.stored, one.computed
            if one.present == one.stored_present:
                # What stays the same changes nothing.
                stored, computed = one.gone, one.new
                if any(row.state == NOT_ASSESSED for row in (*stored, *computed)):
                    # But to know since when somebody was never assessed takes all that says so.
                    stored = _with_unassessed(stored, one.stored)
                    computed = _with_unassessed(computed, one.computed)
            self._rows += self._stored.add(stored, one.stored_present)
            self._rows += self._computed.add(computed, one.present)
        if self._rows > ROWS_AT_A_TIME:
            self._count()

    def apply(self) -> None:
        """Write what was kept into the blocks of all counted teams."""
        self._count()
        for pk in sorted(self._counted, key=lambda team: self._places[team].path, reverse=True):
            # Those below come before those above.
            if not (parts := self._parts.pop(pk, None)):
                continue
            tally, chain = summed(parts), teams_on(self._places[pk].path)
            apply(pk, tally, self._numbers)
            if found := nearest_counted(chain, self._counted, below=len(chain) - 1):
                above, child = found
                self._parts[above].append(as_child(tally, child))

    def _count(self) -> None:
        """Turn the rows into changes of the teams in which they are counted."""
        for rows, taken_back in ((self._stored, True), (self._computed, False)):
            teams = sorted(self._places[team] for team in rows.presences if team in self._places)
            where = counted_in(teams, self._counted, self._numbers)
            for some in batches(where, TEAMS_AT_MOST):
                standings = [row for team in some for row in rows.standings.get(team, ())]
                presences = [row for team in some for row in rows.presences[team]]
                columns = Standings(*np.array(standings, np.int64).reshape(-1, len(Standings._fields)).T)
                own = {team: where[team] for team in some}
                for into, tally in tallied(own, presences_of(presences), columns, self._numbers):
                    self._parts[into].append(negative(tally) if taken_back else tally)
        self._begin()
