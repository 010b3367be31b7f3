"""This room's part of the console."""

from . import access, beginning, jobs, matrix, organisation, people, rights, stretches, teams

__all__ = ["access", "beginning", "jobs", "matrix", "organisation", "people", "rights", "stretches", "teams"]
