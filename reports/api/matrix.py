"""Versions of the matrix, what they require, and what one changes about another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reports.queries import ChangedCell, matrix_diff
from reports.standings import Requirement
from roles.models import MatrixVersion, Origin, RoleRequirement

from .asking import caller_of, chosen, found
from .base import Api, DetailApi, ListApi
from .fields import CodeField, DayField, TextField
from .filters import CodeFilter, CompetencyFilter, Filters, RoleFilter, SetFilter
from .parameters import CODE, in_path, words

_ORIGIN = words(list(Origin.values), several=False)


def visible(request: Request) -> QuerySet[MatrixVersion]:
    """The versions that the caller may see."""
    versions: QuerySet[MatrixVersion] = MatrixVersion.objects.visible_to(caller_of(request))
    return versions


class MatrixVersionSerializer(serializers.Serializer[MatrixVersion]):
    """A complete set of requirements. Once published, it never changes."""

    code = CodeField()
    effective_from = DayField(help_text="The day from which it holds, until that of the next one.")
    published_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="Null for a draft.")


class MatrixVersionFilters(Filters):
    published = SetFilter("published_at", "Whether it is published. Only administrators and auditors see drafts.")


@extend_schema_view(
    get=extend_schema(
        operation_id="matrix_versions_list",
        summary="Matrix versions",
        tags=["matrix"],
        responses=MatrixVersionSerializer(many=True),
    )
)
class MatrixVersionList(ListApi):
    """The versions of the matrix, each in force from its day until that of the next."""

    queryset = MatrixVersion.objects.all()
    serializer_class = MatrixVersionSerializer
    filterset_class = MatrixVersionFilters
    ordering_fields = {"effective_from": "effective_from", "code": "code"}

    def get_queryset(self) -> QuerySet[MatrixVersion]:
        return visible(self.request)


@extend_schema_view(
    get=extend_schema(
        operation_id="matrix_versions_retrieve",
        summary="A matrix version",
        tags=["matrix"],
        parameters=[in_path("code", CODE)],
        responses=MatrixVersionSerializer,
    )
)
class MatrixVersionDetail(DetailApi):
    """One of them."""

    queryset = MatrixVersion.objects.all()
    serializer_class = MatrixVersionSerializer
    lookup_field = "code"

    def get_queryset(self) -> QuerySet[MatrixVersion]:
        return visible(self.request)


class RequirementSerializer(serializers.Serializer[RoleRequirement]):
    """One cell of a version: the level that a role asks for in a competency, and how much it weighs."""

    version = CodeField(source="version.code")
    role = CodeField(source="role.code")
    competency = CodeField(source="competency.code")
    required_level = serializers.IntegerField(read_only=True, min_value=1, max_value=4)
    weight = serializers.IntegerField(read_only=True, min_value=1, max_value=3)
    rationale = TextField()
    pairing_origin = serializers.SerializerMethodField(help_text="Where it comes from that it is required at all.")
    level_origin = serializers.SerializerMethodField(help_text="Where the level comes from.")

    @extend_schema_field(_ORIGIN)
    def get_pairing_origin(self, cell: RoleRequirement) -> str:
        """Where the pair comes from."""
        return cell.pairing_origin

    @extend_schema_field(_ORIGIN)
    def get_level_origin(self, cell: RoleRequirement) -> str:
        """Where the level comes from."""
        return cell.level_origin


class VersionFilter(CodeFilter):
    """By versions that the caller may see."""

    kind, what = MatrixVersion, "matrix version"

    def known(self) -> QuerySet[Any]:
        return visible(self.request).order_by()


class VersionRequirementFilters(Filters):
    role = RoleFilter("role")
    competency = CompetencyFilter("competency")


class RequirementFilters(VersionRequirementFilters):
    version = VersionFilter("version")


_REQUIREMENTS = RoleRequirement.objects.select_related("version", "role", "competency").order_by(
    "version__code", "role__code", "competency__code"
)


@extend_schema_view(
    get=extend_schema(
        operation_id="requirements_list",
        summary="Requirements",
        tags=["matrix"],
        responses=RequirementSerializer(many=True),
    )
)
class RequirementList(ListApi):
    """The cells of all versions, by the codes of version, role and competency."""

    queryset = _REQUIREMENTS
    serializer_class = RequirementSerializer
    filterset_class = RequirementFilters

    def get_queryset(self) -> QuerySet[RoleRequirement]:
        return _REQUIREMENTS.filter(version__in=visible(self.request).order_by())


@extend_schema_view(
    get=extend_schema(
        operation_id="matrix_version_requirements_list",
        summary="The requirements of a matrix version",
        tags=["matrix"],
        parameters=[in_path("code", CODE)],
        responses=RequirementSerializer(many=True),
    )
)
class VersionRequirementList(ListApi):
    """The cells of one version, by the codes of role and competency."""

    queryset = _REQUIREMENTS
    serializer_class = RequirementSerializer
    filterset_class = VersionRequirementFilters

    def get_queryset(self) -> QuerySet[RoleRequirement]:
        version = found(visible(self.request), code=self.kwargs["code"])
        return _REQUIREMENTS.filter(version=version).order_by("role__code", "competency__code")


class RequiredSerializer(serializers.Serializer[Any]):
    """What a version requires in a cell."""

    required_level = serializers.IntegerField(min_value=1, max_value=4)
    weight = serializers.IntegerField(min_value=1, max_value=3)


class ChangedCellSerializer(serializers.Serializer[Any]):
    """A cell that two versions do not have alike; null where a version does not have it."""

    role = serializers.CharField()
    competency = serializers.CharField()
    before = RequiredSerializer(allow_null=True)
    after = RequiredSerializer(allow_null=True)


class MatrixDiffSerializer(serializers.Serializer[Any]):
    """What differs between two versions, by the codes of role and competency."""

    version = CodeField()
    to = CodeField()
    added = ChangedCellSerializer(many=True, read_only=True)
    removed = ChangedCellSerializer(many=True, read_only=True)
    changed = ChangedCellSerializer(many=True, read_only=True)


class MatrixVersionDiff(Api):
    """What another version changes about this one."""

    parameters = frozenset({"to"})

    @extend_schema(
        operation_id="matrix_version_diff",
        summary="What another matrix version changes",
        tags=["matrix"],
        parameters=[
            in_path("code", CODE),
            OpenApiParameter("to", CODE, required=True, description="The code of the version to compare with."),
        ],
        responses=MatrixDiffSerializer,
    )
    def get(self, request: Request, code: str) -> Response:
        """The cells added, removed and changed on the way from one version to another."""
        before = found(visible(request), code=code)
        after = visible(request).filter(code=request.query_params.get("to", "")).first()
        if after is None:
            raise exceptions.ValidationError(
                {"to": "Name the matrix version to compare with; there is none like this."}
            )
        diff = matrix_diff(before=before, after=after)
        data = {"version": before.code, "to": after.code}
        cells = {name: _told(getattr(diff, name)) for name in ("added", "removed", "changed")}
        return Response(chosen(request, {**data, **cells}))


def _told(cells: Iterable[ChangedCell]) -> list[dict[str, Any]]:
    return [{**cell._asdict(), "before": _required(cell.before), "after": _required(cell.after)} for cell in cells]


def _required(requirement: Requirement | None) -> dict[str, int] | None:
    return requirement and {"required_level": requirement.level, "weight": requirement.weight}
