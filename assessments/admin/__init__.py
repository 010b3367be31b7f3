"""This room's part of the console."""

from . import exemptions, results

__all__ = ["exemptions", "results"]
