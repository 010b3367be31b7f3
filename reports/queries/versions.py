"""What one matrix version changes about another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from reports.standings import Requirement
from roles.models import MatrixVersion, RoleRequirement

#: What becomes of a cell, in the order in which it is told.
KINDS = ("added", "raised", "lowered", "removed", "weighed")


def kind_of(before: Requirement | None, after: Requirement | None) -> str:
    """What becomes of a cell, a word of KINDS: `weighed` where the level stays; empty where nothing changes."""
    if before == after:
        return ""
    if before is None or after is None:
        return "removed" if after is None else "added"
    if before.level == after.level:
        return "weighed"
    return "raised" if after.level > before.level else "lowered"


class ChangedCell(NamedTuple):
    """A cell that two versions do not have alike; None where a version does not have it at all."""

    role: str
    competency: str
    before: Requirement | None
    after: Requirement | None

    @property
    def kind(self) -> str:
        """What becomes of it, a word of KINDS."""
        return kind_of(self.before, self.after)


@dataclass(frozen=True)
class MatrixDiff:
    """What differs between two versions, by the codes of role and competency."""

    added: list[ChangedCell]
    removed: list[ChangedCell]
    changed: list[ChangedCell]

    @property
    def cells(self) -> list[ChangedCell]:
        """All of them, by role and competency."""
        return sorted([*self.added, *self.removed, *self.changed], key=lambda cell: (cell.role, cell.competency))

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind, in the order of KINDS."""
        counted = Counter(cell.kind for cell in self.cells)
        return {kind: counted[kind] for kind in KINDS}


def matrix_diff(*, before: MatrixVersion | None, after: MatrixVersion) -> MatrixDiff:
    """The cells in which the versions differ in level or weight; two queries. With None before, all are added."""
    old, new = _cells(before) if before else {}, _cells(after)
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
