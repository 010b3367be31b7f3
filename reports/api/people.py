"""People."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from roles.models import Membership, Person, RoleAssignment

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CodeField, DayField, TextField
from .filters import Filters, FlagFilter, HeldRoleFilter, PersonFilter, ScopeFilter, WordsFilter
from .parameters import AS_OF, CODE, in_path


class PersonSerializer(serializers.Serializer[Person]):
    """A member of staff, with where they are and what they hold on the day asked for."""

    employee_id = CodeField()
    name = TextField()
    email = TextField()
    joined_on = DayField()
    left_on = DayField(allow_null=True, help_text="The first day on which they no longer count.")
    team = serializers.SerializerMethodField(help_text="The team in which they count on the day; null if in none.")
    roles = serializers.SerializerMethodField(help_text="The roles given to them that hold on the day.")

    def get_team(self, person: Any) -> str | None:
        """The code of the team of the day."""
        return next((stay.team.code for stay in person.stays), None)

    @extend_schema_field({"type": "array", "items": CODE})
    def get_roles(self, person: Any) -> list[str]:
        """The codes of the roles of the day, in their order."""
        return sorted({assignment.role.code for assignment in person.held})


class CountsFilter(FlagFilter):
    """People who count on the day: who have joined, have not left and are in a team."""

    def __init__(self) -> None:
        super().__init__("Whether they count on the day: they have joined, have not left, and are in a team.")

    def condition(self) -> Q:
        placed = Membership.objects.in_force(on=self.day).order_by().values("person")
        return Q(pk__in=Person.objects.employed(on=self.day).filter(pk__in=placed).order_by().values("pk"))


class PersonFilters(Filters):
    team = ScopeFilter("pk")
    role = HeldRoleFilter("pk", "Who holds this role on the day; several with commas between them.")
    employee_id = PersonFilter("pk")
    active = CountsFilter()
    q = WordsFilter("name", "employee_id")


def visible(request: Request) -> QuerySet[Person]:
    """The people whom the caller may see on the day asked for, with what PersonSerializer tells of that day."""
    day = day_asked(request)
    counting = Membership.objects.in_force(on=day).filter(person__in=Person.objects.employed(on=day).values("pk"))
    held = RoleAssignment.objects.in_force(on=day).select_related("role")
    people: QuerySet[Person] = Person.objects.visible_to(caller_of(request), on=day)
    return people.prefetch_related(
        Prefetch("memberships", counting.select_related("team").order_by(), to_attr="stays"),
        Prefetch("assignments", held.order_by(), to_attr="held"),
    )


@extend_schema_view(
    get=extend_schema(
        operation_id="people_list",
        summary="People",
        tags=["organisation"],
        parameters=[AS_OF],
        responses=PersonSerializer(many=True),
    )
)
class PersonList(ListApi):
    """The people whom the caller may see on a day, today unless given."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    filterset_class = PersonFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"employee_id": "employee_id"}

    def get_queryset(self) -> QuerySet[Person]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="people_retrieve",
        summary="A person",
        tags=["organisation"],
        parameters=[in_path("employee_id", CODE), AS_OF],
        responses=PersonSerializer,
    )
)
class PersonDetail(DetailApi):
    """One of them."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    parameters = frozenset({"as_of"})
    lookup_field = "employee_id"

    def get_queryset(self) -> QuerySet[Person]:
        return visible(self.request)
