"""Which standings make up a number of the reports.

The rule of the gap and the measures stay where they are: every kind of standing that there can be is measured on its
own, and those that the measure counts are what to look for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import NamedTuple

from reports.kinds import KNOWN, bare, bare_sql
from reports.measures import Cells, Measures
from reports.standings import State

#: The numbers that can be opened, by the names they go by in addresses. The one without a name counts every
#: requirement, with those of people who are exempt.
COUNTED: dict[str, Callable[[Measures], int]] = {
    "": lambda measures: measures.required + measures.exempt,
    "required": lambda measures: measures.required,
    "short": lambda measures: measures.required - measures.met,
    "gap": lambda measures: measures.gap,
    "expired": lambda measures: measures.expired,
    "not_assessed": lambda measures: measures.not_assessed,
    "met": lambda measures: measures.met,
    "verified": lambda measures: measures.met_verified,
    "claimed": lambda measures: measures.met_claimed,
    "exempt": lambda measures: measures.exempt,
    "holders": lambda measures: measures.holders,
}

#: What is in force on the day in the scope of a team, of the table `s` of standings.
IN_SCOPE = (
    "s.team_id IN (SELECT id FROM roles_team WHERE path LIKE %(scope)s)"
    " AND s.from_on <= %(day)s AND s.until_on > %(day)s"
)
#: Who holds a role on the day. Grouped, so that they are looked up once for all and not for each standing.
HOLDING = (
    "IN (SELECT a.person_id FROM roles_roleassignment a WHERE a.role_id = %(role)s"
    " AND a.from_on <= %(day)s AND (a.until_on IS NULL OR a.until_on > %(day)s) GROUP BY a.person_id)"
)


def deficit_of(standing: str, *, required: str = "") -> str:
    """SQL for the deficit of a standing of the table by this name (contract, section 2.4).

    By the requirement that stands there, or by another one: SQL for a level.
    """
    wanted, level = required or f"{standing}.required", f"coalesce({standing}.level, 0)"
    counts = f"{standing}.state <> {State.EXEMPT.value} AND {wanted} > {level}"
    return f"CASE WHEN {counts} THEN {wanted} - {level} ELSE 0 END"


class Kind(NamedTuple):
    """How somebody stands, apart from how much is required."""

    state: State
    level: int | None
    verified: bool | None

    @property
    def number(self) -> int:
        """The kind as one number (reports/kinds.py), by which thousands are told apart quickly."""
        return bare(self.state, self.level, self.verified)


_KINDS = [Kind(state, level, verified) for state in State for level, verified in KNOWN]


@cache
def kinds(counted: str, *, required: int | None = None) -> frozenset[Kind]:
    """The kinds of standing that make up the number `counted`, a name of COUNTED.

    Measured by what the standing says is required, or by the level `required`, such as that of one role by itself.
    """
    return frozenset(kind for kind in _KINDS if COUNTED[counted](_measured(kind, required)))


def _measured(kind: Kind, required: int | None) -> Measures:
    of_standing = None if kind.state == State.NOT_REQUIRED else 1
    cells = Cells(1, of_standing, of_standing, kind.level, kind.verified, kind.state)
    measures = Measures()
    measures.add(cells if required is None else cells.measured_by(required, 1))
    return measures


def is_of(found: Collection[Kind]) -> str:
    """The condition that a standing of the table `s` is of one of these kinds."""
    return f"({bare_sql('s.')}) {among(kind.number for kind in found)}"


def among(numbers: Iterable[int]) -> str:
    """The condition that something is one of these numbers; of none, nothing is."""
    return f"IN ({', '.join(map(str, sorted(numbers))) or 'NULL'})"
