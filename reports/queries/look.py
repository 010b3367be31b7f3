"""The first look at a team: its counters, its direct children, and the stamp of the catalogue, as of one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from reports.counters.cells import Key
from reports.counters.reading import CELLS, WAITING, Waiting, summed
from roles.catalogue_stamp import STAMP
from roles.models import Team
from roles.prepared import rows_of

# Kind, key, code, name, a sign, and what is packed. First the stamp with the block of the day, if the team is counted;
# then the children; then what waits to be added to the block.
_LOOK = """
    SELECT 0, 0, {stamp}, NULL, 0, {cells} FROM roles_team top WHERE top.id {team}
    UNION ALL
    SELECT 1, id, code, name, 0, NULL FROM roles_team WHERE parent_id {team}
    UNION ALL {waiting}
    ORDER BY 1, 3
"""
_TEAM = "= CAST(%(team)s AS integer)"
_LOOKS = {
    vendor: _LOOK.format(stamp=stamp, cells=CELLS, team=_TEAM, waiting=WAITING.format(among=_TEAM))
    for vendor, stamp in STAMP.items()
}


@dataclass(frozen=True)
class Look:
    """What is seen of a team on a day, in `rows` as it was read.

    `stamp` is the catalogue's, None where nothing may be kept; `children` are key, code and name in the order of the
    codes.
    """

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
    def counted(self) -> dict[Key, int]:
        """The vectors of the cells; ValueError for a team without counters."""
        if not self.is_counted:
            raise ValueError("The team has no counters.")
        waiting = [Waiting._make(row) for row in self.rows if row[0] not in {0, 1}]
        return summed(self._block, waiting, self.as_of)


def look_at(team: Team, as_of: date) -> Look:
    """What is seen of the team on the day; one query."""
    rows = rows_of(_LOOKS[connection.vendor], {"team": str(team.pk), "day": as_of.isoformat()})
    stamp = next((code for kind, _, code, *_ in rows if kind == 0), None)
    return Look(as_of, rows, stamp, [(pk, code, name) for kind, pk, code, name, *_ in rows if kind == 1])
