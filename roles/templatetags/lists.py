"""Rows of the console's lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

_CELL = re.compile(r"<(td|th)\b")
_ROLES = {"td": "cell", "th": "rowheader"}


@register.filter
def with_labels(cells: Iterable[str], headers: Iterable[Mapping[str, Any]]) -> list[SafeString]:
    """The cells of a row, each with what its column is called, which is shown where there is no room for columns.

    Django has made both, escaped. What it is there says itself, since a list drawn as blocks is no table to a reader.
    """
    return [_labelled(cell, str(header["text"])) for cell, header in zip(cells, headers, strict=True)]


def _labelled(cell: str, words: str) -> SafeString:
    found = _CELL.match(cell)
    if found is None:
        return mark_safe(cell)  # noqa: S308 - Django's own cell
    # The column of the boxes has a box for a head.
    label = "" if "<" in words else capfirst(words)
    begins = format_html('<{} role="{}" data-label="{}"', found[1], _ROLES[found[1]], label)
    return mark_safe(begins + cell[found.end() :])  # noqa: S308 - Django's own cell
