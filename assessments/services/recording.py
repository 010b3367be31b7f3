"""Recording what was assessed, and withdrawing what was mistaken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import AssessmentResult, Method
from roles.models import Team, User
from roles.services.many import for_each
from roles.trail import one_event


class AlreadyWithdrawn(Exception):
    """The result has been withdrawn before."""


class ReasonMissing(Exception):
    """A withdrawal says why."""


class Judged(Protocol):
    """What says about whom it is and how it was found: a result, or what is to become one."""

    @property
    def person_id(self) -> int: ...

    @property
    def method(self) -> str: ...


def judges_themselves(result: Judged, *, by: User | None) -> bool:
    """Whether the user would be judge in their own cause.

    Nobody verifies themselves: about oneself only a self-assessment is one's own to record or to withdraw, whoever one
    is, since a manager or an administrator is a person too. Without a user, as in an import, nobody judges.
    """
    about_oneself = by is not None and by.person_id is not None and by.person_id == result.person_id
    return about_oneself and result.method != Method.SELF


def check_result(result: AssessmentResult, *, by: User | None) -> None:
    """Raise ValidationError, by field, if this user may not record the result or it is not a valid one; no query."""
    # The database checks the keys, for all results at once.
    result.clean_fields(exclude={"person", "competency", "recorded_by", "recorded_at"})
    result.clean()
    if judges_themselves(result, by=by):
        message = _("Nobody verifies themselves: about yourself you can record a self-assessment and nothing else.")
        raise ValidationError({"method": ValidationError(message, code="judges_themselves")})


def record_results(*, results: Sequence[AssessmentResult], by: User | None, at: datetime) -> list[AssessmentResult]:
    """Record results, all or none, in the given order; of two of one day the later in the order decides.

    A fixed number of queries, however many results and however long the history. Raises ValidationError for the first
    one that is not valid, or that `by` may not say about themselves (`judges_themselves`).
    """
    with one_event("results.recorded", by=by):
        for result in results:
            result.recorded_by, result.recorded_at = by, at
            check_result(result, by=by)
        return AssessmentResult.objects.bulk_create(results)


def record_once(*, results: Sequence[AssessmentResult], by: User | None, at: datetime) -> list[AssessmentResult]:
    """Record those results whose `result_id` is not on record yet, all or none; gives the ones that were recorded.

    What was sent twice is so recorded once, also if it is sent twice at the same moment: the database lets a
    `result_id` in once, and whoever comes second then finds it there. A withdrawn result stays withdrawn. One query
    more than `record_results`, and its errors.
    """
    missing = _not_on_record(results)
    try:
        return record_results(results=missing, by=by, at=at) if missing else []
    except IntegrityError:
        still_missing = _not_on_record(missing)
        if len(still_missing) == len(missing):
            raise
        return record_once(results=still_missing, by=by, at=at)


def _not_on_record(results: Sequence[AssessmentResult]) -> list[AssessmentResult]:
    known = AssessmentResult.objects.filter(result_id__in=[result.result_id for result in results]).order_by()
    recorded = set(known.values_list("result_id", flat=True))
    return [result for result in results if result.result_id not in recorded]


def withdraws(result: AssessmentResult, *, by: User, on: date) -> bool:
    """Whether the user may withdraw the result on the day `on`, as far as it is theirs to see.

    Administrators and the managers of the team that the person is in then may, but nobody what others found about them.
    """
    team = Team.objects.filter(memberships__in=result.person.memberships.in_force(on=on)).first()
    records = by.records_for(team) if team else by.administers
    return records and not judges_themselves(result, by=by)


def withdraw_result(*, result: AssessmentResult, by: User | None, reason: str, at: datetime) -> None:
    """Take a mistaken result out of every figure, keeping it and the reason on record.

    Raises ReasonMissing or, if somebody was faster, AlreadyWithdrawn, or PermissionDenied if the result is what others
    found about `by` (`judges_themselves`); then nothing is written.
    """
    if judges_themselves(result, by=by):
        raise PermissionDenied("Nobody withdraws what others found about them.")
    if not reason.strip():
        raise ReasonMissing("Say why the result is withdrawn.")
    with one_event("result.withdrawn", by=by):
        changed = (
            AssessmentResult.objects.standing()
            .filter(pk=result.pk)
            .update(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason.strip())
        )
        if not changed:
            raise AlreadyWithdrawn(result.result_id)
        result.refresh_from_db()


@one_event("results.withdrawn")
def withdraw_results(*, results: Iterable[AssessmentResult], by: User, reason: str, at: datetime) -> int:
    """Take all these mistaken results back, for one reason. Gives how many, and raises as `for_each`."""
    return for_each(
        results,
        lambda result: _withdraw_or_say_why_not(result, by, reason, at),
        called=lambda result: result.result_id,
    )


def _withdraw_or_say_why_not(result: AssessmentResult, by: User, reason: str, at: datetime) -> None:
    try:
        withdraw_result(result=result, by=by, reason=reason, at=at)
    except AlreadyWithdrawn:
        raise ValidationError(gettext("It has been withdrawn before.")) from None
    except ReasonMissing:
        raise ValidationError(gettext("Say why the result is withdrawn.")) from None
    except PermissionDenied:
        raise ValidationError(gettext("It is about yourself; somebody else has to withdraw it.")) from None
