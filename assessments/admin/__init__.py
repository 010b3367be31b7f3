"""This room's part of the console."""

from . import exemptions, results, uploads

__all__ = ["exemptions", "results", "uploads"]
