"""Memberships: who is in which team."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from roles.models import Membership

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, StretchSerializer
from .filters import Filters, InForceFilter, PersonFilter, TeamFilter
from .parameters import AS_OF, KEY, in_path


class MembershipSerializer(StretchSerializer):
    """A person is in a team from a day until a day."""

    team = CodeField(source="team.code")


class MembershipFilters(Filters):
    team = TeamFilter("team__path", "In the scope of this team")
    employee_id = PersonFilter("person")
    active = InForceFilter()


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
    )
)
class MembershipList(ListApi):
    """Which teams people were, are and will be in: the people whom the caller may see on a day."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"id": "pk"}

    def get_queryset(self) -> QuerySet[Membership]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="memberships_retrieve",
        summary="A membership",
        tags=["organisation"],
        parameters=[in_path("id", KEY), AS_OF],
        responses=MembershipSerializer,
    )
)
class MembershipDetail(DetailApi):
    """One of them."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    parameters = frozenset({"as_of"})
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Membership]:
        return visible(self.request)
