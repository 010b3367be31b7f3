"""This room's part of the console."""

from . import access, audit, beginning, jobs, matrix, organisation, people, rights, stretches, teams

__all__ = ["access", "audit", "beginning", "jobs", "matrix", "organisation", "people", "rights", "stretches", "teams"]
