"""What readers may ask of a page, and what they may send."""

from .as_of import AsOfForm, DayField

__all__ = ["AsOfForm", "DayField"]
