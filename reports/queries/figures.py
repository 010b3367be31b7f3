"""The sums that a report of a team is made of: by counters where the team has some, else by its people's standings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reports.counters.cells import Key, Sorted, roles_in
from reports.counters.vectors import evidence, measured, measures_by, measures_of, people_of
from reports.measures import Measures
from reports.scope import Scope
from reports.standings import Requirement


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


def figures_by_counters(vectors: Mapping[Key, int], asked: Asked) -> Figures:
    """The figures of a team's scope by the vectors of its counters."""
    counted = Sorted(vectors)
    role_sets = {roles_in(roles): people for roles, people in counted.role_sets.items() if people}
    children = {pk: (people_of(vector), vector) for pk, vector in counted.teams.items() if vector}
    return _measured(role_sets, counted.competencies, counted.roles, children, asked)


def figures_by_standings(scope: Scope, asked: Asked) -> Figures:
    """The figures of a team's scope by how its people stand."""
    competencies: dict[int, int] = defaultdict(int)
    teams: dict[int, int] = defaultdict(int)
    roles: dict[tuple[int, int], int] = defaultdict(int)
    for group, competency, kind, people in scope.kinds():
        vector = people * measured(kind)
        competencies[competency] += vector
        teams[group.child] += vector
        if known := people * evidence(kind):
            for role in group.roles:
                roles[role, competency] += known
    sizes: dict[int, int] = defaultdict(int)
    role_sets: dict[frozenset[int], int] = defaultdict(int)
    for group, size in zip(scope.groups, scope.sizes, strict=True):
        role_sets[group.roles] += size
        sizes[group.child] += size
    return _measured(role_sets, competencies, roles, {pk: (sizes[pk], teams[pk]) for pk in sizes}, asked)


def _measured(
    role_sets: dict[frozenset[int], int],
    competencies: Mapping[int, int],
    roles: Mapping[tuple[int, int], int],
    children: Mapping[int, tuple[int, int]],
    asked: Asked,
) -> Figures:
    """The figures of the vectors of competencies, of roles in competencies, and of children (people, vector)."""
    return Figures(
        sum(role_sets.values()),
        role_sets,
        {pk: measures_of(vector) for pk, vector in competencies.items() if vector},
        _by_role(roles, asked),
        {pk: (people, measures_of(vector)) for pk, (people, vector) in children.items()},
    )


def _by_role(known: Mapping[tuple[int, int], int], asked: Asked) -> dict[int, dict[int, Measures]]:
    """What is known of those who hold each role, against the role's own requirements, where it has any."""
    found = []
    for (role, competency), vector in known.items():
        own = asked.cells.get(role, {}).get(competency)
        if own is not None and vector:
            found.append((role, competency, vector, own))
    # All at once: of a large team they are some two hundred.
    measures = measures_by([vector for *_, vector, _ in found], [own for *_, own in found])
    roles: dict[int, dict[int, Measures]] = defaultdict(dict)
    for (role, competency, *_), of_role in zip(found, measures, strict=True):
        roles[role][competency] = of_role
    return roles
