"""The sums that a report of a team is made of: by counters where the team has some, else by its people's standings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from reports.counters.cells import Key, Sorted, roles_in
from reports.counters.vectors import measures_by, measures_of, people_of
from reports.measures import Cells, Measures
from reports.scope import Group, scope_of
from reports.standings import Requirement
from roles.models import Team


class Asked(Protocol):
    """What roles ask for on the day, by role and competency."""

    @property
    def cells(self) -> Mapping[int, Mapping[int, Requirement]]: ...


@dataclass
class Figures:
    """How a team's scope stands on a day; by keys.

    `role_sets` counts the people who hold just these roles; `competencies` has measures by the strictest requirement,
    `roles` by that of the role alone. `children` has people and measures of the direct child teams that somebody is in
    or below.
    """

    people: int = 0
    role_sets: dict[frozenset[int], int] = field(default_factory=dict)
    competencies: dict[int, Measures] = field(default_factory=dict)
    roles: dict[int, dict[int, Measures]] = field(default_factory=dict)
    children: dict[int, tuple[int, Measures]] = field(default_factory=dict)


def scope_figures(team: Team, as_of: date, asked: Asked, *, counted: dict[Key, int] | None) -> Figures:
    """The figures of the team's scope on the day: by the vectors of its counters, or, without any, in one query."""
    return _by_standings(team, as_of, asked) if counted is None else _by_counters(Sorted(counted), asked)


def _by_counters(counted: Sorted, asked: Asked) -> Figures:
    figures = Figures()
    for roles, people in counted.role_sets.items():
        if people:
            figures.people += people
            figures.role_sets[roles_in(roles)] = people
    figures.competencies = {pk: measures_of(vector) for pk, vector in counted.competencies.items() if vector}
    figures.roles = _roles_by_counters(counted, asked)
    figures.children = {pk: (people_of(vector), measures_of(vector)) for pk, vector in counted.teams.items() if vector}
    return figures


def _roles_by_counters(counted: Sorted, asked: Asked) -> dict[int, dict[int, Measures]]:
    found = []
    for (role, competency), vector in counted.roles.items():
        own = asked.cells.get(role, {}).get(competency)
        if own is not None and vector:
            found.append((role, competency, vector, own))
    # All at once: of a large team they are some two hundred.
    measured = measures_by([vector for *_, vector, _ in found], [own for *_, own in found])
    roles: dict[int, dict[int, Measures]] = defaultdict(dict)
    for (role, competency, *_), measures in zip(found, measured, strict=True):
        roles[role][competency] = measures
    return roles


def _by_standings(team: Team, as_of: date, asked: Asked) -> Figures:
    scope = scope_of(team, as_of)
    sums = _Sums(asked)
    for group, competency, cells in scope.cells():
        sums.add(group, competency, cells)
    figures = Figures(people=sum(scope.sizes), competencies=sums.competencies, roles=sums.roles)
    people: dict[int, int] = defaultdict(int)
    for group, size in zip(scope.groups, scope.sizes, strict=True):
        figures.role_sets[group.roles] = figures.role_sets.get(group.roles, 0) + size
        people[group.child] += size
    figures.children = {pk: (people[pk], sums.children[pk]) for pk in people}
    return figures


class _Sums:
    """Measures by competency, by direct child team, and by role and competency, filled in one pass over the cells."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.competencies: dict[int, Measures] = defaultdict(Measures)
        self.children: dict[int, Measures] = defaultdict(Measures)
        self.roles: dict[int, dict[int, Measures]] = defaultdict(lambda: defaultdict(Measures))

    def add(self, group: Group, competency: int, cells: Cells) -> None:
        """Count these people where they belong; against each of their roles by that role's own requirement."""
        self.competencies[competency].add(cells)
        self.children[group.child].add(cells)
        for role in group.roles:
            own = self.asked.cells.get(role, {}).get(competency)
            if own is not None:
                # Of a single role the own requirement is the strictest, so there is nothing to measure anew.
                as_strict = own == (cells.required, cells.weight)
                self.roles[role][competency].add(cells if as_strict else cells.measured_by(*own))
