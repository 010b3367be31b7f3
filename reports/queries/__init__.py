"""Figures: sums over standings, one function for each question, each a fixed number of queries."""

from .lapsed import lapsed
from .people import PersonLine, person_report
from .report import Line, RoleLine, TeamReport, team_report

__all__ = ["Line", "PersonLine", "RoleLine", "TeamReport", "lapsed", "person_report", "team_report"]
