"""This room's part of the console."""

from . import beginning, jobs, matrix, organisation, people, stretches, teams

__all__ = ["beginning", "jobs", "matrix", "organisation", "people", "stretches", "teams"]
