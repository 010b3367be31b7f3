"""How the totals of a team go over a series of days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from functools import cached_property, reduce
from itertools import pairwise
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q

from reports.counters.reading import totals
from reports.counters.vectors import measures_of
from reports.days import LAST_DAY
from reports.measures import Cells, Measures
from roles.bulk import array
from roles.models import MatrixVersion, Team

# A standing holds on a run of the days: from the first one that is not before `from_on` up to, and without, the first
# that is not before `until_on`. Both are told by how many of the days lie before. Who stands alike over the same run is
# counted together, and what holds on none of the days not at all.
_RUNS = """
    SELECT {number}, first, last, count(*), required, weight, level, verified, state
    FROM (
        SELECT {before_from} AS first, {before_until} AS last, required, weight, level, verified, state
        FROM reports_standing
        WHERE team_id {among} AND until_on > %(day0)s AND from_on <= %(last_day)s AND required IS NOT NULL
    ) AS runs
    WHERE first < last
    GROUP BY first, last, required, weight, level, verified, state
"""


@dataclass(frozen=True)
class TrendPoint:
    """The totals of a team's scope on one day of a series."""

    day: date
    totals: Measures


@dataclass(frozen=True)
class Trend:
    """The totals of a team's scope on each day of a series, and the matrix versions that took effect within it.

    The totals are those of `team_report` on the day, but for `holders`, which is left out of totals.
    """

    team: Team
    points: list[TrendPoint]
    versions: list[MatrixVersion]

    def on(self, day: date) -> Measures:
        """The totals on a day of the series; KeyError for another day."""
        return self._by_day[day]

    @property
    def has_figures(self) -> bool:
        """Whether anything is required on any of the days."""
        return any(point.totals.required for point in self.points)

    @property
    def last_day(self) -> date:
        """The day on which the series ends."""
        return self.points[-1].day

    @cached_property
    def _by_day(self) -> dict[date, Measures]:
        return {point.day: point.totals for point in self.points}


def trend(*, team: Team, days: Sequence[date]) -> Trend:
    """The team's totals on each of the days; four queries and one scan, however many days; of a large team two.

    ValueError unless there are days, in their order and each once.
    """
    return trends(teams=[team], days=days)[team.pk]


def trends(*, teams: Sequence[Team], days: Sequence[date]) -> dict[int, Trend]:
    """The trend of each of the teams by its key, in as many queries as for one; a team may lie below another.

    ValueError unless there are days, in their order and each once.
    """
    if not days or any(day >= later for day, later in pairwise(days)):
        raise ValueError("The days of a trend stand in their order, each once.")
    within = MatrixVersion.objects.published().filter(effective_from__range=(days[0], days[-1]))
    versions = list(within.order_by("effective_from"))
    counted = totals(teams, days)
    points = _by_standings([team for team in teams if team.pk not in counted], days)
    for pk, vectors in counted.items():
        points[pk] = [TrendPoint(day, measures_of(vector)) for day, vector in zip(days, vectors, strict=True)]
    return {team.pk: Trend(team, points[team.pk], versions) for team in teams}


def _by_standings(teams: Sequence[Team], days: Sequence[date]) -> dict[int, list[TrendPoint]]:
    """The points of each of the teams by its key."""
    # How the totals change from the day before to each of the days, and after the last one.
    changes = [[Measures() for _ in range(len(days) + 1)] for _ in teams]
    for number, first, last, people, *cells in _runs(_scopes(teams), days) if teams else ():
        changes[number][first].add(Cells(people, *cells))
        changes[number][last].add(Cells(-people, *cells))
    return {team.pk: _added_up(days, changed) for team, changed in zip(teams, changes, strict=True)}


def series(*, as_of: date, today: date, back: int = 24, ahead: int = 6) -> list[date]:
    """The days of a trend: so many months up to the day and, unless the day is past, so many ahead of it.

    Today is among them where it lies between the first and the last, so that what is known can be told from a forecast.
    """
    days = months(as_of, back) + (months_ahead(as_of, ahead) if as_of >= today else [])
    return sorted({*days, today}) if days[0] < today < days[-1] else days


