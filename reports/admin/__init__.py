"""This room's part of the console."""

from . import matrix

__all__ = ["matrix"]
