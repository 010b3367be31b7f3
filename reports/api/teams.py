"""Teams."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from roles.models import Team

from .asking import caller_of
from .base import DetailApi, ListApi
from .fields import CodeField, TextField
from .filters import CodeFilter, Filters, TeamFilter, WordsFilter
from .parameters import CODE, in_path


class TeamSerializer(serializers.Serializer[Team]):
    """A team. Its scope is itself and every team below it."""

    code = CodeField()
    name = TextField()
    parent = serializers.SerializerMethodField(  # type: ignore[assignment]  # a field has a parent too
        help_text="The team above it; null for the top of the tree, and where that team is not yours to see."
    )

    def get_parent(self, team: Team) -> str | None:
        """The code of the team above, if the caller may see that."""
        caller = caller_of(self.context["request"])
        if team.parent is None:
            return None
        above = team.parent.path
        visible = caller.reads_everything or any(above.startswith(managed.path) for managed in caller.managed_teams)
        return team.parent.code if visible else None


class ParentFilter(CodeFilter):
    """Teams directly below others, of those that the caller may see."""

    kind, what = Team, "team"

    def known(self) -> QuerySet[Any]:
        return Team.objects.visible_to(caller_of(self.request)).order_by()


class TeamFilters(Filters):
    team = TeamFilter("path", "In the scope of this team: itself and every team below it")
    parent = ParentFilter("parent", "Directly below this team; several with commas between them.")
    q = WordsFilter("name", "code")


def visible(request: Request) -> QuerySet[Team]:
    """Those that the caller may see, in their order."""
    rows: QuerySet[Team] = Team.objects.visible_to(caller_of(request))
    return rows.select_related("parent")


@extend_schema_view(
    get=extend_schema(
        operation_id="teams_list", summary="Teams", tags=["organisation"], responses=TeamSerializer(many=True)
    )
)
class TeamList(ListApi):
    """The teams whose figures the caller may read."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_class = TeamFilters
    ordering_fields = {"code": "code"}

    def get_queryset(self) -> QuerySet[Team]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="teams_retrieve",
        summary="A team",
        tags=["organisation"],
        parameters=[in_path("code", CODE)],
        responses=TeamSerializer,
    )
)
class TeamDetail(DetailApi):
    """One of them."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    lookup_field = "code"

    def get_queryset(self) -> QuerySet[Team]:
        return visible(self.request)
