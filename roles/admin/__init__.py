"""This room's part of the console."""

from . import matrix, organisation, people, stretches, teams

__all__ = ["matrix", "organisation", "people", "stretches", "teams"]
