"""People."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from roles.models import Membership, Person, RoleAssignment
from roles.services import add_person, change_person

from .asking import caller_of, day_asked
from .base import DetailApi, ListApi
from .fields import CHANGED_AT, CodeField, DayField, InstantField, TextField
from .filters import ChangedFilter, Filters, FlagFilter, HeldRoleFilter, PersonFilter, ScopeFilter, WordsFilter
from .headers import ADDING, CHANGING
from .parameters import AS_OF, CODE, in_path
from .writing import Adds, Changes
from .written import Body, WrittenCode, WrittenDay, WrittenEmail, WrittenText


class PersonSerializer(serializers.Serializer[Person]):
    """A member of staff, with where they are and what they hold on the day asked for."""

    employee_id = CodeField()
    name = TextField()
    email = TextField()
    joined_on = DayField()
    left_on = DayField(allow_null=True, help_text="The first day on which they no longer count.")
    team = serializers.SerializerMethodField(help_text="The team in which they count on the day; null if in none.")
    roles = serializers.SerializerMethodField(help_text="The roles given to them that hold on the day.")
    updated_at = InstantField(help_text=f"{CHANGED_AT} Memberships and roles say it for themselves.")

    def get_team(self, person: Any) -> str | None:
        """The code of the team of the day."""
        return next((stay.team.code for stay in person.stays), None)

    @extend_schema_field({"type": "array", "items": CODE})
    def get_roles(self, person: Any) -> list[str]:
        """The codes of the roles of the day, in their order."""
        return sorted({assignment.role.code for assignment in person.held})


class PersonBody(Body):
    """A person to add. A membership then places them in a team."""

    employee_id = WrittenCode()
    name = WrittenText(200, needed=True)
    email = WrittenEmail(default="")
    joined_on = WrittenDay()
    left_on = WrittenDay(allow_null=True, default=None)


class PersonChange(Body):
    """What changes about a person. Teams and roles change by memberships and assignments."""

    not_here = frozenset({"employee_id", "team", "roles", "updated_at"})

    name = WrittenText(200, needed=True)
    email = WrittenEmail()
    joined_on = WrittenDay()
    left_on = WrittenDay(allow_null=True)


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
    updated_since = ChangedFilter()


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
    ),
    post=extend_schema(
        operation_id="people_create",
        summary="Add a person",
        tags=["organisation"],
        parameters=ADDING,
        request=PersonBody,
        responses={201: PersonSerializer},
    ),
)
class PersonList(Adds, ListApi):
    """The people whom the caller may see on a day, today unless given."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    filterset_class = PersonFilters
    list_parameters = frozenset({"as_of"})
    ordering_fields = {"employee_id": "employee_id"}
    body = PersonBody
    one = ("api_person", "employee_id")

    def get_queryset(self) -> QuerySet[Person]:
        return visible(self.request)

    def add(self, request: Request, values: dict[str, Any]) -> Person:
        return add_person(**values)


@extend_schema_view(
    get=extend_schema(
        operation_id="people_retrieve",
        summary="A person",
        tags=["organisation"],
        parameters=[in_path("employee_id", CODE), AS_OF],
        responses=PersonSerializer,
    ),
    patch=extend_schema(
        operation_id="people_update",
        summary="Change a person",
        tags=["organisation"],
        parameters=[in_path("employee_id", CODE), AS_OF, *CHANGING],
        request=PersonChange,
        responses=PersonSerializer,
    ),
)
class PersonDetail(Changes, DetailApi):
    """One of them."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    parameters = frozenset({"as_of"})
    lookup_field = "employee_id"
    body = PersonChange

    def get_queryset(self) -> QuerySet[Person]:
        return visible(self.request)

    def change(self, request: Request, thing: Person, values: dict[str, Any]) -> None:
        change_person(person=thing, **values)
