"""What the people of many teams add to the counters of the teams above them, by arrays of their rows.

The same as `contributions` says of one person, at once for as many as are read together. No database here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from reports.kinds import BITS as KIND_BITS
from reports.kinds import STATE

from .cells import competency_cell, role_cell
from .contributions import NEVER, NOT_ASSESSED
from .tally import CellNumbers, Tally, day_and_cell, in_each, in_groups, repeated, summed, words_of
from .vectors import BITS as LANE
from .vectors import PERSON, PERSON_OF_TEAM, UNASSESSED_PERSON, WORDS, Column, evidence_lane, measured

# Bits of one whole number that tells of several things: the place of a team (above the day of `Tally.at`), a day, the
# place of one of 16,384 competencies or roles, and a lane.
_TEAM_BITS, _DAY_BITS, _PLACE_BITS, _LANE_BITS = 9, 22, 14, 4
_TEAM_SHIFT = 54
#: So many teams are told apart.
TEAMS_AT_MOST = 1 << _TEAM_BITS


class Presences(NamedTuple):
    """Columns: where somebody counts, from which day until which, and the place of the set of roles among `sets`."""

    team: Column
    person: Column
    from_day: Column
    until_day: Column
    role_set: Column
    sets: Sequence[str]


class Standings(NamedTuple):
    """Columns: how somebody stands in a team and a competency, from which day until which, as a kind (kinds.py)."""

    team: Column
    person: Column
    competency: Column
    from_day: Column
    until_day: Column
    kind: Column


def presences_of(rows: Sequence[tuple[int, int, int, int, bytes]]) -> Presences:
    """Columns of rows of team, person, first day, day after the last, and roles as they are stored."""
    sets: dict[bytes, int] = {}
    held = [sets.setdefault(bytes(roles), len(sets)) for *_, roles in rows]
    team, person, from_day, until_day = np.array([row[:-1] for row in rows], np.int64).reshape(-1, 4).T
    return Presences(team, person, from_day, until_day, np.array(held, np.int64), [roles.decode() for roles in sets])


class Counted(NamedTuple):
    """Where the people of a team are counted: the key of the team, and the number of their cell there."""

    into: int
    cell: int


def tallied(
    where: Mapping[int, Counted], presences: Presences, standings: Standings, numbers: CellNumbers
) -> Iterator[tuple[int, Tally]]:
    """What the people of the teams in `where`, at most TEAMS_AT_MOST, change, by the team into which they are counted.

    All rows are of these teams.
    """
    teams = np.array(sorted(where), np.int64)
    cells = np.array([where[team].cell for team in teams.tolist()], np.int64)
    into, places = np.unique([where[team].into for team in teams.tolist()], return_inverse=True)
    presences = presences._replace(team=np.searchsorted(teams, presences.team))
    standings = standings._replace(team=np.searchsorted(teams, standings.team))
    parts = [
        Tally(
            places[part.team] << _TEAM_SHIFT
            | day_and_cell(part.day, cells[part.team] if part.cell is None else part.cell),
            part.words,
        )
        for part in _parts(presences, standings, numbers)
    ]
    return _by_team(summed(parts), into.tolist())


def _by_team(tally: Tally, teams: Sequence[int]) -> Iterator[tuple[int, Tally]]:
    """The changes of each of the teams, whose places stand above the days."""
    bounds = np.searchsorted(tally.at, np.arange(len(teams) + 1) << _TEAM_SHIFT)
    for place, team in enumerate(teams):
        own = slice(bounds[place], bounds[place + 1])
        yield team, Tally(tally.at[own] - (place << _TEAM_SHIFT), tally.words[:, own])


class _Part(NamedTuple):
    """Changes: the place of the team whose people they are, the day, and the cell; None for that of the team."""

    team: Column
    day: Column
    cell: Column | None
    words: Column


def _parts(presences: Presences, standings: Standings, numbers: CellNumbers) -> Iterator[_Part]:
    there = _events(presences.from_day, presences.until_day)
    sets = numbers.of_all(presences.sets)
    for cell, one in ((sets[presences.role_set[there.row]], PERSON), (None, PERSON_OF_TEAM)):
        yield _Part(presences.team[there.row], there.day, cell, words_of([one]) * there.sign)
    yield from _measures(standings, numbers)
    yield _unassessed(standings)
    yield _evidence(standings, presences, numbers)


class _Events(NamedTuple):
    """Stretches of days as what begins and what ends: whose row it is, the day, and 1 or -1."""

    row: Column
    day: Column
    sign: Column


def _events(from_day: Column, until_day: Column) -> _Events:
    ending = np.flatnonzero(until_day < NEVER)
    row = np.concatenate([np.arange(from_day.size), ending])
    sign = np.ones(row.size, np.int64)
    sign[from_day.size :] = -1
    return _Events(row, np.concatenate([from_day, until_day[ending]]), sign)


def _measures(standings: Standings, numbers: CellNumbers) -> Iterator[_Part]:
    """By what is required of people: in each competency, and of the team."""
    events = _events(standings.from_day, standings.until_day)
    competencies, places = np.unique(standings.competency, return_inverse=True)
    net, (team, day, competency, kind) = _netted(
        events.sign,
        (standings.team[events.row], 0),
        (events.day, _DAY_BITS),
        (places[events.row], _PLACE_BITS),
        (standings.kind[events.row], KIND_BITS),
    )
    kinds, of_kind = np.unique(kind, return_inverse=True)
    words = words_of([measured(one) for one in kinds.tolist()]).take(of_kind, axis=1) * net
    yield _Part(team, day, numbers.of_all(competency_cell(competencies))[competency], words)
    yield _Part(team, day, None, words)


def _netted(sign: Column, *parts: tuple[Column, int]) -> tuple[Column, list[Column]]:
    """How many more there are of each combination of the parts, which are so many bits wide; and the parts of each.

    OverflowError if a part but the first is wider than that.
    """
    combined = parts[0][0]
    for part, bits in parts[1:]:
        if (part >> bits).any():
            raise OverflowError(f"There are more than {1 << bits:,} of what is counted apart.")
        combined = combined << bits | part
    order, starts = in_groups(combined)
    net = np.add.reduceat(sign.take(order), starts) if starts.size else sign
    combined, net = combined[order[starts]][net != 0], net[net != 0]
    found = []
    for _, bits in reversed(parts[1:]):
        found.append(combined & (1 << bits) - 1)
        combined = combined >> bits
    return net, [combined, *reversed(found)]


def _unassessed(standings: Standings) -> _Part:
    """Who has never been assessed in something required of them, on the days on which that is so of anything."""
    some = standings.kind & STATE == NOT_ASSESSED
    team, from_day, until_day = (column[some] for column in (standings.team, standings.from_day, standings.until_day))
    person = _pairs(team, standings.person[some])
    order = np.lexsort((from_day, person))
    person, team, from_day, until_day = (column[order] for column in (person, team, from_day, until_day))
    # The last day so far of the same person: since people are in order, what another had is always less.
    number = np.cumsum(np.r_[0, person[1:] != person[:-1]][: person.size])
    last = np.maximum.accumulate(number << _DAY_BITS | until_day) if person.size else person
    begins = np.ones(person.size, bool)
    begins[1:] = (number[1:] << _DAY_BITS | from_day[1:]) > last[:-1]
    firsts = np.flatnonzero(begins)
    ends = last[np.r_[firsts[1:], person.size][: firsts.size] - 1] & (1 << _DAY_BITS) - 1
    events = _events(from_day[firsts], ends)
    return _Part(team[firsts][events.row], events.day, None, words_of([UNASSESSED_PERSON]) * events.sign)


def _pairs(team: Column, person: Column) -> Column:
    """Each person in each team as one number; of a team only its place is left."""
    return person << _TEAM_BITS | team


def _evidence(standings: Standings, presences: Presences, numbers: CellNumbers) -> _Part:
    """What is known of those who hold a role, while they do, in what is required of them."""
    kinds, of_kind = np.unique(standings.kind, return_inverse=True)
    lanes = np.array([evidence_lane(kind) for kind in kinds.tolist()], np.int64)[of_kind]
    events, row, stay = _held(standings, presences, np.flatnonzero(lanes >= 0))
    competencies, places = np.unique(standings.competency, return_inverse=True)
    roles, again, role = _in_each_role(presences.sets, presences.role_set[stay])
    net, (team, day, role, competency, lane) = _netted(
        events.sign[again],
        (standings.team[row[again]], 0),
        (events.day[again], _DAY_BITS),
        (role, _PLACE_BITS),
        (places[row[again]], _PLACE_BITS),
        (lanes[row[again]], _LANE_BITS),
    )
    words = np.zeros((WORDS, net.size), np.int64)
    words[lane >> 1, np.arange(net.size)] = net << (lane & 1) * LANE
    return _Part(team, day, numbers.of_all(role_cell(roles[role], competencies[competency])), words)


def _held(standings: Standings, presences: Presences, rows: Column) -> tuple[_Events, Column, Column]:
    """The days on which these rows of standings hold, apart for each stay; of each event the standing and the stay."""
    pairs = _pairs(presences.team, presences.person)
    order = np.argsort(pairs)
    wanted = _pairs(standings.team[rows], standings.person[rows])
    first, last = (np.searchsorted(pairs[order], wanted, side) for side in ("left", "right"))
    row, nth = repeated(last - first)
    stay, row = order[first[row] + nth], rows[row]
    from_day = np.maximum(standings.from_day[row], presences.from_day[stay])
    until_day = np.minimum(standings.until_day[row], presences.until_day[stay])
    meet = from_day < until_day
    events = _events(from_day[meet], until_day[meet])
    return events, row[meet][events.row], stay[meet][events.row]


def _in_each_role(sets: Sequence[str], held: Column) -> tuple[Column, Column, Column]:
    """The keys of all roles; and for each role of each set that is held, which of `held`, and the place of the role."""
    of_sets = [[int(role) for role in roles.split(",") if role] for roles in sets]
    sizes = np.array([len(roles) for roles in of_sets], np.int64)
    roles, places = np.unique(np.array([role for roles in of_sets for role in roles], np.int64), return_inverse=True)
    return roles, *in_each(sizes, places, held)
