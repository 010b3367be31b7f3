"""Figures: sums over standings, one function for each question, each a fixed number of queries."""

from .bench import Bench, BenchLine, Without, bench
from .career import Career, CareerCell, CareerRole, career
from .catalogue import Catalogue, Facets, Selection, catalogue
from .cells import CellLine, CellList, cells
from .competencies import CompetencyPage, MatrixPage, competency_page, matrix
from .forecast import (
    Causes,
    Expiring,
    ExpiringResult,
    Forecast,
    expiring,
    expiring_count,
    expiring_counts,
    forecast,
)
from .heatmap import HeatCell, Heatmap, HeatRow, heatmap
from .history import Event, Happening, History, Piece, Strip, history
from .lapsed import lapsed
from .people import (
    PersonLine,
    PersonOverview,
    Sight,
    Step,
    Steps,
    Whereabouts,
    measures_of,
    next_steps,
    person_overview,
    person_report,
    sight_of,
    whereabouts,
)
from .report import Line, RoleLine, TeamReport, team_report
from .trend import Trend, TrendPoint, months, months_ahead, trend, trends
from .versions import ChangedCell, MatrixDiff, matrix_diff
from .why import Change, JudgedResult, Why, judged_results, why

__all__ = [
    "Bench",
    "BenchLine",
    "Career",
    "CareerCell",
    "CareerRole",
    "Catalogue",
    "Causes",
    "CellLine",
    "CellList",
    "Change",
    "ChangedCell",
    "CompetencyPage",
    "Event",
    "Expiring",
    "ExpiringResult",
    "Facets",
    "Forecast",
    "Happening",
    "HeatCell",
    "HeatRow",
    "Heatmap",
    "History",
    "JudgedResult",
    "Line",
    "MatrixDiff",
    "MatrixPage",
    "PersonLine",
    "PersonOverview",
    "Piece",
    "RoleLine",
    "Selection",
    "Sight",
    "Step",
    "Steps",
    "Strip",
    "TeamReport",
    "Trend",
    "TrendPoint",
    "Whereabouts",
    "Why",
    "Without",
    "bench",
    "career",
    "catalogue",
    "cells",
    "competency_page",
    "expiring",
    "expiring_count",
    "expiring_counts",
    "forecast",
    "heatmap",
    "history",
    "judged_results",
    "lapsed",
    "matrix",
    "matrix_diff",
    "measures_of",
    "months",
    "months_ahead",
    "next_steps",
    "person_overview",
    "person_report",
    "sight_of",
    "team_report",
    "trend",
    "trends",
    "whereabouts",
    "why",
]
