"""Retention: what is said of people in the words of old results goes, the levels and the days stay."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Case, QuerySet, Value, When

from assessments.models import AssessmentResult
from roles import forgetting
from roles.bulk import batches
from roles.identity import rows_with
from roles.models import AuditEvent, User
from roles.progress import report
from roles.services.erasing import ERASED, quietly
from roles.trail import one_event

_AT_A_TIME = 5_000
_KIND = AssessmentResult._meta.model_name


class Pseudonymised(NamedTuple):
    """How many results, and how many events of the audit trail, say nothing in words any more."""

    results: int
    events: int


def due(*, before: date) -> QuerySet[AssessmentResult]:
    """The results assessed before the day that still have their words."""
    old = quietly(AssessmentResult).filter(assessed_on__lt=before, pseudonymised_at=None)
    return old.order_by("pk")


def pseudonymise_results(*, before: date, by: User | None, at: datetime) -> Pseudonymised:
    """Take assessor, evidence and reasons out of the results assessed before the day, and out of the audit trail.

    Their ids stay, so that what is sent again is known. All or nothing, and one event; nothing at all if none is due.
    """
    with one_event("results.pseudonymised", by=by) as told:
        keys = list(due(before=before).values_list("pk", flat=True))
        if not keys:
            return Pseudonymised(0, 0)
        reason = Case(When(withdrawn_at=None, then=Value("")), default=Value(ERASED))
        for done, batch in enumerate(batches(keys, _AT_A_TIME)):
            report("Results", done * _AT_A_TIME, len(keys))
            quietly(AssessmentResult).filter(pk__in=batch).update(
                assessor="", evidence="", withdrawn_reason=reason, pseudonymised_at=at
            )
        events = _rewritten_events()
        told.facts = {"before": before, "results": len(keys), forgetting.LISTED: events}
    return Pseudonymised(len(keys), len(events))


def _rewritten_events() -> dict[str, str]:
    candidates = rows_with(AuditEvent, [f"{_KIND} "], ("before", "after"))
    return forgetting.rewritten(candidates, _without_words)


def _without_words(event: AuditEvent) -> None:
    """Take the words out of what an event says of results that have none any more."""
    labels = {label for side in (event.before, event.after) for label in side or {} if label.startswith(f"{_KIND} ")}
    ids = {label: _possible_ids(label) for label in labels}
    known = quietly(AssessmentResult).filter(result_id__in=set().union(*ids.values()), pseudonymised_at__isnull=False)
    gone = set(known.values_list("result_id", flat=True)) if ids else set()
    wanted = {label for label, possible in ids.items() if possible & gone}
    event.before, event.after = (_side_without_words(side, wanted) for side in (event.before, event.after))


def _possible_ids(label: str) -> set[str]:
    """What the id at the end of the label can be, after a person and a competency, whose codes may have spaces."""
    words = label.split(" ")
    return {" ".join(words[place:]) for place in range(3, len(words))}


def _side_without_words(side: Any, labels: set[str]) -> Any:
    if side is None:
        return None
    return {label: forgetting.without_words(row) if label in labels else row for label, row in side.items()}


def months_before(day: date, months: int) -> date:
    """The day so many months before; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
