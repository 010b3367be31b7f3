"""Assessment results."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from assessments.models import VERIFIED_METHODS, AssessmentResult, Method

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, DayField, LevelField, TextField
from .filters import (
    CompetencyFilter,
    Filters,
    FlagFilter,
    HeldRoleFilter,
    PersonFilter,
    ScopeFilter,
    SetFilter,
    SinceFilter,
    TextFilter,
    ThreatFilter,
    WordFilter,
)
from .headers import ADDING
from .parameters import AS_OF, RESULT_ID, in_path, words
from .recording import Answered, OneOrManyResults, Records


class ResultSerializer(serializers.Serializer[AssessmentResult]):
    """One assessment result. Recorded once, never edited; one that was withdrawn counts nowhere."""

    result_id = TextField()
    employee_id = CodeField(source="person.employee_id")
    competency = CodeField(source="competency.code")
    level = LevelField()
    method = serializers.SerializerMethodField()
    verified = serializers.BooleanField(read_only=True, help_text="Whether the method is one that verifies.")
    assessed_on = DayField()
    expires_on = DayField(allow_null=True, help_text="The first day on which it no longer counts.")
    assessor = TextField()
    evidence = TextField()
    recorded_at = serializers.DateTimeField(read_only=True)
    recorded_by = serializers.SerializerMethodField(help_text="The user; null where it was imported.")
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)
    withdrawn_by = serializers.SerializerMethodField()
    withdrawn_reason = TextField()

    @extend_schema_field(words(list(Method.values), several=False))
    def get_method(self, result: AssessmentResult) -> str:
        """How it was assessed."""
        return result.method

    def get_recorded_by(self, result: AssessmentResult) -> str | None:
        """The name of the user who recorded it."""
        return result.recorded_by.username if result.recorded_by else None

    def get_withdrawn_by(self, result: AssessmentResult) -> str | None:
        """The name of the user who withdrew it."""
        return result.withdrawn_by.username if result.withdrawn_by else None


class ResultIdFilter(TextFilter):
    """Results by their ids. They are the sender's own, so that asking for one that is not there is no mistake."""

    def __init__(self) -> None:
        told = "Its id; several with commas between them. One that is not there is passed over."
        super().__init__("result_id", {"type": "string", "minLength": 1, "maxLength": 2000}, told)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(result_id__in={value, *value.split(",")})


class VerifiedFilter(FlagFilter):
    """Results of methods that verify."""

    def condition(self) -> Q:
        return Q(method__in=VERIFIED_METHODS)


class ResultFilters(Filters):
    team = ScopeFilter("person")
    employee_id = PersonFilter("person")
    role = HeldRoleFilter("person", "Of people who hold this role on the day; several with commas between them.")
    competency = CompetencyFilter("competency")
    threat = ThreatFilter("competency", "In competencies that counter this threat; several with commas between them.")
    result_id = ResultIdFilter()
    method = WordFilter("method", list(Method.values), "How it was assessed")
    verified = VerifiedFilter("Whether the method is one that verifies.")
    withdrawn = SetFilter("withdrawn_at", "Whether it was withdrawn.")
    updated_since = SinceFilter(
        "recorded_at", "withdrawn_at", description="Recorded or withdrawn at or after this instant, with its zone."
    )


#: What the serializer tells beside the result itself, so that a page takes one query.
_BESIDE = ("person", "competency", "recorded_by", "withdrawn_by")


def visible(request: Request) -> QuerySet[AssessmentResult]:
    """Those that the caller may see on the day asked for, in their order."""
    rows: QuerySet[AssessmentResult] = AssessmentResult.objects.visible_to(caller_of(request), on=day_asked(request))
    return rows.select_related(*_BESIDE).order_by("pk")


@extend_schema_view(
    get=extend_schema(
        operation_id="results_list",
        summary="Assessment results",
        tags=["results"],
        parameters=[AS_OF],
        responses=ResultSerializer(many=True),
    ),
    post=extend_schema(
        operation_id="results_create",
        summary="Record results",
        tags=["results"],
        parameters=ADDING,
        request=OneOrManyResults,
        responses={200: Answered, 201: Answered},
    ),
)
class ResultList(Records, ListApi):
    """The results that the caller may see on a day, in the order of recording."""

    write_scope = "write_results"
    queryset = AssessmentResult.objects.all()
    serializer_class = ResultSerializer
    filterset_class = ResultFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"recorded": "pk", "result_id": "result_id"}

    def get_queryset(self) -> QuerySet[AssessmentResult]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="results_retrieve",
        summary="An assessment result",
        tags=["results"],
        parameters=[in_path("result_id", RESULT_ID), AS_OF],
        responses=ResultSerializer,
    )
)
class ResultDetail(DetailApi):
    """One of them."""

    queryset = AssessmentResult.objects.all()
    serializer_class = ResultSerializer
    parameters = frozenset({"as_of"})
    lookup_field = "result_id"

    def get_queryset(self) -> QuerySet[AssessmentResult]:
        return visible(self.request)
