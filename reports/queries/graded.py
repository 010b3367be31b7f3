"""Standings that hold a level, the best first, page by page: however many they are, a page of them is quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from reports.measures import HOLDER_LEVEL
from reports.models import Standing, StandingQuerySet
from roles.models import Person

#: The highest level there is.
HIGHEST = 4
#: A level, and whether it is verified.
Grade = tuple[int, bool]

#: Fewer people than these are put in order faster than anything about them is found out.
FEW = 1_000
# What finding some of a grade costs, as so many times what it takes to look at one person in the order of the names and
# see whether they are among the grade's people, all of whom have been read.
#: To read one of the grade's people.
READING = 1
#: To look up in the standings whether one person is of the grade, instead.
LOOKING_UP = 6
#: To read one of the grade's people and the name.
SORTING = 12
#: A list of more is not looked into by hashing any more, as PostgreSQL estimates it, and it is seldom exact.
LISTED = 30_000


class Way(Enum):
    """How people of a grade are found by name: all of them are put in order, or everybody is gone through by name and
    looked for among the grade's people, or looked up one by one."""

    SORTED = "sorted"
    AMONG = "among"
    ONE_BY_ONE = "one by one"


def quickest(size: int, end: int, people: int) -> Way:
    """The way to the first `end` by name of a grade of some size, where there are so many people in all."""
    looked_at = min(end * people / size, people)
    costs = {Way.SORTED: size * SORTING, Way.ONE_BY_ONE: looked_at * LOOKING_UP}
    if size <= LISTED:
        costs[Way.AMONG] = size * READING + looked_at
    return min(costs, key=costs.__getitem__)


class Graded:
    """Standings in one competency on one day, by level from the top, verified before claimed, then by name.

    Of the rows those that hold the level `least` or more. `holding` says how many hold the level of HOLDER_LEVEL or
    more, if that is known without counting them, else None. How many there are takes one query beside it; a stretch of
    them two for each grade that stands in it, at most, and five more.
    """

    def __init__(
        self, rows: StandingQuerySet, *, least: int, may_walk: bool, holding: Callable[[], int | None] = lambda: None
    ) -> None:
        self._rows, self._least, self._may_walk = rows.order_by(), least, may_walk
        self._holding = holding
        self._counted: dict[int, dict[Grade, int]] = {}

    def count(self) -> int:
        """How many there are."""
        return self._size

    @cached_property
    def _size(self) -> int:
        known = self._holding() if self._least <= HOLDER_LEVEL else None
        counted = range(self._least, HIGHEST + 1) if known is None else range(self._least, HOLDER_LEVEL)
        return (known or 0) + sum(sum(grades.values()) for grades in self._sizes(counted))

    def _sizes(self, levels: range) -> list[dict[Grade, int]]:
        """How many there are of the grades of each of these levels; one query, or none if that is known."""
        missing = [level for level in levels if level not in self._counted]
        if missing:
            self._counted.update({level: {} for level in missing})
            # A stretch of levels, which is a stretch of the index, too.
            counted = self._rows.filter(level__range=(missing[0], missing[-1])).values_list("level", "verified")
            for level, verified, people in counted.annotate(people=Count("*")):
                self._counted[level][level, bool(verified)] = people
        return [self._counted[level] for level in levels]

    def __getitem__(self, key: slice) -> list[Standing]:
        begin, end, _ = key.indices(self.count())
        people = [person for grade, part in self._parts(begin, end) for person in self._named(grade, part)]
        # What is shown of them is read for one page, and not joined to all who are found.
        rows = self._rows.filter(person__in=people).select_related("person").prefetch_related("team", "result")
        found = {row.person_id: row for row in rows}
        # Whose standing somebody has changed between the queries is not there any more.
        return [found[person] for person in people if person in found]

    def _parts(self, begin: int, end: int) -> Iterator[tuple[Grade, slice]]:
        """Of each grade what stands from the place `begin` to the place `end`."""
        for grade, size in self._best_first():
            if end <= 0:
                return
            if begin < size:
                yield grade, slice(max(begin, 0), min(end, size))
            begin, end = begin - size, end - size

    def _best_first(self) -> Iterator[tuple[Grade, int]]:
        """The grades that somebody has, the best first, and how many have them; the lower levels only if asked for."""
        for levels in (range(HIGHEST, HIGHEST + 1), range(self._least, HIGHEST)):
            sizes = {grade: size for grades in self._sizes(levels) for grade, size in grades.items()}
            yield from sorted(sizes.items(), reverse=True)

    def _named(self, grade: Grade, part: slice) -> list[int]:
        """The keys of the people of a grade from one place to another, by name."""
        level, verified = grade
        rows = self._rows.filter(level=level, verified=verified)
        way = self._way(self._counted[level][grade], part.stop)
        if way == Way.SORTED:
            # Not by the name as it stands: the planner would walk by it where it takes few for many.
            ordered = rows.order_by(Concat("person__name", Value("")), "person__employee_id")
            return list(ordered.values_list("person", flat=True)[part])
        walked = _among(rows) if way == Way.AMONG else _one_by_one(rows)
        return list(walked.order_by("name", "employee_id").values_list("pk", flat=True)[part])

    def _way(self, size: int, end: int) -> Way:
        if not self._may_walk or size <= FEW:
            return Way.SORTED
        newest = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return quickest(size, end, max(newest, size))


def _among(rows: StandingQuerySet) -> QuerySet[Person, Any]:
    """The people of the standings, of whom a list is made first, whatever order they are then read in.

    A condition within a CASE is never made a join of, which the planner might begin at the wrong end.
    """
    among = Case(When(pk__in=rows.values("person"), then=Value(1)), default=Value(0))
    return Person.objects.alias(among=among).filter(among=1)


def _one_by_one(rows: StandingQuerySet) -> QuerySet[Person, Any]:
    """The people of the standings, each looked up as they are come to."""
    held = Subquery(rows.filter(person=OuterRef("pk")).values("level")[:1])
    return Person.objects.alias(held=held).filter(held__isnull=False)
