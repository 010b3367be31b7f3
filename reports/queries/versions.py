"""What one matrix version changes about another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reports.standings import Requirement
from roles.models import MatrixVersion, RoleRequirement


class ChangedCell(NamedTuple):
    """A cell that two versions do not have alike; None where a version does not have it at all."""

    role: str
    competency: str
    before: Requirement | None
    after: Requirement | None


@dataclass(frozen=True)
class MatrixDiff:
    """What differs between two versions, by the codes of role and competency."""

    added: list[ChangedCell]
    removed: list[ChangedCell]
    changed: list[ChangedCell]


def matrix_diff(*, before: MatrixVersion, after: MatrixVersion) -> MatrixDiff:
    """The cells in which the versions differ in level or weight; two queries."""
    old, new = _cells(before), _cells(after)
    cells = [ChangedCell(*key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]
    return MatrixDiff(
        added=[cell for cell in cells if cell.before is None],
        removed=[cell for cell in cells if cell.after is None],
        changed=[cell for cell in cells if cell.before and cell.after and cell.before != cell.after],
    )


def _cells(version: MatrixVersion) -> dict[tuple[str, str], Requirement]:
    rows = RoleRequirement.objects.filter(version=version).order_by()
    values = rows.values_list("role__code", "competency__code", "required_level", "weight")
    return {(role, competency): Requirement(level, weight) for role, competency, level, weight in values}
