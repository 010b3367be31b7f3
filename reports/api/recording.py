"""Recording results: one, or a list of thousands, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate, now
from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import exceptions, serializers, status
from rest_framework.exceptions import ErrorDetail
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.models import Method
from assessments.services import Refusal, ResultsRefused, SentResult, record_sent, refusals
from roles.models import User

from .asking import caller_of
from .idempotency import once
from .parsing import BodyTooLarge
from .writing import located, told_as_problems
from .written import Body, WrittenCode, WrittenDay, WrittenLevel, WrittenResultId, WrittenText, WrittenWord

#: What is wrong with each of the things that were sent, by its number and field.
Wrong = dict[int, dict[str, Any]]


class ResultBody(Body):
    """A result to record. Without a `result_id` it is given one; one that is on record with the same content stays."""

    not_here = frozenset(
        {"verified", "recorded_at", "recorded_by", "withdrawn_at", "withdrawn_by", "withdrawn_reason", "id"}
    )

    result_id = WrittenResultId(default=None, help_text="Your own id of it, by which it is recorded once.")
    employee_id = WrittenCode()
    competency = WrittenCode()
    level = WrittenLevel()
    method = WrittenWord(list(Method.values))
    assessed_on = WrittenDay(help_text="Not after today.")
    expires_on = WrittenDay(
        allow_null=True, default=None, help_text="The first day on which it no longer counts; null for never."
    )
    assessor = WrittenText(200, default="")
    evidence = WrittenText(2000, default="")


class OneOrManyResults(ResultBody):
    """One result, or a list of them."""


class _OneOrManyInTheDocument(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """How that stands in the OpenAPI document."""

    target_class = OneOrManyResults
    priority = 1

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        one = auto_schema.resolve_serializer(ResultBody, direction).ref
        many = {"type": "array", "items": one, "minItems": 1, "maxItems": settings.API_RESULTS_AT_ONCE}
        return {"oneOf": [one, many]}


class RecordedSerializer(serializers.Serializer[Any]):
    """What came of a list: the ids in the order in which the results were sent."""

    recorded = serializers.IntegerField(read_only=True, min_value=0, help_text="How many were recorded now.")
    on_record = serializers.IntegerField(
        read_only=True, min_value=0, help_text="How many were on record already, with the same content."
    )
    result_ids = serializers.ListField(child=serializers.CharField(), read_only=True)


class Answered(RecordedSerializer):
    """The result, or what came of a list."""


class _AnsweredInTheDocument(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """How that stands in the OpenAPI document: as what the list of results shows, or as what came of many."""

    target_class = Answered
    priority = 1

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        kinds = (auto_schema.view.serializer_class, RecordedSerializer)
        return {"anyOf": [auto_schema.resolve_serializer(kind, direction).ref for kind in kinds]}


class Records(GenericAPIView[Any]):
    """A list to which administrators, and managers for the people of their teams, add results by `POST`."""

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record one result or a list of them, all or none, once for each `Idempotency-Key`.

        201, or 200 where all of it was on record already. One result is answered as `GET` shows it.
        """
        if not caller_of(request).records:
            raise exceptions.PermissionDenied("Only administrators and managers of teams record results.")
        with told_as_problems():
            response = once(request, lambda: self._recorded(request))
        return located(response, "api_result", "result_id") if "result_id" in response.data else response

    def _recorded(self, request: Request) -> Response:
        sent: Any = request.data
        many = isinstance(sent, list)
        recorded = _record(sent if many else [sent], many=many, by=caller_of(request))
        new = len(recorded.result_ids) - recorded.before
        if many:
            data = {"recorded": new, "on_record": recorded.before, "result_ids": recorded.result_ids}
        else:
            data = self.get_serializer(self.get_queryset().get(result_id=recorded.result_ids[0])).data
        return Response(data, status.HTTP_201_CREATED if new else status.HTTP_200_OK)


def _record(sent: Sequence[Any], *, many: bool, by: User) -> Any:
    """Record what was sent; ValidationError, by number and field, with everything that is wrong with it."""
    _check_length(sent)
    today = localdate()
    results, wrong = _read(sent)
    if wrong:
        _add(wrong, refusals(results=results, by=by, today=today))
    else:
        try:
            return record_sent(results=list(results.values()), by=by, at=now(), today=today)
        except ResultsRefused as refused:
            _add(wrong, refused.refusals)
    raise exceptions.ValidationError([wrong.get(number, {}) for number in range(len(sent))] if many else wrong[0])


def _check_length(sent: Sequence[Any]) -> None:
    most = settings.API_RESULTS_AT_ONCE
    if len(sent) > most:
        raise BodyTooLarge(f"These are {len(sent):,} results; {most:,} are the most at once. Send them in parts.")
    if not sent:
        raise exceptions.ValidationError({"non_field_errors": ["The list is empty. Send at least one result."]})


def _read(sent: Sequence[Any]) -> tuple[dict[int, SentResult], Wrong]:
    """The results that can be understood, and what is wrong with the others."""
    body = ResultBody()
    results: dict[int, SentResult] = {}
    wrong: Wrong = {}
    for number, one in enumerate(sent):
        try:
            values = body.to_internal_value(one)
        except exceptions.ValidationError as error:
            wrong[number] = dict(error.detail) if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        else:
            results[number] = SentResult(**{**values, "result_id": values["result_id"] or ""})
    return results, wrong


def _add(wrong: Wrong, refused: Sequence[Refusal]) -> None:
    for number, field, code, words in refused:
        wrong.setdefault(number, {}).setdefault(field, []).append(ErrorDetail(words, code=code))
