"""Teams."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from roles.locks import hold_tree
from roles.models import Team
from roles.services import add_team, change_team, move_team, remove_team

from .asking import caller_of
from .base import DetailApi, ListApi
from .fields import CHANGED_AT, CodeField, InstantField, TextField
from .filters import ChangedFilter, CodeFilter, Filters, TeamFilter, WordsFilter
from .headers import ADDING, CHANGING, IF_MATCH
from .parameters import CODE, in_path
from .writing import Adds, Changes, Removes, team_named
from .written import Body, WrittenCode, WrittenText


class TeamSerializer(serializers.Serializer[Team]):
    """A team. Its scope is itself and every team below it."""

    code = CodeField()
    name = TextField()
    parent = serializers.SerializerMethodField(  # type: ignore[assignment]  # a field has a parent too
        help_text="The team above it; null for the top of the tree, and where that team is not yours to see."
    )

    updated_at = InstantField(help_text=f"{CHANGED_AT} Those below a team that moves do not change.")

    def get_parent(self, team: Team) -> str | None:
        """The code of the team above, if the caller may see that."""
        caller = caller_of(self.context["request"])
        if team.parent is None:
            return None
        above = team.parent.path
        visible = caller.reads_everything or any(above.startswith(managed.path) for managed in caller.managed_teams)
        return team.parent.code if visible else None


class TeamBody(Body):
    """A team to add. Only the first one, which is the top of the tree, has no parent."""

    code = WrittenCode()
    name = WrittenText(200, needed=True)
    parent = WrittenCode(allow_null=True, default=None)  # type: ignore[assignment]  # a field has a parent too


class TeamChange(Body):
    """What changes about a team: another parent moves it, with all below it."""

    not_here = frozenset({"code", "updated_at"})

    name = WrittenText(200, needed=True)
    parent = WrittenCode()  # type: ignore[assignment]


class ParentFilter(CodeFilter):
    """Teams directly below others, of those that the caller may see."""

    kind, what = Team, "team"

    def known(self) -> QuerySet[Any]:
        return Team.objects.visible_to(caller_of(self.request)).order_by()


class TeamFilters(Filters):
    team = TeamFilter("path", "In the scope of this team: itself and every team below it")
    parent = ParentFilter("parent", "Directly below this team; several with commas between them.")
    q = WordsFilter("name", "code")
    updated_since = ChangedFilter()


def visible(request: Request) -> QuerySet[Team]:
    """Those that the caller may see, in their order."""
    rows: QuerySet[Team] = Team.objects.visible_to(caller_of(request))
    return rows.select_related("parent")


@extend_schema_view(
    get=extend_schema(
        operation_id="teams_list", summary="Teams", tags=["organisation"], responses=TeamSerializer(many=True)
    ),
    post=extend_schema(
        operation_id="teams_create",
        summary="Add a team",
        tags=["organisation"],
        parameters=ADDING,
        request=TeamBody,
        responses={201: TeamSerializer},
    ),
)
class TeamList(Adds, ListApi):
    """The teams whose figures the caller may read."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_class = TeamFilters
    ordering_fields = {"code": "code"}
    body = TeamBody
    one = ("api_team", "code")

    def get_queryset(self) -> QuerySet[Team]:
        return visible(self.request)

    def add(self, request: Request, values: dict[str, Any]) -> Team:
        parent = values.pop("parent")
        return add_team(**values, parent=team_named(request, parent, "parent") if parent else None)


@extend_schema_view(
    get=extend_schema(
        operation_id="teams_retrieve",
        summary="A team",
        tags=["organisation"],
        parameters=[in_path("code", CODE)],
        responses=TeamSerializer,
    ),
    patch=extend_schema(
        operation_id="teams_update",
        summary="Rename or move a team",
        tags=["organisation"],
        parameters=[in_path("code", CODE), *CHANGING],
        request=TeamChange,
        responses=TeamSerializer,
    ),
    delete=extend_schema(
        operation_id="teams_destroy",
        summary="Remove a team that nothing is or was in or below",
        tags=["organisation"],
        parameters=[in_path("code", CODE), IF_MATCH],
        responses={204: None},
    ),
)
class TeamDetail(Changes, Removes, DetailApi):
    """One of them."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    lookup_field = "code"
    body = TeamChange

    def get_queryset(self) -> QuerySet[Team]:
        return visible(self.request)

    def hold_before(self) -> None:
        """Whoever writes the tree holds it before any team of it."""
        hold_tree()

    def change(self, request: Request, thing: Team, values: dict[str, Any]) -> None:
        if "name" in values:
            change_team(team=thing, name=values["name"])
        if "parent" in values:
            move_team(team=thing, parent=team_named(request, values["parent"], "parent"))

    def remove(self, thing: Team) -> None:
        remove_team(team=thing)
