"""The same person against another role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assessments.models import AssessmentResult
from reports.measures import Cells, Measures
from reports.models import Standing
from reports.standings import State, missing_levels, state_of
from roles.models import Competency, MatrixVersion, Person, Role, RoleRequirement

from .lapsed import lapsed
from .people import indicators_of, next_level


@dataclass(frozen=True)
class CareerCell:
    """How a person stands in one competency by what a role requires; `indicator` tells of the next level to reach.

    `last_level` is the level held, or the one that has expired.
    """

    competency: Competency
    required: int
    weight: int
    level: int | None
    last_level: int | None
    verified: bool | None
    state: State
    next_level: int
    indicator: str

    @property
    def deficit(self) -> int:
        """How many levels are missing; none where the person is exempt."""
        return missing_levels(required=self.required, level=self.level, state=self.state)


@dataclass(frozen=True)
class CareerRole:
    """A person against the cells of one role, the widest gap first, then the heaviest; `held` says that they hold it.

    The readiness of `measures` says how near they are.
    """

    role: Role
    held: bool
    measures: Measures
    cells: list[CareerCell]


@dataclass(frozen=True)
class Career:
    """A person against the emerging roles on a day, or against all where none is emerging; the nearest comes first.

    `version` is None before the first version takes effect.
    """

    version: MatrixVersion | None
    emerging: bool
    roles: list[CareerRole]


def career(*, person: Person, as_of: date) -> Career:
    """How far a person is from each emerging role, by the matrix version in force on the day; ten queries at most."""
    version = MatrixVersion.objects.in_force(on=as_of)
    every = list(Role.objects.order_by("code"))
    emerging = [role for role in every if role.emerging]
    roles = emerging or every
    given = set(person.assignments.in_force(on=as_of).values_list("role_id", flat=True))
    cells = _cells(version, roles)
    known = _known(person, as_of)
    texts = indicators_of({cell.competency_id for of_role in cells.values() for cell in of_role})
    found = [
        _against(role, cells.get(role.pk, []), known, texts, held=role.pk in given or role.held_by_everyone)
        for role in roles
    ]
    return Career(version, bool(emerging), sorted(found, key=_distance))


def _distance(one: CareerRole) -> tuple[float, int, str]:
    """What sorts the nearest first; a role that requires nothing comes last."""
    readiness = one.measures.readiness
    return 1.0 if readiness is None else -readiness, one.measures.deficit, one.role.code


def _cells(version: MatrixVersion | None, roles: list[Role]) -> dict[int, list[RoleRequirement]]:
    found: dict[int, list[RoleRequirement]] = defaultdict(list)
    rows = RoleRequirement.objects.filter(version=version, role__in=roles)
    for cell in rows.select_related("competency").order_by("competency__code"):
        found[cell.role_id].append(cell)
    return found


@dataclass(frozen=True)
class _Known:
    """What is known of a person on a day, by competency, whether or not anything is required of them in it today."""

    levels: Mapping[int, tuple[int | None, bool | None]]
    #: The levels that have expired, None where the result never counted.
    lapsed: Mapping[int, int | None]
    exempt: Collection[int]

    def by(self, requirement: RoleRequirement) -> Cells:
        """How the person stands by this requirement."""
        competency = requirement.competency_id
        level, verified = self.levels.get(competency, (None, None))
        state = state_of(
            required=requirement.required_level,
            level=level,
            exempt=competency in self.exempt,
            expired=competency in self.lapsed,
        )
        return Cells(1, requirement.required_level, requirement.weight, level, verified, state)


def _known(person: Person, as_of: date) -> _Known:
    """Five queries at most. Where nothing is required today, only the facts tell what expired or is excused."""
    standings = Standing.objects.in_force(on=as_of).filter(person=person, level__isnull=False).order_by()
    rows = standings.values_list("competency_id", "level", "verified")
    levels = {competency: (level, verified) for competency, level, verified in rows}
    results = AssessmentResult.objects.standing().filter(person=person, assessed_on__lte=as_of).order_by()
    expired = set(results.values_list("competency_id", flat=True)) - levels.keys()
    before = lapsed([(person.pk, competency) for competency in expired], as_of=as_of)
    last = {competency: row.level for (_, competency), row in before.items()}
    exempt = set(person.exemptions.in_force(on=as_of).order_by().values_list("competency_id", flat=True))
    return _Known(levels, {competency: last.get(competency) for competency in expired}, exempt)


def _against(
    role: Role,
    requirements: Sequence[RoleRequirement],
    known: _Known,
    texts: Mapping[int, Mapping[int, str]],
    *,
    held: bool,
) -> CareerRole:
    measures, cells = Measures(), []
    for requirement in requirements:
        own = known.by(requirement)
        measures.add(own)
        cells.append(_cell(requirement, own, known, texts.get(requirement.competency_id, {})))
    cells.sort(key=lambda cell: (-cell.deficit, -cell.weight, cell.competency.code))
    return CareerRole(role, held, measures, cells)


def _cell(requirement: RoleRequirement, own: Cells, known: _Known, texts: Mapping[int, str]) -> CareerCell:
    last_level = known.lapsed.get(requirement.competency_id) if own.level is None else own.level
    level = next_level(required=requirement.required_level, last_level=last_level)
    return CareerCell(
        competency=requirement.competency,
        required=requirement.required_level,
        weight=requirement.weight,
        level=own.level,
        last_level=last_level,
        verified=own.verified,
        state=own.state,
        next_level=level,
        indicator=texts.get(level, ""),
    )
