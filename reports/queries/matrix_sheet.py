"""A version of the matrix as a sheet: every role by every competency, beside another version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from reports.standings import Requirement
from roles.models import Competency, MatrixVersion, Role, RoleRequirement

from .versions import KINDS, kind_of

ThingT = TypeVar("ThingT", Competency, Role)

#: The keys of a role and a competency.
Key = tuple[int, int]
Cells = Mapping[Key, Requirement]


@dataclass(frozen=True)
class CompetencyGroup:
    """Competencies of one family, by code; those of none have no title."""

    title: str
    competencies: list[Competency]


@dataclass(frozen=True)
class RoleGroup:
    """Roles of one family, by code; those of none have no title."""

    title: str
    roles: list[Role]


@dataclass(frozen=True)
class MatrixSheet:
    """The cells of a version by every role and competency that there is, and those of the version it is held against.

    `against` is None where there is none, as before the first version takes effect.
    """

    version: MatrixVersion
    against: MatrixVersion | None
    cells: Cells
    before: Cells
    columns: list[CompetencyGroup]
    rows: list[RoleGroup]

    @property
    def roles(self) -> list[Role]:
        """All of them, row by row."""
        return [role for group in self.rows for role in group.roles]

    @property
    def competencies(self) -> list[Competency]:
        """All of them, column by column."""
        return [competency for group in self.columns for competency in group.competencies]

    @property
    def counts(self) -> dict[str, int]:
        """How many cells are another than in the other version, of each kind that there is (versions.KINDS)."""
        kinds = [kind_of(self.before.get(key), self.cells.get(key)) for key in self.before.keys() | self.cells.keys()]
        return {kind: kinds.count(kind) for kind in KINDS if kind in kinds}


def matrix_sheet(*, version: MatrixVersion, against: MatrixVersion | None) -> MatrixSheet:
    """The version as a sheet; four queries at most. Families come in their own order, what has none last."""
    columns = _families_first(Competency.objects.select_related("family").order_by("family__id", "code"))
    rows = _families_first(Role.objects.select_related("family").order_by("family__id", "code"))
    return MatrixSheet(
        version=version,
        against=against,
        cells=cells_of(version),
        before=cells_of(against) if against else {},
        columns=[CompetencyGroup(title, list(group)) for title, group in groupby(columns, _title)],
        rows=[RoleGroup(title, list(group)) for title, group in groupby(rows, _title)],
    )


def cells_of(version: MatrixVersion) -> dict[Key, Requirement]:
    """What the version asks for, by the keys of role and competency."""
    return cells_of_all([version])[version.pk]


def cells_of_all(versions: Iterable[MatrixVersion]) -> dict[int, dict[Key, Requirement]]:
    """What each of the versions asks for, as `cells_of`, by its key; one query."""
    cells: dict[int, dict[Key, Requirement]] = {version.pk: {} for version in versions}
    rows = RoleRequirement.objects.filter(version__in=cells).order_by()
    for version, *key, level, weight in rows.values_list(
        "version_id", "role_id", "competency_id", "required_level", "weight"
    ):
        cells[version][key[0], key[1]] = Requirement(level, weight)
    return cells


def _families_first(things: Iterable[ThingT]) -> list[ThingT]:
    """The same things, those without a family last; where they stand of themselves differs between databases."""
    return sorted(things, key=lambda thing: thing.family_id is None)


def _title(thing: Competency | Role) -> str:
    return thing.family.title if thing.family else ""
