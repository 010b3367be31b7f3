"""This room's part of the console."""

from . import people

__all__ = ["people"]
