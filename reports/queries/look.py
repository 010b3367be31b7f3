"""The first look at a team: its counters, its direct children, and the stamp of the catalogue, as of one instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

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


@dataclass
class Look:
    """What is seen of a team on a day.

    `stamp` is the catalogue's, None where nothing may be kept; `children` are key, code and name in the order of the
    codes; `counted` has the vectors of the cells, None for a team without counters.
    """

    stamp: str | None = None
    children: list[tuple[int, str, str]] = field(default_factory=list)
    counted: dict[Key, int] | None = None


def look_at(team: Team, as_of: date) -> Look:
    """What is seen of the team on the day; one query."""
    look, block, waiting = Look(), None, []
    for row in rows_of(_LOOKS[connection.vendor], {"team": str(team.pk), "day": as_of.isoformat()}):
        kind, pk, code, name, _, packed = row
        if kind == 0:
            look.stamp, block = code, packed
        elif kind == 1:
            look.children.append((pk, code, name))
        else:
            waiting.append(Waiting._make(row))
    if block is not None:
        look.counted = summed(block, waiting, as_of)
    return look
