"""Memberships: who is in which team."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from roles.models import Membership
from roles.services import end_membership, place_person

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, StretchSerializer
from .filters import ChangedFilter, Filters, InForceFilter, PersonFilter, TeamFilter
from .headers import ADDING, CHANGING
from .parameters import AS_OF, KEY, in_path
from .writing import Adds, Changes, person_named, team_named
from .written import StretchBody, StretchEnd, WrittenCode


class MembershipSerializer(StretchSerializer):
    """A person is in a team from a day until a day."""

    team = CodeField(source="team.code")


class MembershipBody(StretchBody):
    """A person to place in a team. A person is in one team at a time."""

    team = WrittenCode()


class MembershipChange(StretchEnd):
    """The end of a membership: the first day on which it no longer holds; null takes an end back.

    The day on which it begins voids it: it then holds on no day, and is kept.
    """

    not_here = frozenset({"id", "employee_id", "from", "team", "updated_at"})


class MembershipFilters(Filters):
    team = TeamFilter("team__path", "In the scope of this team")
    employee_id = PersonFilter("person")
    active = InForceFilter()
    updated_since = ChangedFilter()


def visible(request: Request) -> QuerySet[Membership]:
    """Those that the caller may see on the day asked for, in their order."""
    rows: QuerySet[Membership] = Membership.objects.visible_to(caller_of(request), on=day_asked(request))
    return rows.select_related("person", "team").order_by("pk")


@extend_schema_view(
    get=extend_schema(
        operation_id="memberships_list",
        summary="Memberships",
        tags=["organisation"],
        parameters=[AS_OF],
        responses=MembershipSerializer(many=True),
    ),
    post=extend_schema(
        operation_id="memberships_create",
        summary="Place a person in a team",
        tags=["organisation"],
        parameters=ADDING,
        request=MembershipBody,
        responses={201: MembershipSerializer},
    ),
)
class MembershipList(Adds, ListApi):
    """Which teams people were, are and will be in: the people whom the caller may see on a day."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"id": "pk"}
    body = MembershipBody
    one = ("api_membership", "id")

    def get_queryset(self) -> QuerySet[Membership]:
        return visible(self.request)

    def add(self, request: Request, values: dict[str, Any]) -> Membership:
        person = person_named(request, values.pop("employee_id"))
        return place_person(person=person, team=team_named(request, values.pop("team")), **values)


@extend_schema_view(
    get=extend_schema(
        operation_id="memberships_retrieve",
        summary="A membership",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF],
        responses=MembershipSerializer,
    ),
    patch=extend_schema(
        operation_id="memberships_update",
        summary="End a membership, or void it by its first day",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF, *CHANGING],
        request=MembershipChange,
        responses=MembershipSerializer,
    ),
)
class MembershipDetail(Changes, DetailApi):
    """One of them."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    parameters = frozenset({"as_of"})
    lookup_url_kwarg = "id"
    body = MembershipChange

    def get_queryset(self) -> QuerySet[Membership]:
        return visible(self.request)

    def change(self, request: Request, thing: Membership, values: dict[str, Any]) -> None:
        if values:
            end_membership(membership=thing, until_on=values["until_on"])
