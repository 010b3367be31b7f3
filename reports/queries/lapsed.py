"""What a level was before it expired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from assessments.models import VERIFIED_METHODS, AssessmentResult
from reports.standings import Result, last_to_count
from roles.models import Organisation

#: Person and competency, by their keys.
Cell = tuple[int, int]
#: So many times for each cell the database may look for a person's results in a competency.
MOST_LOOKS = 4


def lapsed(cells: Collection[Cell], *, as_of: date) -> dict[Cell, AssessmentResult]:
    """The result that decided last in each of these cells, all of them expired on the day; two queries, or none.

    A cell without a result that ever counted by then is left out.
    """
    if not cells:
        return {}
    rows = {row.pk: row for row in _expired(cells, as_of)}
    found = {cell: rows[result.order] for cell, result in _decided(map(_known, rows.values())).items()}
    return {cell: found[cell] for cell in cells if cell in found}


def lapsed_levels(cells: Collection[Cell], *, as_of: date, policy: str = "") -> dict[Cell, int]:
    """The level of that result in each of the cells, in half the time, where nothing else is asked of it.

    One query fewer where the evidence policy is known.
    """
    if not cells:
        return {}
    rows = _expired(cells, as_of).values_list("person_id", *_KNOWN)
    found = _decided(((person, _core(known)) for person, *known in rows), policy)
    return {cell: found[cell].level for cell in cells if cell in found}


def _expired(cells: Collection[Cell], as_of: date) -> QuerySet[AssessmentResult]:
    """The results of the people of the cells that have expired; those of other cells too."""
    people, competencies = {person for person, _ in cells}, {competency for _, competency in cells}
    expired = AssessmentResult.objects.standing().filter(
        person__in=people, assessed_on__lte=as_of, expires_on__lte=as_of
    )
    # An index is looked into for each person with each competency: of many that is more than the results of a person.
    if len(people) * len(competencies) <= MOST_LOOKS * len(cells):
        expired = expired.filter(competency__in=competencies)
    return expired.order_by()


def _decided(results: Iterable[tuple[int, Result]], policy: str = "") -> dict[Cell, Result]:
    """Of each cell the one that decided last, of results with their people."""
    found: dict[Cell, list[Result]] = defaultdict(list)
    for person, result in results:
        found[person, result.competency].append(result)
    policy = policy or Organisation.current().evidence_policy
    decided = {cell: last_to_count(of_cell, policy) for cell, of_cell in found.items()}
    return {cell: result for cell, result in decided.items() if result is not None}


_KNOWN = ("pk", "competency_id", "level", "method", "assessed_on", "expires_on")


def _known(row: AssessmentResult) -> tuple[int, Result]:
    return row.person_id, _core([getattr(row, name) for name in _KNOWN])


def _core(known: Sequence[Any]) -> Result:
    """The result of which these are the values of `_KNOWN`."""
    order, competency, level, method, assessed_on, expires_on = known
    return Result(order, competency, level, method in VERIFIED_METHODS, assessed_on, expires_on, withdrawn=False)
