"""Counting teams from standings and presence: anew, for the first time, and to prove what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from reports.kinds import KIND
from reports.models import CounterBlock, CounterChange, Presence
from roles.bulk import array, batches, read_numbers
from roles.models import Team
from roles.progress import report

from .cells import team_cell
from .counting import TEAMS_AT_MOST, Counted, Presences, Standings, presences_of, tallied
from .folding import child_towards, nearest_counted, teams_on
from .locks import hold_counters
from .storing import write_tallies
from .tally import CellNumbers, Tally, as_child, summed

_DAY = {
    "postgresql": "({day} - DATE '0001-01-01' + 1)",
    "sqlite": "CAST(julianday({day}) - 1721424.5 AS integer)",
}
_AMONG = {
    "postgresql": "= ANY(CAST(%s AS integer[]))",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}
_PRESENCES = "SELECT team_id, person_id, {from_day}, {until_day}, roles FROM reports_presence WHERE team_id {among}"
_STANDINGS = (
    "SELECT team_id, person_id, competency_id, {from_day}, {until_day}, {kind} FROM reports_standing"
    " WHERE team_id {among}"
)


class Place(NamedTuple):
    """A team by its path and key."""

    path: str
    pk: int


@transaction.atomic
def build() -> int:
    """Count every large team anew, and no other; gives how many are counted."""
    hold_counters()
    CounterChange.objects.all().delete()
    CounterBlock.objects.all().delete()
    places = all_places()
    counted = large_teams(places)
    numbers = CellNumbers()
    write_tallies(_reported(counted_changes(places, counted, numbers), len(counted)), numbers)
    return len(counted)


def large_teams(places: Iterable[Place]) -> set[int]:
    """The teams in whose scope so many stays of people are stored, whenever they are, that it is counted.

    Of `places` only; all below one of them is among them.
    """
    least = settings.COUNTERS_FROM
    places = list(places)
    if not least:
        return set()
    sizes: dict[int, int] = defaultdict(int)
    own: dict[int, int] = {}
    for batch in batches(places, TEAMS_AT_MOST):
        stays_there = Presence.objects.filter(team__in=[place.pk for place in batch]).order_by()
        own.update(stays_there.values_list("team_id").annotate(Count("person")))
    for path, pk in places:
        stays = own.get(pk, 0)
        if stays:
            for start in range(0, len(path), Team.STEP):
                sizes[int(path[start : start + Team.STEP])] += stays
    return {place.pk for place in places if sizes[place.pk] >= least}


def counted_changes(
    places: Iterable[Place], counted: Collection[int], numbers: CellNumbers
) -> Iterator[tuple[int, Tally]]:
    """The changes of each of the counted teams, from standings and presence; those below before those above.

    `places` are the teams that are read, in the order of their paths: each with all below it.
    """
    open_ones: list[Place] = []
    parts_of: dict[int, list[Tally]] = defaultdict(list)

    def closed() -> tuple[int, Tally]:
        place = open_ones.pop()
        tally = summed(parts_of.pop(place.pk))
        if open_ones:
            above = open_ones[-1]
            parts_of[above.pk].append(as_child(tally, child_towards(above.path, place.path)))
        return place.pk, tally

    for batch in batches(places, TEAMS_AT_MOST):
        for pk, tally in _tallied(batch, counted, numbers):
            parts_of[pk].append(tally)
        for place in batch:
            while open_ones and not place.path.startswith(open_ones[-1].path):
                yield closed()
            if place.pk in counted:
                open_ones.append(place)
    while open_ones:
        yield closed()


def _tallied(places: Collection[Place], counted: Collection[int], numbers: CellNumbers) -> Iterator[tuple[int, Tally]]:
    where = counted_in(places, counted, numbers)
    if where:
        yield from tallied(where, _presences(where), _standings(where), numbers)


def counted_in(places: Iterable[Place], counted: Collection[int], numbers: CellNumbers) -> dict[int, Counted]:
    """Where people of each team are counted, if anywhere: in the nearest counted team, itself or one above."""
    where: dict[int, Counted] = {}
    for path, pk in places:
        chain = teams_on(path)
        if found := nearest_counted(chain, counted, below=len(chain)):
            into, child = found
            where[pk] = Counted(into, numbers.of(team_cell(child)))
    return where


def _presences(teams: Collection[int]) -> Presences:
    """Where people count in these teams, as it is stored."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(_PRESENCES), [array(teams)])
        return presences_of(cursor.fetchall())


def _standings(teams: Collection[int]) -> Standings:
    """How people stand in these teams, as it is stored."""
    return Standings(*read_numbers(_statement(_STANDINGS), [array(teams)], columns=len(Standings._fields)))


def _statement(template: str) -> str:
    vendor = connection.vendor
    day = _DAY[vendor]
    return template.format(
        from_day=day.format(day="from_on"), until_day=day.format(day="until_on"), kind=KIND, among=_AMONG[vendor]
    )


def places_within(team: Team) -> list[Place]:
    """The team and all below it in the order of their paths."""
    return sorted(Place(path, pk) for pk, path in Team.objects.within(team).order_by().values_list("pk", "path"))


def all_places() -> list[Place]:
    """Every team in the order of the paths."""
    return sorted(Place(path, pk) for pk, path in Team.objects.order_by().values_list("pk", "path"))


def _reported(counted: Iterable[tuple[int, Tally]], total: int) -> Iterator[tuple[int, Tally]]:
    for done, one in enumerate(counted, start=1):
        report("Counters", done, total)
        yield one
