"""Rows of figures for the tables of a report, each put into words once. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django import template
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from reports.queries import Line
from reports.templatetags.figures import balance, number, percent, plus

register = template.Library()


class Row(NamedTuple):
    """A line of a report as a table shows it; `cells` is the address of what makes it up, for a state to be added."""

    code: str
    title: str
    people: str
    bar: SafeString
    verified: str
    coverage: str
    readiness: str
    gap: str
    expired: str
    not_assessed: str
    holders: int
    cells: str


@register.simple_tag
def rows(lines: Sequence[Line], address: str = "", facet: str = "") -> list[Row]:
    """A row for each line. `address` is that of the team's cells; `facet` the parameter that chooses a line's."""
    return [_row(line, plus(address, urlencode({facet: line.code})) if facet else address) for line in lines]


def _row(line: Line, cells: str) -> Row:
    measures = line.measures
    return Row(
        code=line.code,
        title=line.title,
        people=number(line.people),
        bar=balance(measures),
        verified=percent(measures.verified_coverage),
        coverage=percent(measures.coverage),
        readiness=percent(measures.readiness),
        gap=number(measures.gap),
        expired=number(measures.expired),
        not_assessed=number(measures.not_assessed),
        holders=measures.holders,
        cells=cells,
    )
