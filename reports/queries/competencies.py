"""The matrix and its competencies: what is required, of whom, and where it comes from. No person is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from reports.standings import Requirement
from roles.models import (
    Competency,
    CompetencyIndicator,
    LifecycleStage,
    MatrixVersion,
    Role,
    RoleFamily,
    RoleRequirement,
    ScaleLevel,
    Threat,
    ThreatReference,
)

#: The cells of a version, by the keys of role and competency.
Cells = Mapping[tuple[int, int], Requirement]


@dataclass(frozen=True)
class VersionLine:
    """A published version with the day from which it holds, how many cells it has, and what it changed.

    The changes count cells against the version before it; the first one adds all of its own.
    """

    version: MatrixVersion
    until_on: date | None
    cells: int
    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class MatrixRole:
    """A role with how many competencies it requires."""

    role: Role
    competencies: int


@dataclass(frozen=True)
class MatrixRow:
    """What each role requires in a competency, in the order of the roles; None where it requires nothing."""

    competency: Competency
    cells: list[tuple[Role, Requirement | None]]


@dataclass(frozen=True)
class MatrixFamily:
    """The rows of a family of competencies, in the order of the codes; `family` is None for those without one."""

    family: RoleFamily | None
    rows: list[MatrixRow]


@dataclass(frozen=True)
class MatrixPage:
    """The version in force on the day, None before the first, with its cells; and the versions, the latest first.

    `unrequired` has the competencies that it requires of no role.
    """

    version: MatrixVersion | None
    roles: list[MatrixRole]
    families: list[MatrixFamily]
    unrequired: list[Competency]
    versions: list[VersionLine]


@dataclass(frozen=True)
class References:
    """What a framework calls parts of a threat: `first` the primary ones, or all where none is; `others` the rest."""

    framework: str
    first: list[ThreatReference]
    others: list[ThreatReference]


@dataclass(frozen=True)
class CompetencyPage:
    """A competency with its facets, and the cells of the version in force on the day, the strictest first.

    `threats` has each threat with its references by framework, `levels` each level that is described.
    """

    competency: Competency
    stages: list[str]
    threats: list[tuple[Threat, list[References]]]
    levels: list[tuple[CompetencyIndicator, ScaleLevel | None]]
    version: MatrixVersion | None
    cells: list[RoleRequirement]


def matrix(*, as_of: date) -> MatrixPage:
    """The matrix in force on the day and the versions that there are; four queries."""
    versions = list(MatrixVersion.objects.published().order_by("effective_from"))
    cells: dict[int, dict[tuple[int, int], Requirement]] = defaultdict(dict)
    rows = RoleRequirement.objects.filter(version__in=versions).order_by()
    for version, role, competency, level, weight in rows.values_list(
        "version_id", "role_id", "competency_id", "required_level", "weight"
    ):
        cells[version][role, competency] = Requirement(level, weight)
    in_force = next((version for version in reversed(versions) if version.effective_from <= as_of), None)
    own = cells[in_force.pk] if in_force else {}
    roles = _roles(own)
    competencies = list(Competency.objects.select_related("family").order_by("code"))
    required = {competency for _, competency in own}
    return MatrixPage(
        version=in_force,
        roles=roles,
        families=_families([one for one in competencies if one.pk in required], roles, own),
        unrequired=[one for one in competencies if one.pk not in required],
        versions=_version_lines(versions, cells),
    )


def competency_page(*, competency: Competency, as_of: date) -> CompetencyPage:
    """All that is known of a competency and who must have it on the day; seven queries."""
    scale = {level.value: level for level in ScaleLevel.objects.all()}
    stages = set(competency.stages.values_list("stage", flat=True))
    version = MatrixVersion.objects.in_force(on=as_of)
    cells = RoleRequirement.objects.filter(version=version, competency=competency).select_related("role")
    return CompetencyPage(
        competency=competency,
        stages=[str(label) for stage, label in LifecycleStage.choices if stage in stages],
        threats=[(threat, _by_framework(threat)) for threat in competency.threats.prefetch_related("references")],
        levels=[(indicator, scale.get(indicator.level)) for indicator in competency.indicators.order_by("level")],
        version=version,
        cells=list(cells.order_by("-required_level", "-weight", "role__code")),
    )


def _roles(cells: Cells) -> list[MatrixRole]:
    """The roles that require something: those of the families first, then the others, then everyone's."""
    counts: dict[int, int] = defaultdict(int)
    for role, _ in cells:
        counts[role] += 1
    roles = Role.objects.filter(pk__in=counts).select_related("family")
    return [MatrixRole(role, counts[role.pk]) for role in sorted(roles, key=_place)]


def _place(role: Role) -> tuple[bool, bool, int, str]:
    return role.held_by_everyone or role.family_id is None, role.emerging, role.family_id or 0, role.code


def _families(competencies: Sequence[Competency], roles: Sequence[MatrixRole], cells: Cells) -> list[MatrixFamily]:
    """These competencies, in the order of their codes, by family; those without a family last."""
    by_family = sorted(competencies, key=lambda one: (one.family_id is None, one.family_id or 0))
    return [
        MatrixFamily(
            family,
            [MatrixRow(one, [(of.role, cells.get((of.role.pk, one.pk))) for of in roles]) for one in of_family],
        )
        for family, of_family in groupby(by_family, lambda one: one.family)
    ]


def _version_lines(versions: Sequence[MatrixVersion], cells: Mapping[int, Cells]) -> list[VersionLine]:
    """The latest first; `versions` are in the order of their days."""
    lines = []
    for before, version, after in zip([None, *versions], versions, [*versions[1:], None], strict=False):
        old, new = (cells.get(one.pk, {}) if one else {} for one in (before, version))
        lines.append(
            VersionLine(
                version,
                after.effective_from if after else None,
                len(new),
                added=len(new.keys() - old.keys()),
                removed=len(old.keys() - new.keys()),
                changed=sum(new[key] != old[key] for key in new.keys() & old.keys()),
            )
        )
    return lines[::-1]


def _by_framework(threat: Threat) -> list[References]:
    """By the names of the frameworks, each in the order of the identifiers."""
    references = sorted(threat.references.all(), key=lambda one: (one.framework, one.identifier))
    found = []
    for framework, group in groupby(references, lambda one: one.framework):
        every = list(group)
        first = [one for one in every if one.primary] or every
        found.append(References(framework, first, [one for one in every if one not in first]))
    return found
