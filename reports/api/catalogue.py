"""What the matrix is about: roles, competencies and threats, which everybody may read."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from roles.models import Competency, Dimension, LifecycleStage, Origin, Role, RoleFamily, Threat

from .base import DetailApi, ListApi
from .fields import CodeField, TextField
from .filters import CodeFilter, CompetencyFilter, Filters, ThreatFilter, WordFilter, WordsFilter
from .parameters import CODE, in_path, words

_CODES = {"type": "array", "items": CODE}
_STAGES = words(list(LifecycleStage.values), several=False)


class FamilyFilter(CodeFilter):
    """By the family of roles and competencies."""

    kind, what = RoleFamily, "family"


class RoleSerializer(serializers.Serializer[Role]):
    """A job role of the matrix."""

    code = CodeField()
    title = TextField()
    family = CodeField(source="family.code", allow_null=True, default=None)
    who = TextField()
    emerging = serializers.BooleanField(read_only=True)
    held_by_everyone = serializers.BooleanField(read_only=True)
    origin = serializers.SerializerMethodField()

    @extend_schema_field(words(list(Origin.values), several=False))
    def get_origin(self, role: Role) -> str:
        """Where it comes from."""
        return role.origin


class RoleFilters(Filters):
    family = FamilyFilter("family")
    q = WordsFilter("title", "code")


@extend_schema_view(
    get=extend_schema(operation_id="roles_list", summary="Roles", tags=["matrix"], responses=RoleSerializer(many=True))
)
class RoleList(ListApi):
    """The job roles of the matrix."""

    queryset = Role.objects.select_related("family")
    serializer_class = RoleSerializer
    filterset_class = RoleFilters
    ordering_fields = {"code": "code"}


@extend_schema_view(
    get=extend_schema(
        operation_id="roles_retrieve",
        summary="A role",
        tags=["matrix"],
        parameters=[in_path("code", CODE)],
        responses=RoleSerializer,
    )
)
class RoleDetail(DetailApi):
    """One of them."""

    queryset = Role.objects.select_related("family")
    serializer_class = RoleSerializer
    lookup_field = "code"


class IndicatorSerializer(serializers.Serializer[Any]):
    """How somebody behaves who holds the competency at the level."""

    level = serializers.IntegerField(min_value=1, max_value=4)
    text = serializers.CharField()


class CompetencySerializer(serializers.Serializer[Competency]):
    """Something that a role may require, with what reports group it by."""

    code = CodeField()
    title = TextField()
    family = CodeField(source="family.code", allow_null=True, default=None)
    dimension = serializers.SerializerMethodField()
    summary = TextField()
    origin = serializers.SerializerMethodField()
    lifecycle_stages = serializers.SerializerMethodField()
    threats = serializers.SerializerMethodField(help_text="The threats that it counters.")
    indicators = IndicatorSerializer(many=True, read_only=True)

    @extend_schema_field({"type": ["string", "null"], "enum": [*Dimension.values, None]})
    def get_dimension(self, competency: Competency) -> str | None:
        """What kind of understanding it is."""
        return competency.dimension or None

    @extend_schema_field(words(list(Origin.values), several=False))
    def get_origin(self, competency: Competency) -> str:
        """Where it comes from."""
        return competency.origin

    @extend_schema_field({"type": "array", "items": _STAGES})
    def get_lifecycle_stages(self, competency: Competency) -> list[str]:
        """Where in the life of an AI system it is needed."""
        needed = {row.stage for row in competency.stages.all()}
        return [stage for stage in LifecycleStage.values if stage in needed]

    @extend_schema_field(_CODES)
    def get_threats(self, competency: Competency) -> list[str]:
        """The codes of the threats that it counters."""
        return sorted(threat.code for threat in competency.threats.all())


class CounteringFilter(ThreatFilter):
    """Competencies by the threats that they counter."""

    def __init__(self) -> None:
        super().__init__("pk", "That counter this threat; several with commas between them.")


class StageFilter(WordFilter):
    """Competencies by the stages in which they are needed."""

    def __init__(self) -> None:
        super().__init__("pk", list(LifecycleStage.values), "Needed in this stage")

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        needed = Competency.objects.filter(stages__stage__in=self.asked(value)).order_by()
        return rows.filter(pk__in=needed.values("pk"))


class CompetencyFilters(Filters):
    family = FamilyFilter("family")
    dimension = WordFilter("dimension", list(Dimension.values), "What kind of understanding it is")
    stage = StageFilter()
    threat = CounteringFilter()
    q = WordsFilter("title", "code")


_COMPETENCIES = Competency.objects.select_related("family").prefetch_related("stages", "threats", "indicators")


@extend_schema_view(
    get=extend_schema(
        operation_id="competencies_list",
        summary="Competencies",
        tags=["matrix"],
        responses=CompetencySerializer(many=True),
    )
)
class CompetencyList(ListApi):
    """What roles may require."""

    queryset = _COMPETENCIES
    serializer_class = CompetencySerializer
    filterset_class = CompetencyFilters
    ordering_fields = {"code": "code"}


@extend_schema_view(
    get=extend_schema(
        operation_id="competencies_retrieve",
        summary="A competency",
        tags=["matrix"],
        parameters=[in_path("code", CODE)],
        responses=CompetencySerializer,
    )
)
class CompetencyDetail(DetailApi):
    """One of them."""

    queryset = _COMPETENCIES
    serializer_class = CompetencySerializer
    lookup_field = "code"


class ReferenceSerializer(serializers.Serializer[Any]):
    """What a framework calls a part of the threat."""

    framework = serializers.CharField()
    identifier = serializers.CharField()
    title = serializers.CharField()
    primary = serializers.BooleanField()


class ThreatSerializer(serializers.Serializer[Threat]):
    """A threat that competencies counter."""

    code = CodeField()
    title = TextField()
    note = TextField()
    references = ReferenceSerializer(many=True, read_only=True)
    competencies = serializers.SerializerMethodField(help_text="The competencies that counter it.")

    @extend_schema_field(_CODES)
    def get_competencies(self, threat: Threat) -> list[str]:
        """The codes of the competencies that counter it."""
        return sorted(competency.code for competency in threat.competencies.all())


class CounteredFilter(CompetencyFilter):
    """Threats by the competencies that counter them."""

    def __init__(self) -> None:
        super().__init__("pk", "That this competency counters; several with commas between them.")

    def narrowed(self, rows: QuerySet[Any], keys: list[int]) -> QuerySet[Any]:
        return rows.filter(pk__in=Threat.objects.filter(competencies__in=keys).order_by().values("pk"))


class ThreatFilters(Filters):
    competency = CounteredFilter()
    q = WordsFilter("title", "code")


_THREATS = Threat.objects.prefetch_related(
    "references", Prefetch("competencies", Competency.objects.only("code").order_by())
)


@extend_schema_view(
    get=extend_schema(
        operation_id="threats_list", summary="Threats", tags=["matrix"], responses=ThreatSerializer(many=True)
    )
)
class ThreatList(ListApi):
    """The threats that competencies counter."""

    queryset = _THREATS
    serializer_class = ThreatSerializer
    filterset_class = ThreatFilters
    ordering_fields = {"code": "code"}


@extend_schema_view(
    get=extend_schema(
        operation_id="threats_retrieve",
        summary="A threat",
        tags=["matrix"],
        parameters=[in_path("code", CODE)],
        responses=ThreatSerializer,
    )
)
class ThreatDetail(DetailApi):
    """One of them."""

    queryset = _THREATS
    serializer_class = ThreatSerializer
    lookup_field = "code"
