"""The figures of a team on each day of a series."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any

from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reports.queries import Trend, trend
from reports.queries.trend import DAYS_APART, MONTHS_APART, laid, months_later

from .asking import chosen, day_asked, team_asked
from .base import Api
from .fields import CodeField
from .figures import MeasuresSerializer
from .parameters import CODE, DAY, in_path, words
from .rendering import FiguresRenderer

#: The most days in a series, how they may lie apart, and how many months it goes back unless it is told.
MOST = 400
EVERY = [*DAYS_APART, *MONTHS_APART]
MONTHS = 24


class PointSerializer(serializers.Serializer[Any]):
    """The totals on one day."""

    as_of = serializers.DateField()
    totals = MeasuresSerializer()


class TookEffectSerializer(serializers.Serializer[Any]):
    """A matrix version that took effect within the series."""

    code = serializers.CharField()
    effective_from = serializers.DateField()


class TrendSerializer(serializers.Serializer[Any]):
    """How the totals go over a series of days. The figures of days to come hold if nothing new is recorded."""

    team = CodeField()
    every = serializers.CharField(read_only=True)
    days = PointSerializer(many=True, read_only=True)
    matrix_versions = TookEffectSerializer(many=True, read_only=True)


class TeamTrend(Api):
    """The trend of a team."""

    renderer_classes = [FiguresRenderer]
    parameters = frozenset({"from", "to", "every"})

    @extend_schema(
        operation_id="team_trend",
        summary="The trend of a team",
        parameters=[
            in_path("code", CODE),
            OpenApiParameter("from", DAY, description=f"The first day; {MONTHS} months before `to` unless given."),
            OpenApiParameter("to", DAY, description="The last day that there may be; today unless given."),
            OpenApiParameter(
                "every",
                words(EVERY, several=False),
                description=f"How far the days lie apart, a month unless given; at most {MOST} days. They are laid from"
                " `from` on: the same day of each month, or its last where it is shorter.",
            ),
        ],
        responses=TrendSerializer,
        tags=["figures"],
    )
    def get(self, request: Request, code: str) -> Response:
        """The totals of the team's scope on each day of a series, and the matrix versions that took effect within."""
        team, (days, every) = team_asked(request, code), series_asked(request)
        return Response(chosen(request, {"team": team.code, "every": every, **_told(trend(team=team, days=days))}))


def series_asked(request: Request) -> tuple[list[date], str]:
    """The days of the series and how they lie apart; ValidationError where there are none, or too many."""
    end = day_asked(request, "to", default=localdate())
    begin = day_asked(request, "from", default=months_later(end, -MONTHS))
    every = request.query_params.get("every", "month")
    if every not in EVERY:
        raise exceptions.ValidationError({"every": f"{every!r} is none of {', '.join(EVERY)}."})
    if begin > end:
        raise exceptions.ValidationError({"from": f"{begin} lies after the last day, {end}."})
    days = list(islice(laid(begin, end, every=every), MOST + 1))
    if len(days) > MOST:
        message = f"From {begin} to {end} there are more than {MOST} days; ask for fewer, or for some further apart."
        raise exceptions.ValidationError({"every": message})
    return days, every


def _told(found: Trend) -> dict[str, Any]:
    return {
        "days": [{"as_of": point.day.isoformat(), "totals": point.totals.as_dict()} for point in found.points],
        "matrix_versions": [
            {"code": version.code, "effective_from": version.effective_from.isoformat()} for version in found.versions
        ],
    }
