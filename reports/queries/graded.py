"""Standings that hold a level, the best first, page by page: however many they are, a page of them is quick."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from reports.models import Standing, StandingQuerySet
from roles.models import Person

#: A level, and whether it is verified.
Grade = tuple[int, bool]

#: Fewer people than these are put in order faster than anything about them is found out.
FEW = 1_000
#: To look at somebody in the order of the names costs as much as to put so many in that order.
STEP = 4


class Graded:
    """Standings in one competency on one day, by level from the top, verified before claimed, then by name.

    Of the rows those that hold the level `least` or more. How many there are takes one query; a stretch of them two for
    each grade that stands in it, at most, and three more.
    """

    def __init__(self, rows: StandingQuerySet, *, least: int, may_walk: bool) -> None:
        self._rows, self._least, self._may_walk = rows.order_by(), least, may_walk

    @cached_property
    def sizes(self) -> dict[Grade, int]:
        """How many there are of each grade, the best first."""
        holding = self._rows.filter(level__gte=self._least)
        counted = holding.values_list("level", "verified").annotate(people=Count("*"))
        sizes = {(level, bool(verified)): people for level, verified, people in counted}
        return dict(sorted(sizes.items(), reverse=True))

    def count(self) -> int:
        """How many there are."""
        return sum(self.sizes.values())

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
        for grade, size in self.sizes.items():
            if begin < size and end > 0:
                yield grade, slice(max(begin, 0), min(end, size))
            begin, end = begin - size, end - size

    def _named(self, grade: Grade, part: slice) -> list[int]:
        """The keys of the people of a grade from one place to another, by name.

        Where there are few, all are put in order. Where there are many, it is quicker to look at one person after the
        other, in the order that an index has, until the page is full.
        """
        level, verified = grade
        rows = self._rows.filter(level=level, verified=verified)
        if self._is_quicker_by_name(self.sizes[grade], part.stop):
            held = Subquery(rows.filter(person=OuterRef("pk")).values("level")[:1])
            walked: QuerySet[Person, Any] = Person.objects.alias(held=held).filter(held__isnull=False)
            return list(walked.order_by("name", "employee_id").values_list("pk", flat=True)[part])
        # Not by the name as it stands: the planner would walk by it where it thinks that many of few are to be found.
        ordered = rows.order_by(Concat("person__name", Value("")), "person__employee_id")
        return list(ordered.values_list("person", flat=True)[part])

    def _is_quicker_by_name(self, size: int, end: int) -> bool:
        """Whether the first `end` of `size` people are found sooner by looking at all people in the order of names."""
        if not self._may_walk or size <= FEW:
            return False
        newest = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return end * (newest / size) * STEP < size
