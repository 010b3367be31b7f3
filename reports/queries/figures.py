"""The sums that a report of a team is made of: by counters where the team has some, else by its people's standings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from reports.counters.cells import competency_cell, role_cell, roles_in, team_cell
from reports.counters.onday import Asked, OnDay, RoleCells
from reports.counters.tally import in_each
from reports.counters.vectors import LANES, PEOPLE, evidence, lanes_of, measured
from reports.measures import Counts
from reports.scope import Scope


@dataclass
class Figures:
    """How a team's scope stands on a day; by keys.

    `role_sets` counts the people who hold just these roles; `competencies` counts by the strictest requirement,
    `roles` by that of the role alone. `children` has people and counts of the direct child teams that
    somebody is in or below.
    """

    people: int = 0
    role_sets: dict[frozenset[int], int] = field(default_factory=dict)
    competencies: dict[int, Counts] = field(default_factory=dict)
    roles: dict[int, RoleCells] = field(default_factory=dict)
    children: dict[int, tuple[int, Counts]] = field(default_factory=dict)


def figures_by_counters(counted: OnDay, asked: Asked) -> Figures:
    """The figures of a team's scope by what is counted of it, and by what roles require on the day."""
    role_sets = {roles_in(roles): people for roles, people in counted.role_sets().items()}
    return Figures(sum(role_sets.values()), role_sets, counted.competencies(), counted.roles(asked), counted.children())


def figures_by_standings(scope: Scope, asked: Asked) -> Figures:
    """The figures of a team's scope by how its people stand, and by what roles require on the day."""
    role_sets: dict[frozenset[int], int] = defaultdict(int)
    for group, size in zip(scope.groups, scope.sizes.tolist(), strict=True):
        role_sets[group.roles] += size
    counted = _counted(scope)
    return Figures(scope.people.size, role_sets, counted.competencies(), counted.roles(asked), counted.children())


def _counted(scope: Scope) -> OnDay:
    """What counters would say of the scope, but for sets of roles and for who was never assessed."""
    alike = scope.alike()
    people = alike.people[:, np.newaxis]
    measures, known = (lanes_of(vector_of).take(alike.kind, axis=0) * people for vector_of in (measured, evidence))
    children = np.array([group.child for group in scope.groups], np.int64)
    # Each of those who stand alike counts once for each role that their group holds.
    holding = np.array([len(group.roles) for group in scope.groups], np.int64)
    roles = np.array([role for group in scope.groups for role in group.roles], np.int64)
    row, role = in_each(holding, roles, alike.group)
    in_team, in_teams = team_cell(children), team_cell(children[alike.group])
    in_competency, in_role = competency_cell(alike.competency), role_cell(role, alike.competency[row])
    return OnDay.counting(
        np.concatenate([in_competency, in_teams, in_role, in_team]),
        np.concatenate([measures, measures, known.take(row, axis=0), scope.sizes[:, np.newaxis] * _ONE_OF_TEAM]),
    )


# One person of a team, as lanes.
_ONE_OF_TEAM = np.eye(LANES, dtype=np.int64)[PEOPLE]
