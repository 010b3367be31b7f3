"""Recording what was assessed, withdrawing what was mistaken, excusing people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from roles.models import User

from .models import AssessmentResult


class AlreadyWithdrawn(Exception):
    """The result has been withdrawn before."""


class ReasonMissing(Exception):
    """A withdrawal says why."""


@transaction.atomic
def record_results(*, results: Sequence[AssessmentResult], by: User | None, at: datetime) -> list[AssessmentResult]:
    """Record results, all or none, in the given order; of two of one day the later in the order decides.

    A fixed number of queries, however many results and however long the history. Raises ValidationError for the first
    one that is not valid.
    """
    for result in results:
        result.recorded_by, result.recorded_at = by, at
        # The database checks the keys, for all of them at once.
        result.clean_fields(exclude={"person", "competency", "recorded_by"})
        result.clean()
    return AssessmentResult.objects.bulk_create(results)


@transaction.atomic
def withdraw_result(*, result: AssessmentResult, by: User | None, reason: str, at: datetime) -> None:
    """Take a mistaken result out of every figure, keeping it and the reason on record.

    Raises ReasonMissing or, if somebody was faster, AlreadyWithdrawn; then nothing is written.
    """
    if not reason.strip():
        raise ReasonMissing("Say why the result is withdrawn.")
    changed = (
        AssessmentResult.objects.standing()
        .filter(pk=result.pk)
        .update(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason.strip())
    )
    if not changed:
        raise AlreadyWithdrawn(result.result_id)
    result.refresh_from_db()
