"""The cells of the heatmap, of which a page has thousands: put together from pieces that are made once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from reports.presentation.marks import mark_of
from reports.queries import HeatCell, HeatRow
from reports.queries.heatmap import Family

register = template.Library()

#: Stands in an address for the code of a competency. No code has a backslash, nor what one is quoted to: `%` is quoted.
_ANY, _ANY_QUOTED = "\\", "%5C"


@register.simple_tag
def heat_cells(row: HeatRow, families: Sequence[Family], query: str) -> SafeString:
    """The cells of one person, each with a link to what made it; `query` ends its address."""
    before, _, after = reverse("why", args=[row.employee_id, _ANY]).partition(_ANY_QUOTED)
    begins, ends = format_html("{}", before), format_html("{}{}", after, query)
    language = get_language()
    pieces: list[SafeString] = []
    cells = iter(row.cells)
    for family in families:
        for place, facets in enumerate(family.competencies):
            cell = next(cells)
            if cell is None:
                pieces.append(_empty(first=place == 0))
            else:
                opened, code = _opened(facets.code, first=place == 0)
                pieces += (opened, begins, code, ends, _closed(cell, language))
    return format_html("{}" * len(pieces), *pieces)


@lru_cache(maxsize=2)
def _empty(*, first: bool) -> SafeString:
    return format_html("<td{}></td>", _first(first=first))


def _first(*, first: bool) -> SafeString:
    """The class of the first cell of a family."""
    return SafeString(' class="first"' if first else "")


@lru_cache(maxsize=2048)
def _opened(code: str, *, first: bool) -> tuple[SafeString, SafeString]:
    """A cell up to the address of its link, and what stands in that address for the competency."""
    opened = format_html('<td data-label="{}"{}><a data-panel href="', code, _first(first=first))
    return opened, format_html("{}", quote(code, safe=""))


@lru_cache(maxsize=2048)
def _closed(cell: HeatCell, _language: str | None) -> SafeString:
    """A cell from the end of its link's address on: how it looks, and what it says."""
    level = cell.level if cell.was is None else cell.was
    shown = mark_of(state=cell.state, level=level, required=cell.required, verified=cell.verified)
    over = format_html("<sub>{}</sub>", shown.over) if shown.over else ""
    return format_html(
        '" class="cell {}{}" aria-label="{}">{}{}</a></td>',
        shown.classes,
        "" if cell.asked_for else " dim",
        shown.words,
        shown.text,
        over,
    )
