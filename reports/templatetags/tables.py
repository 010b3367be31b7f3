"""Rows of figures for the tables of a report. Nothing is counted here.

Rows are put together from pieces: template nodes for each of some hundred figures would take longer than the figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.measures import Measures
from reports.queries import Line
from reports.templatetags.figures import balance, number, percent, plus

register = template.Library()

_ROW = '<tr role="row"><th role="rowheader" scope="row">{}</th><td role="cell" class="bar">{}</td>{}</tr>'
_CODED = '<a class="coded" href="{}"><span class="code">{}</span> <span>{}</span></a>'
_TITLED = '<a href="{}">{}</a>'
_FIGURE = '<td role="cell" class="number{}" data-label="{}">{}</td>'
_OPENED = '<td role="cell" class="number{}" data-label="{}"><a href="{}">{}</a></td>'
_FLAG = '<span class="flag{}">{}</span>'


class _Column(NamedTuple):
    """A column of figures: its words, the measure, and the state of the cells behind it."""

    words: Any
    measure: str
    state: str


_COLUMNS = (
    _Column(_("Verified"), "verified_coverage", "verified"),
    _Column(_("Coverage"), "coverage", "met"),
    _Column(_("Gap"), "gap", "gap"),
    _Column(_("Expired"), "expired", "expired"),
    _Column(_("Not assessed"), "not_assessed", "not_assessed"),
    _Column(_("At level 3+"), "holders", "holders"),
)
_SHARES = {"verified_coverage", "coverage"}
#: The figure that a reader should see first.
_LOUD = "verified_coverage"


@register.simple_tag
def competency_rows(lines: Sequence[Line], address: str) -> SafeString:
    """A row for each competency, every figure leading to the cells behind it; `address` is that of the team's cells."""
    columns = [column._replace(words=str(column.words)) for column in _COLUMNS]
    return format_html_join("", _ROW, (_competency(line, address, columns) for line in lines))


def _competency(line: Line, address: str, columns: Sequence[_Column]) -> tuple[SafeString, ...]:
    cells = plus(address, urlencode({"competency": line.code}))
    figures = (
        (
            " loud" if column.measure == _LOUD else "",
            column.words,
            f"{cells}&state={column.state}",
            _figure(line.measures, column.measure),
        )
        for column in columns
    )
    return (
        format_html(_CODED, cells, line.code, line.title),
        balance(line.measures),
        format_html_join("", _OPENED, figures),
    )


def _figure(measures: Measures, name: str) -> str:
    if name == "holders":
        return _holders(measures.holders)
    value = getattr(measures, name)
    return percent(value) if name in _SHARES else number(value)


def _holders(count: int) -> str:
    """How many hold a competency; nobody and one alone are flagged, since then the team has no second one."""
    if count > 1:
        return number(count)
    return format_html(_FLAG, "" if count else " none", gettext("only 1") if count else gettext("nobody"))


@register.simple_tag
def line_rows(lines: Sequence[Line], address: str, facet: str, day: str = "") -> SafeString:
    """A row for each line, leading to the cells that `facet` chooses; without one, to the line's team on the day."""
    words = [gettext("Verified"), gettext("Coverage"), gettext("People")]

    def rows() -> Iterator[tuple[SafeString, ...]]:
        for line in lines:
            if facet:
                leads_to = plus(address, urlencode({facet: line.code}))
            else:
                leads_to = reverse("team", args=[line.code]) + day
            yield format_html(_TITLED, leads_to, line.title), balance(line.measures), _line_figures(line, words)

    return format_html_join("", _ROW, rows())


def _line_figures(line: Line, words: Sequence[str]) -> SafeString:
    measures = line.measures
    figures = [percent(measures.verified_coverage), percent(measures.coverage), number(line.people)]
    return format_html_join("", _FIGURE, zip((" loud", "", ""), words, figures, strict=True))
