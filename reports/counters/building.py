"""Counting teams from standings and presence: anew, for the first time, and to prove what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from reports.kinds import KIND
from reports.models import CounterBlock, CounterChange, CounterMove, MovedBlock, Presence
from roles.bulk import (
    Behind,
    InTurn,
    among_keys,
    array,
    batches,
    number_of_day,
    read_ahead,
    read_numbers,
    worked_behind,
)
from roles.models import Team
from roles.processes import Beside, computed_beside, shared_out
from roles.progress import report

from .branches import OpenTeams, Rows, branches, changes_of, counted_branch, tallied_rows
from .counting import TEAMS_AT_MOST, Presences, Standings, presences_of
from .locks import hold_counters
from .packing import Packed, Unjoined, packed_blocks
from .paths import Place, teams_on
from .storing import joined_in_lists, write_blocks
from .tally import CellNumbers, Tally, renumbered

_PRESENCES = "SELECT team_id, person_id, {from_day}, {until_day}, roles FROM reports_presence WHERE team_id {among}"
_STANDINGS = (
    "SELECT team_id, person_id, competency_id, {from_day}, {until_day}, {kind} FROM reports_standing"
    " WHERE team_id {among}"
)


#: A branch of so many stays is counted as one, by this process or by the one beside it.
STAYS_OF_A_BRANCH = 10_000
#: From so many branches on another process saves more time than it takes to begin it.
BRANCHES_FOR_A_PROCESS = 4


@transaction.atomic
def build() -> int:
    """Count every large team anew, and no other; gives how many are counted."""
    hold_counters()
    CounterChange.objects.all().delete()
    CounterBlock.objects.all().delete()
    CounterMove.objects.all().delete()
    MovedBlock.objects.all().delete()
    places = all_places()
    sizes = _sizes(places)
    counted = _large(sizes)
    parts, rest = branches(places, sizes, counted, at_most=STAYS_OF_A_BRANCH)
    with (
        computed_beside(worth_it=len(parts) >= BRANCHES_FOR_A_PROCESS) as beside,
        worked_behind() as behind,
    ):
        _Building(counted, beside, behind).build(parts, rest)
    return len(counted)


class _Building:
    """Counting all branches, as many beside as come back in time, and the teams above them."""

    def __init__(self, counted: set[int], beside: Beside, behind: Behind) -> None:
        self._counted, self._beside, self._behind = counted, beside, behind
        self._numbers = CellNumbers()
        self._writes = InTurn(behind)
        self._teams_written: set[int] = set()

    def build(self, parts: list[list[Place]], rest: list[Place]) -> None:
        """Write the blocks of the counted teams of these branches, and of those among the rest."""
        teams = OpenTeams()
        for rows in read(rest):
            for pk, tally in tallied_rows(rows, self._counted, self._numbers):
                teams.add(pk, tally)
        for packed in joined_in_lists(self._blocks_above(teams, parts, rest)):
            self._write(packed)
        self._writes.wait()

    def _blocks_above(
        self, teams: OpenTeams, parts: list[list[Place]], rest: list[Place]
    ) -> Iterator[tuple[int, Unjoined]]:
        """The blocks of the counted teams among the rest; those of the branches are written as they come back."""
        counted_parts = shared_out(counted_branch, self._calls(parts), self._beside)
        tops = {part[0] for part in parts}
        for place in sorted([*tops, *(place for place in rest if place.pk in self._counted)]):
            yield from self._packed(teams.leave_for(place.path))
            if place in tops:
                branch = next(counted_parts)
                self._write(branch.blocks)
                teams.add_child(place, renumbered(branch.changes, branch.names, self._numbers))
            else:
                teams.enter(place)
        yield from self._packed(teams.leave_all())

    def _calls(self, parts: list[list[Place]]) -> Iterator[tuple[list[Rows], set[int]]]:
        """What each branch is counted from: its rows, and which of its teams are counted."""
        reads = (partial(_read_whole, part) for part in parts)
        for part, rows in zip(parts, read_ahead(reads, self._behind), strict=True):
            yield rows, {place.pk for place in part if place.pk in self._counted}

    def _packed(self, closed: Iterable[tuple[int, Tally]]) -> Iterator[tuple[int, Unjoined]]:
        for team, tally in closed:
            for block in packed_blocks(tally, self._numbers):
                yield team, block

    def _write(self, blocks: list[tuple[int, Packed]]) -> None:
        self._writes(partial(write_blocks, blocks))
        self._teams_written.update(team for team, _ in blocks)
        report("Counters", len(self._teams_written), len(self._counted))


def counted_changes(
    places: Iterable[Place], counted: Collection[int], numbers: CellNumbers
) -> Iterator[tuple[int, Tally]]:
    """The changes of each of the counted teams, from standings and presence; those below before those above.

    `places` are the teams that are read, in the order of their paths: each with all below it.
    """
    return changes_of(read(places), counted, numbers)


def read(places: Iterable[Place]) -> Iterator[Rows]:
    """The rows of these teams' people, as many teams at a time as can be told apart."""
    for batch in batches(places, TEAMS_AT_MOST):
        teams = [place.pk for place in batch]
        yield Rows(batch, _presences(teams), _standings(teams))


def _read_whole(part: list[Place]) -> list[Rows]:
    return list(read(part))


def _presences(teams: Collection[int]) -> Presences:
    """Where people count in these teams, as it is stored."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(_PRESENCES), [array(teams)])
        return presences_of(cursor.fetchall())


def _standings(teams: Collection[int]) -> Standings:
    """How people stand in these teams, as it is stored."""
    return Standings(*read_numbers(_statement(_STANDINGS), [array(teams)], columns=len(Standings._fields)))


def large_teams(places: Iterable[Place]) -> set[int]:
    """The teams in whose scope so many stays of people are stored, whenever they are, that it is counted.

    Of `places` only; all below one of them is among them.
    """
    return _large(_sizes(places))


def _large(sizes: Mapping[int, int]) -> set[int]:
    least = settings.COUNTERS_FROM
    return {team for team, stays in sizes.items() if least and stays >= least}


def _sizes(places: Iterable[Place]) -> dict[int, int]:
    """How many stays of people are stored in the scope of each team, if any are."""
    own = dict(Presence.objects.order_by().values_list("team_id").annotate(Count("person")))
    sizes: dict[int, int] = defaultdict(int)
    for path, pk in places:
        for team in teams_on(path) if pk in own else ():
            sizes[team] += own[pk]
    return sizes


def _statement(template: str) -> str:
    return template.format(
        from_day=number_of_day("from_on"), until_day=number_of_day("until_on"), kind=KIND, among=among_keys()
    )


def places_within(team: Team) -> list[Place]:
    """The team and all below it in the order of their paths."""
    return sorted(Place(path, pk) for pk, path in Team.objects.within(team).order_by().values_list("pk", "path"))


def all_places() -> list[Place]:
    """Every team in the order of the paths."""
    return sorted(Place(path, pk) for pk, path in Team.objects.order_by().values_list("pk", "path"))
