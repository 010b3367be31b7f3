"""Exemptions: who is excused from which competency."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from assessments.models import Exemption

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, StretchSerializer, TextField
from .filters import CompetencyFilter, Filters, HeldRoleFilter, InForceFilter, PersonFilter, ScopeFilter, ThreatFilter
from .parameters import AS_OF, KEY, in_path


class ExemptionSerializer(StretchSerializer):
    """A person is excused from a competency from a day until a day."""

    competency = CodeField(source="competency.code")
    reason = TextField()


class ExemptionFilters(Filters):
    team = ScopeFilter("person")
    employee_id = PersonFilter("person")
    role = HeldRoleFilter("person", "Of people who hold this role on the day; several with commas between them.")
    competency = CompetencyFilter("competency")
    threat = ThreatFilter("competency", "From competencies that counter this threat; several with commas between them.")
    active = InForceFilter()


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
    )
)
class ExemptionList(ListApi):
    """What people were, are and will be excused from: the people whom the caller may see on a day."""

    queryset = Exemption.objects.all()
    serializer_class = ExemptionSerializer
    filterset_class = ExemptionFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"id": "pk"}

    def get_queryset(self) -> QuerySet[Exemption]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="exemptions_retrieve",
        summary="An exemption",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF],
        responses=ExemptionSerializer,
    )
)
class ExemptionDetail(DetailApi):
    """One of them."""

    queryset = Exemption.objects.all()
    serializer_class = ExemptionSerializer
    parameters = frozenset({"as_of"})
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Exemption]:
        return visible(self.request)
