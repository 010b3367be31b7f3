"""The figures of a team: its gap report."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from reports.presentation.data import report_data
from reports.queries import team_report

from .asking import chosen, day_asked, team_asked
from .base import Api

AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATE, description="The day, past or future; today unless given.")


class TeamGaps(Api):
    """The team gap report (contract, section 5)."""

    parameters = frozenset({"as_of"})

    @extend_schema(operation_id="team_gaps", parameters=[AS_OF], responses=OpenApiTypes.OBJECT, tags=["figures"])
    def get(self, request: Request, code: str) -> Response:
        """The gap report of the team's scope on a day."""
        report = team_report(team=team_asked(request, code), as_of=day_asked(request))
        return Response(chosen(request, report_data(report)))
