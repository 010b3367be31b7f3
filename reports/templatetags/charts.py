"""Charts, and what they say in words. Nothing is counted here: what is drawn stands in the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.forms import AsOfForm
from reports.forms.pages import CompareForm
from reports.measures import Measures, in_percent
from reports.presentation.charts import line_chart, small_lines
from reports.presentation.orders import ASCENDING
from reports.queries import Trend
from reports.queries.role_matrix import Family, RoleRow
from reports.queries.trend import TrendPoint
from reports.templatetags.figures import NO_FIGURE, number, percent, plus
from reports.templatetags.sentences import trend_sentence

register = template.Library()


class Drawn(NamedTuple):
    """A measure that is drawn as a line: its name in the stylesheet, and its words."""

    measure: str
    name: str
    words: Any


#: In the order of every legend.
LINES = (
    Drawn("verified_coverage", "verified", _("Verified")),
    Drawn("coverage", "coverage", _("Coverage")),
    Drawn("readiness", "readiness", _("Readiness")),
)
_BY_NAME = {line.name: line for line in LINES}


@register.simple_tag
def figure_link(cells: str, **choices: str) -> str:
    """The address of the cells behind a figure: `cells` is that of the team's cells on the day, and what chooses them.

    The choices are parameters of the page of cells: state, role, competency, threat, dimension, stage.
    """
    return plus(cells, urlencode(choices))


@register.inclusion_tag("reports/_trend_chart.html")
def trend_chart(trend: Trend, today: date) -> dict[str, Any]:
    """Coverage, verified coverage and readiness as lines over the days of the trend."""
    points = trend.points
    chart = line_chart(
        days=[point.day for point in points],
        lines={line.name: _shares(points, line) for line in LINES},
        today=today,
        marks=[version.effective_from for version in trend.versions],
    )
    last = points[-1].totals
    words = [*[version.code for version in trend.versions], gettext("today")]
    return {
        "chart": chart,
        "legend": LINES,
        "ends": [
            (line, _BY_NAME[line.name].words, percent(getattr(last, _BY_NAME[line.name].measure)))
            for line in chart.lines
            if line.end is not None
        ],
        "marks": [(mark, words[mark.number]) for mark in chart.marks],
        "readings": [(reading, _reading(points[reading.number])) for reading in chart.readings],
        "first": points[0].day,
        "last": points[-1].day,
    }


@register.inclusion_tag("reports/_sparkline.html")
def sparkline(trend: Trend) -> dict[str, Any]:
    """Coverage and verified coverage as small lines without words, and what they say for those who do not see them."""
    points = trend.points
    days = [point.day for point in points]
    said = [trend_sentence(trend, days[-1], line.measure) for line in LINES[:2]]
    return {
        "lines": small_lines(days=days, lines={line.name: _shares(points, line) for line in LINES[:2]}),
        "words": " ".join(filter(None, said)) or gettext("Too little is known for a trend."),
    }


#: How a cell of coverage is shaded, by the share that it stays below; from 1 on it is whole.
_SHADES = ((0.25, "covered-1"), (0.5, "covered-2"), (0.75, "covered-3"), (1.0, "covered-4"))


@register.inclusion_tag("reports/_coverage_key.html")
def coverage_key() -> dict[str, Any]:
    """What the shades of cells mean: verified coverage."""
    below = gettext("below %(share)s")
    words = [percent(0.0), *(below % {"share": percent(share)} for share, _ in _SHADES), percent(1.0)]
    return {"shades": [(f"covered-{number}", word) for number, word in enumerate(words)]}


@register.simple_tag
def role_cells(row: RoleRow, families: Sequence[Family], cells: str) -> SafeString:
    """The cells of one role, each leading to the people who fall short of what the role requires."""
    lines = iter(row.cells)
    found: list[SafeString] = []
    for family in families:
        for place, (code, _title) in enumerate(family.competencies):
            line, first = next(lines), "first" if place == 0 else ""
            if line is None:
                found.append(format_html('<td class="nothing {}"></td>', first))
            else:
                found.append(coverage_cell(line.measures, cells, row.line.code, code, first))
    return format_html_join("", "{}", ((cell,) for cell in found))


@register.simple_tag
def coverage_cell(measures: Measures, cells: str, role: str, competency: str = "", name: str = "") -> SafeString:
    """A cell of a table that shows verified coverage, coverage, and how many people meet it of how many."""
    verified, coverage = percent(measures.verified_coverage), percent(measures.coverage)
    met, required = number(measures.met), number(measures.required)
    words = gettext("verified coverage %(verified)s, coverage %(coverage)s, %(met)s of %(required)s met")
    chosen = {"role": role, "competency": competency, "state": "short"}
    return format_html(
        '<td class="{} {}" data-label="{}"><a href="{}" aria-label="{}">'
        "<b>{}</b> <span>{}</span> <small>{}</small></a></td>",
        name,
        _shade(measures.verified_coverage),
        competency or gettext("All"),
        plus(cells, urlencode({key: value for key, value in chosen.items() if value})),
        words % {"verified": verified, "coverage": coverage, "met": met, "required": required},
        _bare(measures.verified_coverage),
        _bare(measures.coverage),
        f"{met}/{required}",
    )


def _shade(share: float | None) -> str:
    if not share:
        return "covered-0" if share == 0 else "covered-none"
    return next((name for below, name in _SHADES if share < below), "covered-5")


def _bare(share: float | None) -> str:
    """A share in whole percent without the sign, for where there is room for a number alone."""
    return NO_FIGURE if share is None else "{0.sign}{0.number}".format(in_percent(share))


@register.filter
def short_of(measures: Measures) -> int:
    """How many of the requirements are not met, for whichever reason."""
    return measures.required - measures.met


class Order(NamedTuple):
    """A heading that leads to a table in its order: `direction` in the words of aria-sort, `now` if it stands so."""

    words: Any
    query: str
    direction: str
    now: bool


@register.simple_tag
def orders(asked: CompareForm, form: AsOfForm) -> list[Order]:
    """The orders in which teams can stand, each keeping the day."""
    day = {} if form.day == form.today else {"as_of": form.day.isoformat()}
    return [
        Order(
            words,
            "?" + urlencode({**day, "sort": name}),
            "ascending" if name in ASCENDING else "descending",
            asked.order == name,
        )
        for name, words in asked.ORDERS.items()
    ]


def _shares(points: Sequence[TrendPoint], line: Drawn) -> list[float | None]:
    return [getattr(point.totals, line.measure) for point in points]


def _reading(point: TrendPoint) -> str:
    """The figures of one day, as a pointer reads them."""
    totals = point.totals
    words = gettext("%(day)s: verified coverage %(verified)s, coverage %(coverage)s, readiness %(readiness)s")
    return words % {
        "day": date_format(point.day),
        "verified": percent(totals.verified_coverage),
        "coverage": percent(totals.coverage),
        "readiness": percent(totals.readiness),
    }
