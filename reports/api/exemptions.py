"""Exemptions: who is excused from which competency."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from assessments.models import Exemption
from assessments.services import change_exemption, exempt_person
from roles.models import Competency

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, StretchSerializer, TextField
from .filters import (
    ChangedFilter,
    CompetencyFilter,
    Filters,
    HeldRoleFilter,
    InForceFilter,
    PersonFilter,
    ScopeFilter,
    ThreatFilter,
)
from .headers import ADDING, CHANGING
from .parameters import AS_OF, KEY, in_path
from .writing import Adds, Changes, named, person_named
from .written import StretchBody, StretchEnd, WrittenCode, WrittenText


class ExemptionSerializer(StretchSerializer):
    """A person is excused from a competency from a day until a day."""

    competency = CodeField(source="competency.code")
    reason = TextField()


class ExemptionBody(StretchBody):
    """A competency to excuse a person from."""

    competency = WrittenCode()
    reason = WrittenText(500, default="")


class ExemptionChange(StretchEnd):
    """The end of an exemption, the first day on which it no longer holds, and its reason; null takes an end back.

    The day on which it begins voids it: it then holds on no day, and is kept.
    """

    not_here = frozenset({"id", "employee_id", "from", "competency", "updated_at"})

    reason = WrittenText(500)


class ExemptionFilters(Filters):
    team = ScopeFilter("person")
    employee_id = PersonFilter("person")
    role = HeldRoleFilter("person", "Of people who hold this role on the day; several with commas between them.")
    competency = CompetencyFilter("competency")
    threat = ThreatFilter("competency", "From competencies that counter this threat; several with commas between them.")
    active = InForceFilter()
    updated_since = ChangedFilter()


def visible(request: Request) -> QuerySet[Exemption]:
    """Those that the caller may see on the day asked for, in their order."""
    rows: QuerySet[Exemption] = Exemption.objects.visible_to(caller_of(request), on=day_asked(request))
    return rows.select_related("person", "competency").order_by("pk")


@extend_schema_view(
    get=extend_schema(
        operation_id="exemptions_list",
        summary="Exemptions",
        tags=["organisation"],
        parameters=[AS_OF],
        responses=ExemptionSerializer(many=True),
    ),
    post=extend_schema(
        operation_id="exemptions_create",
        summary="Excuse a person from a competency",
        tags=["organisation"],
        parameters=ADDING,
        request=ExemptionBody,
        responses={201: ExemptionSerializer},
    ),
)
class ExemptionList(Adds, ListApi):
    """What people were, are and will be excused from: the people whom the caller may see on a day."""

    queryset = Exemption.objects.all()
    serializer_class = ExemptionSerializer
    filterset_class = ExemptionFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"id": "pk"}
    body = ExemptionBody
    one = ("api_exemption", "id")

    def get_queryset(self) -> QuerySet[Exemption]:
        return visible(self.request)

    def add(self, request: Request, values: dict[str, Any]) -> Exemption:
        person = person_named(request, values.pop("employee_id"))
        competency = named(Competency.objects.all(), "competency", "competency", code=values.pop("competency"))
        return exempt_person(person=person, competency=competency, **values)


@extend_schema_view(
    get=extend_schema(
        operation_id="exemptions_retrieve",
        summary="An exemption",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF],
        responses=ExemptionSerializer,
    ),
    patch=extend_schema(
        operation_id="exemptions_update",
        summary="End an exemption or give it another reason, or void it by its first day",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF, *CHANGING],
        request=ExemptionChange,
        responses=ExemptionSerializer,
    ),
)
class ExemptionDetail(Changes, DetailApi):
    """One of them."""

    queryset = Exemption.objects.all()
    serializer_class = ExemptionSerializer
    parameters = frozenset({"as_of"})
    lookup_url_kwarg = "id"
    body = ExemptionChange

    def get_queryset(self) -> QuerySet[Exemption]:
        return visible(self.request)

    def change(self, request: Request, thing: Exemption, values: dict[str, Any]) -> None:
        change_exemption(exemption=thing, **values)
