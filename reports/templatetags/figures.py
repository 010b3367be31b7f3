"""How figures look. Nothing is counted here: what is shown stands in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reports.measures import Measures, in_percent
from reports.presentation.marks import mark_of
from reports.queries import Line, PersonLine
from reports.standings import State

register = template.Library()

#: Stands where there is no figure; a share of nothing is not 0 %.
NO_FIGURE = "–"


@register.filter
def percent(share: float | None) -> str:
    """A share in whole percent. What is short of all, or more than nothing, never reads as all or nothing."""
    if share is None:
        return NO_FIGURE
    sign, whole = in_percent(share)
    return gettext("%(sign)s%(number)s%%") % {"sign": sign, "number": whole}


@register.filter
def number(value: int | None) -> str:
    """A count, its thousands set apart as the language does it."""
    return NO_FIGURE if value is None else number_format(value, force_grouping=True)


@dataclass(frozen=True)
class Part:
    """One state of a balance: its name in the stylesheet, its words, how many, and where in the bar it lies."""

    name: str
    words: Any
    count: int
    x: str
    width: str


#: The order of every balance, with the measure that each part shows.
_PARTS = (
    ("verified", _("Met, verified"), "met_verified"),
    ("claimed", _("Met, claimed"), "met_claimed"),
    ("gap", _("Gap"), "gap"),
    ("expired", _("Expired"), "expired"),
    ("unknown", _("Not assessed"), "not_assessed"),
)


def _parts(measures: Measures) -> list[Part]:
    parts: list[Part] = []
    begun = 0
    for name, words, measure in _PARTS:
        count: int = getattr(measures, measure)
        of_bar = 100 / (measures.required or 1)
        parts.append(Part(name, words, count, f"{begun * of_bar:.3f}%", f"{count * of_bar:.3f}%"))
        begun += count
    return parts


@register.inclusion_tag("reports/_balance.html")
def balance(measures: Measures) -> dict[str, Any]:
    """The bar of five states, always in the same order."""
    return {"measures": measures, "parts": _parts(measures)}


@register.inclusion_tag("reports/_legend.html")
def legend(measures: Measures) -> dict[str, Any]:
    """The five states in words, with how many are in each."""
    return {"parts": _parts(measures)}


@register.filter
def worst_first(lines: Sequence[Line]) -> list[Line]:
    """The lines by coverage from below, then by verified coverage; where nothing is required, last."""

    def rank(line: Line) -> tuple[bool, float, float]:
        coverage = line.measures.coverage
        return coverage is None, coverage or 0, line.measures.verified_coverage or 0

    return sorted(lines, key=rank)


#: A person's states, what is to be done first.
_STATES = {
    State.GAP: ("gap", _("Gap")),
    State.EXPIRED: ("expired", _("Expired")),
    State.NOT_ASSESSED: ("unknown", _("Not assessed")),
    State.MET: ("verified", _("Met, verified")),
    State.EXEMPT: ("exempt", _("Exempt")),
    State.NOT_REQUIRED: ("surplus", pgettext_lazy("state of a competency", "Not required")),
}


@register.filter
def urgent_first(lines: Sequence[PersonLine]) -> list[PersonLine]:
    """A person's lines by what is to be done: gaps, then what expired, then what nobody assessed, then the rest."""
    order = list(_STATES)
    return sorted(lines, key=lambda line: order.index(line.state))


@register.inclusion_tag("reports/_state.html")
def state(line: PersonLine) -> dict[str, Any]:
    """How somebody stands in a competency, as a sign and in words."""
    name, words = _STATES[line.state]
    if line.state == State.MET and line.result is not None and not line.result.verified:
        name, words = "claimed", _("Met, claimed")
    return {"name": name, "words": words}


@register.filter
def named_in(level: int | None, scale: Mapping[int, str]) -> str:
    """What the scale calls a level."""
    return "" if level is None else scale.get(level, "")


@register.simple_tag
def mark(state: State, level: int | None, required: int | None, verified: bool | None) -> SafeString:
    """Somebody's level in a competency as a cell, with its words for those who do not see it."""
    shown = mark_of(state=State(state), level=level, required=required, verified=verified)
    return format_html(
        '<span class="cell {}" role="img" aria-label="{}" title="{}">{}<sub>{}</sub></span>',
        shown.classes,
        shown.words,
        shown.words,
        shown.text,
        shown.over,
    )
