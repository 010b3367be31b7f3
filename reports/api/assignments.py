"""Assignments: who holds which role."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from roles.models import Role, RoleAssignment
from roles.services import assign_role, end_assignment

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, StretchSerializer
from .filters import ChangedFilter, Filters, InForceFilter, PersonFilter, RoleFilter, ScopeFilter
from .headers import ADDING, CHANGING
from .parameters import AS_OF, KEY, in_path
from .writing import Adds, Changes, named, person_named
from .written import StretchBody, StretchEnd, WrittenCode


class AssignmentSerializer(StretchSerializer):
    """A person holds a role from a day until a day."""

    role = CodeField(source="role.code")


class AssignmentBody(StretchBody):
    """A role to give to a person. A person may have several at a time."""

    role = WrittenCode()


class AssignmentChange(StretchEnd):
    """The end of an assignment: the first day on which it no longer holds; null takes an end back.

    The day on which it begins voids it: it then holds on no day, and is kept.
    """

    not_here = frozenset({"id", "employee_id", "from", "role", "updated_at"})


class AssignmentFilters(Filters):
    team = ScopeFilter("person")
    employee_id = PersonFilter("person")
    role = RoleFilter("role")
    active = InForceFilter()
    updated_since = ChangedFilter()


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
    ),
    post=extend_schema(
        operation_id="assignments_create",
        summary="Give a person a role",
        tags=["organisation"],
        parameters=ADDING,
        request=AssignmentBody,
        responses={201: AssignmentSerializer},
    ),
)
class AssignmentList(Adds, ListApi):
    """Which roles people held, hold and will hold: the people whom the caller may see on a day."""

    queryset = RoleAssignment.objects.all()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"id": "pk"}
    body = AssignmentBody
    one = ("api_assignment", "id")

    def get_queryset(self) -> QuerySet[RoleAssignment]:
        return visible(self.request)

    def add(self, request: Request, values: dict[str, Any]) -> RoleAssignment:
        person = person_named(request, values.pop("employee_id"))
        role = named(Role.objects.all(), "role", "role", code=values.pop("role"))
        return assign_role(person=person, role=role, **values)


@extend_schema_view(
    get=extend_schema(
        operation_id="assignments_retrieve",
        summary="A role assignment",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF],
        responses=AssignmentSerializer,
    ),
    patch=extend_schema(
        operation_id="assignments_update",
        summary="End an assignment, or void it by its first day",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF, *CHANGING],
        request=AssignmentChange,
        responses=AssignmentSerializer,
    ),
)
class AssignmentDetail(Changes, DetailApi):
    """One of them."""

    queryset = RoleAssignment.objects.all()
    serializer_class = AssignmentSerializer
    parameters = frozenset({"as_of"})
    lookup_url_kwarg = "id"
    body = AssignmentChange

    def get_queryset(self) -> QuerySet[RoleAssignment]:
        return visible(self.request)

    def change(self, request: Request, thing: RoleAssignment, values: dict[str, Any]) -> None:
        if values:
            end_assignment(assignment=thing, until_on=values["until_on"])
