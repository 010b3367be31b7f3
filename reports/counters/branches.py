"""Counting the teams of a branch, from the rows of its people. No database here.

What takes the time of counting everybody takes it here, where another process can do a half of it
(`roles.processes`): a branch is given whole, and comes back counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from .cells import Key, team_cell
from .counting import Counted, Presences, Standings, tallied
from .packing import Packed, packed_blocks
from .paths import Place, child_towards, nearest_counted, teams_on
from .tally import CellNumbers, Tally, as_child, of_usual_kind, summed


class Rows(NamedTuple):
    """Some teams, in the order of their paths and at most TEAMS_AT_MOST, and the rows of their people."""

    places: list[Place]
    presences: Presences
    standings: Standings


def counted_in(places: Iterable[Place], counted: Collection[int], numbers: CellNumbers) -> dict[int, Counted]:
    """Where people of each team are counted, if anywhere: in the nearest counted team, itself or one above."""
    where: dict[int, Counted] = {}
    for path, pk in places:
        chain = teams_on(path)
        if found := nearest_counted(chain, counted, below=len(chain)):
            into, child = found
            where[pk] = Counted(into, numbers.of(team_cell(child)))
    return where


def tallied_rows(rows: Rows, counted: Collection[int], numbers: CellNumbers) -> Iterator[tuple[int, Tally]]:
    """What the people of the teams change, by the team into which they are counted."""
    where = counted_in(rows.places, counted, numbers)
    if where:
        yield from tallied(where, rows.presences, rows.standings, numbers)


class OpenTeams:
    """The counted teams on the way down to where the walk through the tree is, each with what changes in it so far.

    Whoever walks in the order of paths closes those that are left behind, the lower ones first.
    """

    def __init__(self) -> None:
        self._open: list[Place] = []
        self._parts: dict[int, list[Tally]] = defaultdict(list)

    def add(self, team: int, tally: Tally) -> None:
        """Have this be a part of what changes in a team, which is open or will be."""
        self._parts[team].append(tally)

    def add_child(self, place: Place, tally: Tally) -> None:
        """Have this, which changes in a team, be a part of what changes in the team above it, if one is open."""
        if self._open:
            above = self._open[-1]
            self.add(above.pk, as_child(tally, child_towards(above.path, place.path)))

    def leave_for(self, path: str) -> Iterator[tuple[int, Tally]]:
        """Close the teams that are not above this path, and give what changes in each."""
        while self._open and not path.startswith(self._open[-1].path):
            yield self._close()

    def enter(self, place: Place) -> None:
        """Open a team."""
        self._open.append(place)

    def leave_all(self) -> Iterator[tuple[int, Tally]]:
        """Close all that are open."""
        while self._open:
            yield self._close()

    def _close(self) -> tuple[int, Tally]:
        place = self._open.pop()
        tally = summed(self._parts.pop(place.pk))
        self.add_child(place, tally)
        return place.pk, tally


def changes_of(read: Iterable[Rows], counted: Collection[int], numbers: CellNumbers) -> Iterator[tuple[int, Tally]]:
    """The changes of each of the counted teams among those that are read, in the order of their paths.

    Those below come before those above. Each is read with all below it.
    """
    teams = OpenTeams()
    for rows in read:
        for pk, tally in tallied_rows(rows, counted, numbers):
            teams.add(pk, tally)
        for place in rows.places:
            yield from teams.leave_for(place.path)
            if place.pk in counted:
                teams.enter(place)
    yield from teams.leave_all()


class CountedBranch(NamedTuple):
    """The blocks of all counted teams of a branch, what changes in its highest team, and the cells of these changes."""

    blocks: list[tuple[int, Packed]]
    changes: Tally
    names: dict[int, Key]


def counted_branch(read: Iterable[Rows], counted: Collection[int]) -> CountedBranch:
    """Count a branch, whose highest team is counted."""
    numbers = CellNumbers()
    blocks: list[tuple[int, Packed]] = []
    read = map(_usual, read)
    for pk, tally in changes_of(read, counted, numbers):
        blocks += [(pk, block.joined()) for block in packed_blocks(tally, numbers)]
    # The highest comes last.
    return CountedBranch(blocks, tally, numbers.names(tally))


def _usual(rows: Rows) -> Rows:
    team, person, from_day, until_day, role_set = map(of_usual_kind, rows.presences[:-1])
    presences = Presences(team, person, from_day, until_day, role_set, rows.presences.sets)
    return Rows(rows.places, presences, Standings(*map(of_usual_kind, rows.standings)))


def branches(
    places: Iterable[Place], sizes: Mapping[int, int], counted: Collection[int], *, at_most: int
) -> tuple[list[list[Place]], list[Place]]:
    """The largest branches below counted teams that have at most so many stays, each with all its teams; and the rest.

    All of it in the order of paths, in which `places` are.
    """
    found: list[list[Place]] = []
    others: list[Place] = []
    for place in places:
        if found and place.path.startswith(found[-1][0].path):
            found[-1].append(place)
        elif place.pk in counted and sizes[place.pk] <= at_most:
            found.append([place])
        else:
            others.append(place)
    return found, others