def months(until: date, count: int) -> list[date]:
    """The last `count` months up to a day: the day so long before it, each first of a month in between, and the day."""
    return _months_between(months_later(until, -count), until)


def months_ahead(since: date, count: int) -> list[date]:
    """The next `count` months after a day: each first of a month after it, and the day so much later."""
    return _months_between(since, months_later(since, count))[1:]


def months_later(day: date, count: int) -> date:
    """The same day `count` months later, or the last of that month; within the days that can be asked for."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return date.min if count < 0 else LAST_DAY
    _, length = monthrange(year, month + 1)
    return min(date(year, month + 1, min(day.day, length)), LAST_DAY)


#: How far the days of a series lie apart: in months, or in days.
MONTHS_APART = {"month": 1, "quarter": 3, "year": 12}
DAYS_APART = {"day": 1, "week": 7}


def laid(begin: date, end: date, *, every: str) -> Iterator[date]:
    """The days from `begin` up to and with `end`, as far apart as `every` says.

    By months, the same day of the month as `begin`, or the last where a month is shorter.
    """
    if every in DAYS_APART:
        days = range(begin.toordinal(), end.toordinal() + 1, DAYS_APART[every])
        yield from map(date.fromordinal, days)
        return
    apart = MONTHS_APART[every]
    # The calendar ends with the year 9999; what would lie beyond it, `months_later` takes back to its end.
    for count in range(0, (MAXYEAR - begin.year) * 12 + 13 - begin.month, apart):
        day = months_later(begin, count)
        if day > end:
            return
        yield day


def _months_between(begin: date, end: date) -> list[date]:
    days = [begin]
    first = months_later(begin.replace(day=1), 1)
    while days[-1] < first < end:
        days.append(first)
        first = months_later(first, 1)
    return [*days, end] if begin < end else days


def _scopes(teams: Sequence[Team]) -> list[list[int]]:
    """For each of the teams the keys of the teams in its scope."""
    any_scope = reduce(or_, (Q(path__startswith=team.path) for team in teams), Q(pk__in=[]))
    found = list(Team.objects.filter(any_scope).order_by().values_list("pk", "path"))
    return [[pk for pk, path in found if path.startswith(team.path)] for team in teams]


def _runs(scopes: Sequence[Sequence[int]], days: Sequence[date]) -> list[Any]:
    """How many people of a scope stand alike over a run of the days: scope, first and last of the run, the cells."""
    written = [day.isoformat() for day in days]
    parameters = {f"day{number}": day for number, day in enumerate(written)}
    parameters |= {"days": array(written), "last_day": written[-1]}
    parameters |= {f"teams{number}": array(keys) for number, keys in enumerate(scopes)}
    before = _BEFORE[connection.vendor]
    runs = [
        _RUNS.format(
            number=number,
            before_from=before("from_on", len(days)),
            before_until=before("until_on", len(days)),
            among=_AMONG[connection.vendor].format(name=f"teams{number}"),
        )
        for number in range(len(scopes))
    ]
    if not runs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(runs), parameters)
        rows: list[Any] = cursor.fetchall()
    return rows


def _one_by_one(field: str, count: int) -> str:
    """How many of the days lie before the one in the field, asked day by day."""
    cases = " ".join(f"WHEN {field} <= %(day{number})s THEN {number}" for number in range(count))
    return f"CASE {cases} ELSE {count} END"


_AMONG = {
    "postgresql": "= ANY(CAST(%({name})s AS integer[]))",
    "sqlite": "IN (SELECT value FROM json_each(%({name})s))",
}
_BEFORE = {
    # A threshold counts from its own day on: therefore the day before.
    "postgresql": lambda field, _: f"width_bucket({field} - 1, CAST(%(days)s AS date[]))",
    "sqlite": _one_by_one,
}


def _added_up(days: Sequence[date], changes: Sequence[Measures]) -> list[TrendPoint]:
    """The totals on each day, from how they change from one to the next."""
    points, total = [], Measures()
    for day, change in zip(days, changes, strict=False):
        total.include(change)
        sofar = Measures()
        sofar.include(total)
        points.append(TrendPoint(day, sofar))
    return points
