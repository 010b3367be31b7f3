"""Assignments: who holds which role."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from roles.models import RoleAssignment

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, StretchSerializer
from .filters import Filters, InForceFilter, PersonFilter, RoleFilter, ScopeFilter
from .parameters import AS_OF, KEY, in_path


class AssignmentSerializer(StretchSerializer):
    """A person holds a role from a day until a day."""

    role = CodeField(source="role.code")


class AssignmentFilters(Filters):
    team = ScopeFilter("person")
    employee_id = PersonFilter("person")
    role = RoleFilter("role")
    active = InForceFilter()


def visible(request: Request) -> QuerySet[RoleAssignment]:
    """Those that the caller may see on the day asked for, in their order."""
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.visible_to(caller_of(request), on=day_asked(request))
    return rows.select_related("person", "role").order_by("pk")


@extend_schema_view(
    get=extend_schema(
        operation_id="assignments_list",
        summary="Role assignments",
        tags=["organisation"],
        parameters=[AS_OF],
        responses=AssignmentSerializer(many=True),
    )
)
class AssignmentList(ListApi):
    """Which roles people held, hold and will hold: the people whom the caller may see on a day."""

    queryset = RoleAssignment.objects.all()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"id": "pk"}

    def get_queryset(self) -> QuerySet[RoleAssignment]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="assignments_retrieve",
        summary="A role assignment",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF],
        responses=AssignmentSerializer,
    )
)
class AssignmentDetail(DetailApi):
    """One of them."""

    queryset = RoleAssignment.objects.all()
    serializer_class = AssignmentSerializer
    parameters = frozenset({"as_of"})
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[RoleAssignment]:
        return visible(self.request)
