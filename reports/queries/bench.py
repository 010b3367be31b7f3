"""Who else could do it: how many people hold each competency that a team requires, and what hangs on one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from django.db.models import Count, Max, Min

from reports.measures import HOLDER_LEVEL, Cells, Measures
from reports.models import Standing
from reports.standings import State
from roles.models import Competency, Person, Team

#: Up to so many holders of a competency are named.
NAMED = 2


@dataclass(frozen=True)
class BenchLine:
    """A competency that is required of somebody in scope: its measures, with how many hold it at level 3 or more.

    `named` are the holders where there are one or two, in the order of their employee numbers; of more, none is named.
    `next_in_line` counts the people at one level below.
    """

    competency: Competency
    measures: Measures
    named: list[Person]
    next_in_line: int

    @property
    def holders(self) -> int:
        """How many people in scope hold it at level 3 or more."""
        return self.measures.holders

    @property
    def still_required(self) -> bool:
        """Whether it is required of anybody: without somebody, it may no longer be."""
        return self.measures.concerns_somebody


@dataclass(frozen=True)
class Without:
    """What changes if a person leaves: the headcount, the totals, and who is still there.

    `lost` are the competencies that nobody would hold any more, `thin` those that one other person would; their lines
    are those of the bench without the person.
    """

    person: Person
    people: int
    totals: Measures
    lost: list[BenchLine]
    thin: list[BenchLine]


@dataclass(frozen=True)
class Bench:
    """The bench of a team's scope on a day: each competency that is required there, in the order of the codes."""

    team: Team
    as_of: date
    people: int
    totals: Measures
    lines: list[BenchLine]
    without: Without | None = None

    @cached_property
    def by_holders(self) -> dict[int, list[BenchLine]]:
        """The competencies that nobody, one person, and two people hold at level 3 or more."""
        return {number: [line for line in self.lines if line.holders == number] for number in range(NAMED + 1)}

    @property
    def deep(self) -> list[BenchLine]:
        """The competencies that three people or more hold, those of the fewest first."""
        return sorted((line for line in self.lines if line.holders > NAMED), key=lambda line: line.holders)


def bench(*, team: Team, as_of: date, without: Person | None = None) -> Bench:
    """Who holds what in the team's scope on the day, and what changes if a person in it leaves; five queries at most.

    The person is in the scope on the day. Nothing else changes: nobody takes over their roles.
    """
    found: dict[int, _Tally] = defaultdict(_Tally)
    rows = Standing.objects.in_force(on=as_of).within(team).order_by()
    for competency, *cells, people, first, last in (
        rows.values_list("competency_id", "required", "weight", "level", "verified", "state")
        .annotate(people=Count("*"), first=Min("person_id"), last=Max("person_id"))
        .iterator()
    ):
        found[competency].add(Cells(people, *cells), first, last)
    required = {competency: tally for competency, tally in found.items() if tally.measures.concerns_somebody}
    lines = _lines(required)
    people = Person.objects.within(team, on=as_of).count()
    return Bench(
        team=team,
        as_of=as_of,
        people=people,
        totals=_total(line.measures for line in lines),
        lines=lines,
        without=_without(without, people, lines, as_of) if without else None,
    )


@dataclass
class _Tally:
    """Who stands how in one competency, and the first and the last of its holders by their keys."""

    measures: Measures = field(default_factory=Measures)
    holders: set[int] = field(default_factory=set)
    next_in_line: int = 0

    def add(self, cells: Cells, first: int, last: int) -> None:
        """Count people who stand alike. Of one or two holders altogether, all are the first or the last of some."""
        self.measures.add(cells)
        if cells.level is not None and cells.level >= HOLDER_LEVEL:
            self.holders |= {first, last}
        if cells.level == HOLDER_LEVEL - 1:
            self.next_in_line += cells.people


def _lines(found: Mapping[int, _Tally]) -> list[BenchLine]:
    few = {pk: tally.holders if tally.measures.holders <= NAMED else set() for pk, tally in found.items()}
    people = {person.pk: person for person in Person.objects.filter(pk__in=set().union(*few.values()))}
    return [
        BenchLine(
            competency=competency,
            measures=found[competency.pk].measures,
            named=sorted((people[pk] for pk in few[competency.pk]), key=lambda person: person.employee_id),
            next_in_line=found[competency.pk].next_in_line,
        )
        for competency in Competency.objects.filter(pk__in=found).order_by("code")
    ]


def _without(person: Person, people: int, lines: Sequence[BenchLine], as_of: date) -> Without:
    own = Standing.objects.in_force(on=as_of).filter(person=person).order_by()
    after = {line.competency.pk: _total([line.measures]) for line in lines}
    for row in own:
        if row.competency_id in after:
            cells = Cells(-1, row.required, row.weight, row.level, row.verified, State(row.state))
            after[row.competency_id].add(cells)
    held = [
        replace(line, measures=after[line.competency.pk], named=[other for other in line.named if other != person])
        for line in lines
        if after[line.competency.pk].holders < line.holders
    ]
    return Without(
        person=person,
        people=people - 1,
        totals=_total(after.values()),
        lost=[line for line in held if line.holders == 0],
        thin=[line for line in held if line.holders == 1],
    )


def _total(parts: Iterable[Measures]) -> Measures:
    total = Measures()
    for part in parts:
        total.include(part)
    return total
