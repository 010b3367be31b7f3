"""The figures of a team: how each of its people stands in each competency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reports.queries import HeatCell, Heatmap, HeatRow, catalogue, heatmap
from reports.queries.catalogue import Facets
from reports.queries.heatmap import PEOPLE_ON_A_PAGE
from reports.standings import State

from .asking import chosen, day_asked, team_asked, whole_number_asked
from .base import Api
from .cells import SELECTION, selection_asked
from .figures import CellSerializer, CountField, OfTeamSerializer
from .parameters import AS_OF, CODE, in_path
from .rendering import FiguresRenderer

#: The most people that a page may hold, and the last page that can be asked for.
MOST, LAST_PAGE = 1_000, 1_000_000


class ColumnSerializer(serializers.Serializer[Any]):
    """A competency that something is required in of somebody chosen, or that was asked for."""

    competency = serializers.CharField()
    title = serializers.CharField()


class HeatRowSerializer(serializers.Serializer[Any]):
    """A person, with a cell for each column."""

    employee_id = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField(), help_text="The codes of the roles given to them.")
    deficit = CountField(help_text="The sum over the cells.")
    cells = CellSerializer(many=True)


class HeatmapSerializer(OfTeamSerializer):
    """A page of the heatmap: the widest deficits first. `people` counts those on all pages."""

    people = CountField(read_only=True)
    page = serializers.IntegerField(read_only=True, min_value=1)
    page_size = serializers.IntegerField(read_only=True, min_value=1, max_value=MOST)
    columns = ColumnSerializer(many=True, read_only=True)
    rows = HeatRowSerializer(many=True, read_only=True)


def _number(name: str, most: int, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "integer", "minimum": 1, "maximum": most}, description=description)


class TeamHeatmap(Api):
    """The heatmap of a team."""

    renderer_classes = [FiguresRenderer]
    parameters = frozenset({"as_of", "page", "page_size", *(parameter.name for parameter in SELECTION)})

    @extend_schema(
        operation_id="team_heatmap",
        summary="The heatmap of a team",
        parameters=[
            in_path("code", CODE),
            AS_OF,
            *SELECTION,
            _number("page", LAST_PAGE, "From 1 on; beyond the last one there are no rows."),
            _number("page_size", MOST, f"How many people, {PEOPLE_ON_A_PAGE} unless given."),
        ],
        responses=HeatmapSerializer,
        tags=["figures"],
    )
    def get(self, request: Request, code: str) -> Response:
        """A row for each person in the team's scope on a day, and in it a cell for each competency."""
        team, as_of, choices = team_asked(request, code), day_asked(request), catalogue()
        page = whole_number_asked(request, "page", least=1, most=LAST_PAGE, default=1)
        size = whole_number_asked(request, "page_size", least=1, most=MOST, default=PEOPLE_ON_A_PAGE)
        selection = selection_asked(request, choices)
        found = heatmap(team=team, as_of=as_of, selection=selection, page=page, size=size, choices=choices)
        about = {"team": team.code, "as_of": as_of.isoformat(), "page": page, "page_size": size}
        return Response(chosen(request, {**about, **_told(found, page)}))


def _told(found: Heatmap, page: int) -> dict[str, Any]:
    columns = found.columns
    return {
        "matrix_version": found.version,
        "people": found.people,
        "columns": [{"competency": facets.code, "title": facets.title} for facets in columns],
        # A page beyond the last is the last to who asks for it in a browser; a program would read it twice.
        "rows": [_row(row, columns) for row in found.rows] if found.page == page else [],
    }


def _row(row: HeatRow, columns: list[Facets]) -> dict[str, Any]:
    return {
        "employee_id": row.employee_id,
        "name": row.name,
        "roles": row.roles,
        "deficit": row.deficit,
        "cells": [_cell(facets, cell) for facets, cell in zip(columns, row.cells, strict=True)],
    }


_NOTHING = HeatCell(None, None, None, State.NOT_REQUIRED, None, asked_for=False)


def _cell(facets: Facets, cell: HeatCell | None) -> dict[str, Any]:
    known = cell or _NOTHING
    return {
        "competency": facets.code,
        "required": known.required,
        "level": known.level,
        "verified": known.verified,
        "state": known.state.word,
        "deficit": known.deficit,
    }
