"""What a level was before it expired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from assessments.models import VERIFIED_METHODS, AssessmentResult
from reports.standings import Result, last_to_count
from roles.models import Organisation

#: Person and competency, by their keys.
Cell = tuple[int, int]


def lapsed(cells: Collection[Cell], *, as_of: date) -> dict[Cell, AssessmentResult]:
    """The result that decided last in each of these cells, all of them expired on the day; two queries, or none.

    A cell without a result that ever counted by then is left out.
    """
    if not cells:
        return {}
    rows = AssessmentResult.objects.standing().filter(
        person__in={person for person, _ in cells},
        competency__in={competency for _, competency in cells},
        assessed_on__lte=as_of,
        expires_on__lte=as_of,
    )
    found: dict[Cell, dict[int, AssessmentResult]] = defaultdict(dict)
    for row in rows.order_by():
        found[row.person_id, row.competency_id][row.pk] = row
    policy = Organisation.current().evidence_policy
    decided = {cell: last_to_count([_core(row) for row in found[cell].values()], policy) for cell in cells}
    return {cell: found[cell][result.order] for cell, result in decided.items() if result is not None}


def _core(row: AssessmentResult) -> Result:
    verified = row.method in VERIFIED_METHODS
    return Result(row.pk, row.competency_id, row.level, verified, row.assessed_on, row.expires_on, withdrawn=False)
