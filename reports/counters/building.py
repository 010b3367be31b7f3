"""Counting teams from standings and presence: anew, for the first time, and to prove what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from reports.kinds import KIND
from reports.models import CounterBlock, CounterChange, Presence
from roles.bulk import array, batches
from roles.models import Team
from roles.progress import report

from .cells import ByTeam, Changes, add_all, team_cell, without_nothing
from .contributions import NOT_ASSESSED, Holding, Stay, add_person, add_stays, add_unassessed
from .folding import child_towards, teams_on
from .locks import hold_counters
from .storing import write_blocks

TEAMS_AT_A_TIME = 500
_ROWS_AT_A_TIME = 5_000

_DAY = {
    "postgresql": "({day} - DATE '0001-01-01' + 1)",
    "sqlite": "CAST(julianday({day}) - 1721424.5 AS integer)",
}
_AMONG = {
    "postgresql": "= ANY(CAST(%s AS integer[]))",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}
_PRESENCES = """
    SELECT team_id, person_id, {from_day}, {until_day}, roles FROM reports_presence
    WHERE team_id {among} ORDER BY team_id, person_id, from_on
"""
_STANDINGS = """
    SELECT team_id, person_id, competency_id, {from_day}, {until_day}, {kind} FROM reports_standing
    WHERE team_id {among} ORDER BY team_id, person_id, competency_id, from_on
"""


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
    write_blocks(_reported(counted_changes(places, counted), len(counted)))
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
    for batch in batches(places, TEAMS_AT_A_TIME):
        stays_there = Presence.objects.filter(team__in=[place.pk for place in batch]).order_by()
        own.update(stays_there.values_list("team_id").annotate(Count("person")))
    for path, pk in places:
        stays = own.get(pk, 0)
        if stays:
            for start in range(0, len(path), Team.STEP):
                sizes[int(path[start : start + Team.STEP])] += stays
    return {place.pk for place in places if sizes[place.pk] >= least}


def counted_changes(places: Iterable[Place], counted: Collection[int]) -> Iterator[tuple[int, Changes]]:
    """The changes of each of the counted teams, from standings and presence; those below before those above.

    `places` are the teams that are read, in the order of their paths: each with all below it.
    """
    open_ones: list[Place] = []
    changes_of: ByTeam = {}

    def closed() -> tuple[int, Changes]:
        place = open_ones.pop()
        changes = changes_of.pop(place.pk)
        if open_ones:
            above = open_ones[-1]
            add_all(changes_of[above.pk], changes, team=child_towards(above.path, place.path))
        return place.pk, without_nothing(changes)

    for batch in batches(places, TEAMS_AT_A_TIME):
        _count(batch, counted, changes_of)
        for place in batch:
            while open_ones and not place.path.startswith(open_ones[-1].path):
                yield closed()
            if place.pk in counted:
                changes_of.setdefault(place.pk, {})
                open_ones.append(place)
    while open_ones:
        yield closed()


class _Where(NamedTuple):
    """Where the people of a team are counted: the changes of the nearest counted team, and their cell there."""

    into: Changes
    team: int


def _count(places: Collection[Place], counted: Collection[int], changes_of: ByTeam) -> None:
    """Add what the people of these teams change, each to the nearest counted team: their own, or one above."""
    where: dict[int, _Where] = {}
    for path, pk in places:
        chain = teams_on(path)
        for depth in range(len(chain), 0, -1):
            if chain[depth - 1] in counted:
                child = child_towards(path[: depth * Team.STEP], path)
                where[pk] = _Where(changes_of.setdefault(chain[depth - 1], {}), team_cell(child))
                break
    if where:
        _add_stored(where)


def _add_stored(where: Mapping[int, _Where]) -> None:
    """Add what the people of these teams change, by standings and presence as they are stored."""
    stays: dict[tuple[int, int], list[Stay]] = defaultdict(list)
    for team, person, from_day, until_day, roles in _rows(_PRESENCES, where):
        stays[team, person].append(Stay(from_day, until_day, bytes(roles).decode()))
    for (team, _), of_person in stays.items():
        add_stays(where[team].into, of_person, team=where[team].team)
    for (team, person), rows in groupby(_rows(_STANDINGS, where), itemgetter(0, 1)):
        holdings = [row[2:] for row in rows]
        into, cell = where[team]
        add_person(into, holdings, stays.get((team, person), ()), team=cell)
        if never := [Holding._make(one) for one in holdings if one[3] & 0b111 == NOT_ASSESSED]:
            add_unassessed(into, never, team=cell)


def _rows(statement: str, teams: Collection[int]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement about these teams, in flat memory."""
    vendor = connection.vendor
    day = _DAY[vendor]
    sql = statement.format(
        from_day=day.format(day="from_on"), until_day=day.format(day="until_on"), kind=KIND, among=_AMONG[vendor]
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, [array(teams)])
        while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
            yield from rows


def places_within(team: Team) -> list[Place]:
    """The team and all below it in the order of their paths."""
    return sorted(Place(path, pk) for pk, path in Team.objects.within(team).order_by().values_list("pk", "path"))


def all_places() -> list[Place]:
    """Every team in the order of the paths."""
    return sorted(Place(path, pk) for pk, path in Team.objects.order_by().values_list("pk", "path"))


def _reported(counted: Iterable[tuple[int, Changes]], total: int) -> Iterator[tuple[int, Changes]]:
    for done, one in enumerate(counted, start=1):
        report("Counters", done, total)
        yield one
