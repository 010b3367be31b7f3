"""The figures of a team: its gap report."""

from __future__ import annotations

import orjson
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from reports.presentation.data import report_data
from reports.queries import read_report_for, report_of
from roles.models import Dimension, EvidencePolicy, LifecycleStage

from .asking import caller_of, chosen, day_asked
from .base import Api
from .figures import CountField, MeasuresSerializer, OfTeamSerializer
from .kept import Kept
from .parameters import AS_OF, CODE, in_path, words
from .rendering import FiguresRenderer


@extend_schema_field(words(list(EvidencePolicy.values), several=False))
class PolicyField(serializers.CharField):
    """Which of several results decides."""


class GapLineSerializer(MeasuresSerializer):
    """One line of the report; `people` is how many people in scope it concerns."""

    people = CountField()


class CompetencyGapSerializer(GapLineSerializer):
    """A competency that somebody in scope has a required level in."""

    competency = serializers.CharField()
    title = serializers.CharField()
    holders = CountField(help_text="People whose level is 3 or more, whatever is required of them.")


class RoleCompetencyGapSerializer(GapLineSerializer):
    """A competency that a role requires something in, over those who hold it."""

    competency = serializers.CharField()
    title = serializers.CharField()


class RoleGapSerializer(GapLineSerializer):
    """A role that somebody in scope holds, over its own requirement."""

    role = serializers.CharField()
    title = serializers.CharField()
    competencies = RoleCompetencyGapSerializer(many=True)


class ThreatGapSerializer(GapLineSerializer):
    """A threat, over the competencies that counter it."""

    threat = serializers.CharField()
    title = serializers.CharField()


class TeamGapSerializer(GapLineSerializer):
    """A team directly below, over its scope."""

    team = serializers.CharField()
    name = serializers.CharField()


class DimensionGapSerializer(GapLineSerializer):
    """A dimension of competencies."""

    dimension = serializers.ChoiceField(choices=Dimension.values)
    title = serializers.CharField()


class StageGapSerializer(GapLineSerializer):
    """A lifecycle stage, over the competencies needed in it."""

    stage = serializers.ChoiceField(choices=LifecycleStage.values)
    title = serializers.CharField()


class GapReportSerializer(OfTeamSerializer):
    """The team gap report (contract, section 3); each list ordered by code."""

    policy = PolicyField(read_only=True)
    people = CountField(read_only=True)
    totals = MeasuresSerializer(read_only=True)
    competencies = CompetencyGapSerializer(many=True, read_only=True)
    roles = RoleGapSerializer(many=True, read_only=True)
    threats = ThreatGapSerializer(many=True, read_only=True)
    teams = TeamGapSerializer(many=True, read_only=True)
    dimensions = DimensionGapSerializer(many=True, read_only=True)
    lifecycle_stages = StageGapSerializer(many=True, read_only=True)


#: The reports that this process has told.
KEPT = Kept()


class TeamGaps(Api):
    """The team gap report (contract, section 5)."""

    renderer_classes = [FiguresRenderer]
    parameters = frozenset({"as_of"})

    @extend_schema(
        operation_id="team_gaps",
        summary="The gap report of a team",
        parameters=[in_path("code", CODE), AS_OF],
        responses=GapReportSerializer,
        tags=["figures"],
    )
    def get(self, request: Request, code: str) -> Response:
        """The gap report of the team's scope on a day."""
        as_of = day_asked(request)
        read = read_report_for(code=code, as_of=as_of, reader=caller_of(request))
        if read is None:
            raise NotFound

        def told() -> bytes:
            return orjson.dumps(report_data(report_of(read)))

        # The same for everybody who may see the team; dimensions and stages have titles in the reader's language.
        answer = KEPT.answer((read.team.pk, as_of, get_language()), read.mark, told)
        return Response(chosen(request, orjson.loads(answer)) if "fields" in request.query_params else answer)
