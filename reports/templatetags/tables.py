"""Rows of figures for the tables of a report. Nothing is counted here.

Rows are put together from pieces: template nodes for each of some hundred figures would take longer than the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from reports.queries import Line
from reports.templatetags.addresses import address as team_address
from reports.templatetags.figures import balance_in, counts_of, number, percent, plus

register = template.Library()

_HEAD = '<tr role="row"><th role="rowheader" scope="row">'
_BAR = '</th><td role="cell" class="bar">{3}</td>'
_CODED = '<a class="coded" href="{0}"><span class="code">{1}</span> <span>{2}</span></a>'
_TITLED = '<a href="{0}">{2}</a>'
_FIGURE = '<td role="cell" class="number{loud}" data-label="{label}">{{{place}}}</td>'
_OPENED = (
    '<td role="cell" class="number{loud}" data-label="{label}"><a href="{{0}}&amp;state={state}">{{{place}}}</a></td>'
)
_NAMED = '<th role="columnheader" scope="col" class="number">{}</th>'
_TABLE = (
    '<table class="figures" role="table"><thead role="rowgroup"><tr role="row">'
    '<th role="columnheader" scope="col">{}</th><th role="columnheader" scope="col" class="bar">{}</th>'
    + _NAMED * 3
    + '</tr></thead><tbody role="rowgroup">{}</tbody></table>'
)
_FLAG = '<span class="flag{}">{}</span>'
#: The place of the first figure in a row, behind address, code, title and bar.
_FIRST = 4

#: The figures of a competency, the first one loud: their words, and the state of the cells behind each.
_OF_COMPETENCY = (
    (_("Verified"), "verified"),
    (_("Coverage"), "met"),
    (_("Gap"), "gap"),
    (_("Expired"), "expired"),
    (_("Not assessed"), "not_assessed"),
    (_("At level 3+"), "holders"),
)
_OF_LINE = ((_("Verified"), ""), (_("Coverage"), ""), (_("People"), ""))


@register.simple_tag
def competency_rows(lines: Sequence[Line], address: str) -> SafeString:
    """A row for each competency, every figure leading to the cells behind it; `address` is that of the team's cells."""
    language, begins = get_language(), plus(address, "competency=")
    row = _row_of_competency(language)
    return format_html_join("", row, (_competency(line, begins, language) for line in lines))


@lru_cache
def _row_of_competency(_language: str | None) -> str:
    return _row(_CODED, _OPENED, _OF_COMPETENCY)


def _row(titled: str, figure: str, columns: Iterable[tuple[Any, str]]) -> str:
    """A row in the reader's language, with places for what a line fills in; escaped, but for those places."""
    figures = (
        figure.format(loud="" if place else " loud", label=escape(words), state=state, place=_FIRST + place)
        for place, (words, state) in enumerate(columns)
    )
    return "".join([_HEAD, titled, _BAR, *figures, "</tr>"])


def _competency(line: Line, begins: str, language: str | None) -> tuple[str, ...]:
    measures = line.measures
    return (
        begins + quote_plus(line.code),
        line.code,
        line.title,
        balance_in(language, counts_of(measures)),
        _percent(measures.verified_coverage, language),
        _percent(measures.coverage, language),
        _number(measures.gap, language),
        _number(measures.expired, language),
        _number(measures.not_assessed, language),
        _holders(measures.holders, language),
    )


# The same few figures come again in every table: written once, with what else there is to writing one in HTML.
@lru_cache(maxsize=4096)
def _percent(share: float | None, _language: str | None) -> SafeString:
    return escape(percent(share))


@lru_cache(maxsize=4096)
def _number(value: int, _language: str | None) -> SafeString:
    return escape(number(value))


@lru_cache(maxsize=4096)
def _holders(count: int, _language: str | None) -> SafeString:
    """How many hold a competency; nobody and one alone are flagged, since then the team has no second one."""
    if count > 1:
        return escape(number(count))
    return format_html(_FLAG, "" if count else " none", gettext("only 1") if count else gettext("nobody"))


@register.simple_tag
def line_table(what: str, lines: Sequence[Line], address: str, facet: str, day: str = "") -> SafeString:
    """A table of lines under the heading `what`, each leading to the cells that `facet` chooses.

    Without a facet the lines are teams, and lead to the page of each on the day, whose query `day` is.
    """
    language = get_language()
    head, row = _parts_of_lines(language)
    begins = plus(address, f"{facet}=") if facet else ""
    rows = format_html_join("", row, (_line(line, begins, day, language) for line in lines))
    return format_html(head, what, rows)


@lru_cache
def _parts_of_lines(_language: str | None) -> tuple[str, str]:
    """The table with places for its heading and its rows, and a row."""
    words = [gettext("Balance"), *(str(words) for words, _ in _OF_LINE)]
    return format_html(_TABLE, SafeString("{}"), *words, SafeString("{}")), _row(_TITLED, _FIGURE, _OF_LINE)


def _line(line: Line, begins: str, day: str, language: str | None) -> tuple[str, ...]:
    measures = line.measures
    return (
        begins + quote_plus(line.code) if begins else team_address("team", line.code) + day,
        line.code,
        line.title,
        balance_in(language, counts_of(measures)),
        _percent(measures.verified_coverage, language),
        _percent(measures.coverage, language),
        _number(line.people, language),
    )
