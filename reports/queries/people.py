"""How one person stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assessments.models import AssessmentResult
from reports.models import Standing
from reports.standings import State
from roles.models import Competency, Person


@dataclass(frozen=True)
class PersonLine:
    """How one person stands in one competency on a day. `result` is the one that decides, if any does."""

    competency: Competency
    required: int | None
    level: int | None
    state: State
    result: AssessmentResult | None


def person_report(*, person: Person, as_of: date) -> list[PersonLine]:
    """What is required of a person and what they hold on the day, in the order of the codes; one query."""
    rows = (
        Standing.objects.in_force(on=as_of)
        .filter(person=person)
        .select_related("competency", "result")
        .order_by("competency__code")
    )
    return [PersonLine(row.competency, row.required, row.level, State(row.state), row.result) for row in rows]
