"""How figures look. Nothing is counted here: what is shown stands in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reports.measures import Measures, in_percent
from reports.presentation.marks import mark_of
from reports.queries import CareerCell, Line, PersonLine
from reports.standings import State

register = template.Library()

#: Stands where there is no figure; a share of nothing is not 0 %.
NO_FIGURE = "–"


@register.filter
def percent(share: float | None) -> str:
    """A share in whole percent. What is short of all, or more than nothing, never reads as all or nothing."""
    return NO_FIGURE if share is None else _percent(share, get_language())


@lru_cache(maxsize=4096)
def _percent(share: float, _language: str | None) -> str:
    sign, whole = in_percent(share)
    return gettext("%(sign)s%(number)s%%") % {"sign": sign, "number": whole}


@register.filter
def number(value: int | None) -> str:
    """A count, its thousands set apart as the language does it."""
    return NO_FIGURE if value is None else _number(value, get_language())


@lru_cache(maxsize=4096)
def _number(value: int, _language: str | None) -> str:
    return number_format(value, force_grouping=True)


class Part(NamedTuple):
    """One state of every balance: its name in the stylesheet, its words, its measure, and the state of its cells."""

    name: str
    words: Any
    measure: str
    state: str


#: In the order of every balance.
PARTS = (
    Part("verified", _("Met, verified"), "met_verified", "verified"),
    Part("claimed", _("Met, claimed"), "met_claimed", "claimed"),
    Part("gap", _("Gap"), "gap", "gap"),
    Part("expired", _("Expired"), "expired", "expired"),
    Part("unknown", _("Not assessed"), "not_assessed", "not_assessed"),
)


@register.simple_tag
def balance(measures: Measures) -> SafeString:
    """The bar of five states, always in the same order."""
    return balance_in(get_language(), counts_of(measures))


def counts_of(measures: Measures) -> tuple[int, ...]:
    """How many are in each of the states, in the order of PARTS."""
    known = measures
    return known.met_verified, known.met_claimed, known.gap, known.expired, known.not_assessed


@lru_cache(maxsize=4096)
def balance_in(_language: str | None, counts: tuple[int, ...]) -> SafeString:
    """The bar as SVG, kept: the same counts come again in every table of a report."""
    if not any(counts):
        return format_html('<span class="quiet">{}</span>', gettext("nothing required"))
    return format_html(
        '<svg class="balance" width="100%" role="img" aria-label="{}">{}</svg>', _in_words(counts), _drawn(counts)
    )


def _in_words(counts: tuple[int, ...]) -> str:
    words = gettext(
        "Of %(required)s required: %(verified)s met and verified, %(claimed)s met as claimed,"
        " %(gap)s gaps, %(expired)s expired, %(unknown)s not assessed"
    )
    named = {part.name: number(count) for part, count in zip(PARTS, counts, strict=True)}
    return words % {"required": number(sum(counts)), **named}


def _drawn(counts: tuple[int, ...]) -> SafeString:
    """The states that somebody is in, side by side, with a thin edge between them."""
    begins = [100 * begun / sum(counts) for begun in accumulate(counts, initial=0)]
    parts = [
        (f"{x:.3f}%", f"{end - x:.3f}%", part.name)
        for part, (x, end) in zip(PARTS, pairwise(begins), strict=True)
        if end > x
    ]
    edges = [(x,) for x, _, _ in parts[1:]]
    return format_html_join(
        "", '<rect x="{}" y="0" width="{}" height="100%" fill="url(#fill-{})"/>', parts
    ) + format_html_join("", '<rect class="edge" x="{}" y="0" width="1" height="100%"/>', edges)


#: What stands in the sign of a state that has no pattern.
_STROKES = {"exempt": "M4 7h6", "surplus": "M7 4v6M4 7h6"}


@register.simple_tag
@cache
def sign(name: str) -> SafeString:
    """The small square of a state, by its name in the stylesheet, filled as in a balance."""
    stroke = _STROKES.get(name)
    fill = format_html(' fill="url(#fill-{})"', name) if stroke is None else ""
    return format_html(
        '<svg class="sign sign-{}" width="14" height="14" aria-hidden="true" focusable="false">'
        '<rect x=".5" y=".5" width="13" height="13" rx="2"{}/>{}</svg>',
        name,
        fill,
        format_html('<path d="{}"/>', stroke) if stroke else "",
    )


@register.simple_tag
def legend(measures: Measures, address: str = "") -> SafeString:
    """The five states in words, with how many are in each; with an address, each leads to its cells."""
    lines = _legend(get_language(), opened=bool(address))
    return format_html(lines, *map(number, counts_of(measures)), cells=plus(address, ""))


@lru_cache
def _legend(_language: str | None, *, opened: bool) -> str:
    """The legend in the reader's language, with places for the counts and the address."""
    words = '<a href="{{cells}}state={2}">{1}</a>' if opened else "{1}"
    line = "<li>{0}" + words + " <b>{{{3}}}</b></li>"
    lines = [(sign(part.name), str(part.words), part.state, place) for place, part in enumerate(PARTS)]
    return format_html('<ul class="legend">{}</ul>', format_html_join("", line, lines))


@register.filter
def plus(address: str, parameters: str) -> str:
    """The address with more parameters behind it, `name=value&...` as they stand in a template."""
    return f"{address}{'&' if '?' in address else '?'}{parameters}"


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
    """A person's lines by what is to be done: gaps, then what expired, then what nobody assessed, then the rest.

    Among these the widest and heaviest first, and what is about to be lost.
    """
    order = list(_STATES)
    return sorted(lines, key=lambda line: (order.index(line.state), -line.deficit, -(line.weight or 0), not line.loses))


@register.inclusion_tag("reports/_state.html")
def state(line: PersonLine | CareerCell) -> dict[str, Any]:
    """How somebody stands in a competency, as a sign and in words."""
    name, words = _STATES[line.state]
    if line.state == State.MET and not line.verified:
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
