"""This room's part of the console."""

from . import exemptions, privacy, results, uploads

__all__ = ["exemptions", "privacy", "results", "uploads"]
