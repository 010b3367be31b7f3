"""What one person adds to the counters of their teams, by their presence and standings. No database here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from reports.kinds import kind_of
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


def add_stays(into: Changes, stays: Iterable[Stay], sign: int = 1, *, team: int = OWN_TEAM) -> None:
    """Count that somebody is there, in one team, whose cell is `team`; with a sign of -1 no longer."""
    for from_day, until_day, roles in stays:
        for key, one in ((roles, PERSON), (team, PERSON_OF_TEAM)):
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


def add_person(
    into: Changes, holdings: Iterable[tuple[int, int, int, int]], stays: Sequence[Stay], *, team: int = OWN_TEAM
) -> None:
    """Count all that somebody holds in one team, whose cell is `team`, as `add_holdings` would, in half the time.

    `holdings` are in the order of competency and day. Where one follows on another, only the difference is added.
    """
    sets = {stay.roles: [role_cell(int(role), 0) for role in stay.roles.split(",") if role] for stay in stays}
    before = _NOTHING
    for now in _pieces(holdings, stays):
        follows = now[0] == before[0] and now[1] == before[2]
        if not follows:
            _change(into, before[2], before, _NOTHING, sets, team=team)
        if not follows or now[3:] != before[3:]:
            _change(into, now[1], before if follows else _NOTHING, now, sets, team=team)
        before = now
    _change(into, before[2], before, _NOTHING, sets, team=team)


#: A holding and the roles that are held meanwhile.
_Piece = tuple[int, int, int, int, str]
_NOTHING: _Piece = (0, 0, NEVER, 0, "")


def _pieces(holdings: Iterable[tuple[int, int, int, int]], stays: Sequence[Stay]) -> Iterator[_Piece]:
    """The holdings, cut where the roles change."""
    if len(stays) == 1:
        roles = stays[0].roles
        for competency, from_day, until_day, kind in holdings:
            yield competency, from_day, until_day, kind, roles
        return
    for competency, from_day, until_day, kind in holdings:
        for begins, ends, roles in stays:
            if begins < until_day and from_day < ends:
                yield competency, max(from_day, begins), min(until_day, ends), kind, roles


def _change(
    into: Changes, day: int, before: _Piece, now: _Piece, sets: Mapping[str, Sequence[int]], *, team: int
) -> None:
    """Have one piece hold from a day on in place of another in the same competency."""
    if day >= NEVER:
        return
    of_measures, of_evidence = _difference(before[3], now[3])
    competency = now[0] or before[0]
    on_day = into.setdefault(day, {})
    if of_measures:
        cell = competency_cell(competency)
        on_day[cell] = on_day.get(cell, 0) + of_measures
        on_day[team] = on_day.get(team, 0) + of_measures
    cell = competency_cell(competency) - competency_cell(0)
    if now[4] == before[4] or not before[3] or not now[3]:
        for role in sets[now[4] or before[4]] if of_evidence else ():
            on_day[role + cell] = on_day.get(role + cell, 0) + of_evidence
        return
    for piece, sign in ((before, -1), (now, 1)):
        for role in sets[piece[4]]:
            on_day[role + cell] = on_day.get(role + cell, 0) + evidence(piece[3]) * sign


@cache
def _difference(before: int, now: int) -> tuple[int, int]:
    """What changes where one kind takes the place of another, 0 being none."""
    return measured(now) - measured(before), evidence(now) - evidence(before)


def add_unassessed(into: Changes, holdings: Iterable[Holding], sign: int = 1, *, team: int = OWN_TEAM) -> None:
    """Count the days on which somebody was never assessed in something required, out of all they hold in one team."""
    for from_day, until_day in _united(one for one in holdings if one.kind & 0b111 == NOT_ASSESSED):
        _over(into, from_day, until_day, team, UNASSESSED_PERSON * sign)


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
