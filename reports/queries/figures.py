"""The sums that a report of a team is made of: by counters where the team has some, else by its people's standings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from reports.counters.cells import competency_cell, role_cell, roles_in, team_cell
from reports.counters.onday import Asked, OnDay, People
from reports.counters.tally import in_each
from reports.counters.vectors import PERSON_OF_TEAM, evidence, measured
from reports.measures import Measures
from reports.scope import Scope


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


def figures_by_counters(counted: OnDay, asked: Asked) -> Figures:
    """The figures of a team's scope by what is counted of it, and by what roles require on the day."""
    role_sets = {roles_in(roles): people for roles, people in counted.role_sets().items()}
    return Figures(sum(role_sets.values()), role_sets, counted.competencies(), counted.roles(asked), counted.children())


def figures_by_standings(scope: Scope, asked: Asked) -> Figures:
    """The figures of a team's scope by how its people stand, and by what roles require on the day."""
    role_sets: dict[frozenset[int], int] = defaultdict(int)
    for group, size in zip(scope.groups, scope.sizes, strict=True):
        role_sets[group.roles] += size
    counted = _counted(scope)
    return Figures(sum(scope.sizes), role_sets, counted.competencies(), counted.roles(asked), counted.children())


def _counted(scope: Scope) -> OnDay:
    """What counters would say of the scope, but for sets of roles and for who was never assessed."""
    alike = scope.alike()
    kinds, of_kind = np.unique(alike.kind, return_inverse=True)
    measures, known = ([*map(vector_of, kinds.tolist())] for vector_of in (measured, evidence))
    children = np.array([group.child for group in scope.groups], np.int64)
    # Each of those who stand alike counts once for each role that their group holds.
    holding = np.array([len(group.roles) for group in scope.groups], np.int64)
    roles = np.array([role for group in scope.groups for role in group.roles], np.int64)
    row, role = in_each(holding, roles, alike.group)
    return OnDay.counting(
        [
            People(competency_cell(alike.competency), of_kind, alike.people, measures),
            People(
                team_cell(np.concatenate([children[alike.group], children])),
                np.concatenate([of_kind, np.full(children.size, kinds.size)]),
                np.concatenate([alike.people, scope.sizes]),
                [*measures, PERSON_OF_TEAM],
            ),
            People(role_cell(role, alike.competency[row]), of_kind[row], alike.people[row], known),
        ]
    )
