"""Withdrawing a result that was a mistake."""

from __future__ import annotations

from django.utils.timezone import localdate, now
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.models import AssessmentResult
from assessments.services import AlreadyWithdrawn, withdraw_result, withdraws

from .asking import caller_of, etag_of, found
from .base import Api
from .headers import ADDING
from .idempotency import once
from .parameters import RESULT_ID, in_path
from .problems import Conflict
from .results import ResultSerializer, visible
from .writing import read, told_as_problems
from .written import Body, WrittenText


class WithdrawalBody(Body):
    """Why a result is withdrawn."""

    reason = WrittenText(500, needed=True)


@extend_schema_view(
    post=extend_schema(
        operation_id="results_withdraw",
        summary="Withdraw a result",
        tags=["results"],
        parameters=[in_path("result_id", RESULT_ID), *ADDING],
        request=WithdrawalBody,
        responses=ResultSerializer,
    )
)
class ResultWithdrawal(Api):
    """A mistaken result is taken out of every figure, and kept with the reason."""

    write_scope = "write_results"

    def post(self, request: Request, result_id: str) -> Response:
        """Withdraw the result, once and for all, once for each `Idempotency-Key`."""
        result = found(visible(request), result_id=result_id)
        if not withdraws(result, by=caller_of(request), on=localdate()):
            raise exceptions.PermissionDenied("You may see this result, but not withdraw it.")
        with told_as_problems():
            response = once(request, lambda: self._withdrawn(request, result))
        response["ETag"] = etag_of(response.data)
        return response

    def _withdrawn(self, request: Request, result: AssessmentResult) -> Response:
        reason = read(WithdrawalBody, request)["reason"]
        try:
            withdraw_result(result=result, by=caller_of(request), reason=reason, at=now())
        except AlreadyWithdrawn:
            raise Conflict(f"{result.result_id!r} has been withdrawn before.") from None
        return Response(ResultSerializer(found(visible(request), pk=result.pk), context={"request": request}).data)
