"""What one person adds to the counters of their teams, by their presence and standings. No database here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reports.kinds import STATE, kind_of
from reports.standings import OPEN, Standing, State

from .cells import OWN_TEAM, Changes, add, competency_cell, role_cell
from .vectors import PERSON, PERSON_OF_TEAM, UNASSESSED_PERSON, evidence, measured

#: The first day that cannot be asked for; what ends on it never ends.
NEVER = OPEN.toordinal()
#: The state that ends a kind, as a bare number, which compares in a fifth of the time.
NOT_ASSESSED = State.NOT_ASSESSED.value


class Stay(NamedTuple):
    """Days (date.toordinal) on which somebody counts in one team and holds the same roles, in text (cells.role_set)."""

    from_day: int
    until_day: int
    roles: str


class Holding(NamedTuple):
    """Days on which somebody stands in one way (kinds.py) in a competency."""

    competency: int
    from_day: int
    until_day: int
    kind: int


def holding(standing: Standing) -> Holding:
    """What a standing is to a counter."""
    return Holding(standing.competency, standing.from_on.toordinal(), standing.until_on.toordinal(), kind_of(standing))


def add_stays(into: Changes, stays: Iterable[Stay], sign: int = 1) -> None:
    """Count that somebody is there, in one team; with a sign of -1 no longer."""
    for from_day, until_day, roles in stays:
        for key, one in ((roles, PERSON), (OWN_TEAM, PERSON_OF_TEAM)):
            _over(into, from_day, until_day, key, one * sign)


def add_holdings(into: Changes, holdings: Iterable[Holding], stays: Sequence[Stay], sign: int = 1) -> None:
    """Count how somebody stands, in one team; `stays` are those in this team."""
    for competency, from_day, until_day, kind in holdings:
        vector = measured(kind) * sign
        if vector:
            _over(into, from_day, until_day, competency_cell(competency), vector)
            _over(into, from_day, until_day, OWN_TEAM, vector)
        known = evidence(kind) * sign
        if not known:
            continue
        for begins, ends, roles in stays:
            day, until = max(from_day, begins), min(until_day, ends)
            if day < until and roles:
                for role in roles.split(","):
                    _over(into, day, until, role_cell(int(role), competency), known)


def add_unassessed(into: Changes, holdings: Iterable[Holding], sign: int = 1) -> None:
    """Count the days on which somebody was never assessed in something required, out of all they hold in one team."""
    for from_day, until_day in _united(one for one in holdings if one.kind & STATE == NOT_ASSESSED):
        _over(into, from_day, until_day, OWN_TEAM, UNASSESSED_PERSON * sign)


def _united(holdings: Iterable[Holding]) -> Iterator[tuple[int, int]]:
    """Days that are in any of these, as stretches that neither meet nor overlap."""
    begins = ends = 0
    for from_day, until_day in sorted((one.from_day, one.until_day) for one in holdings):
        if from_day > ends:
            if ends:
                yield begins, ends
            begins, ends = from_day, until_day
        ends = max(ends, until_day)
    if ends:
        yield begins, ends


def _over(into: Changes, from_day: int, until_day: int, key: int | str, vector: int) -> None:
    add(into, from_day, key, vector)
    if until_day < NEVER:
        add(into, until_day, key, -vector)
