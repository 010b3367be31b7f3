"""How figures move from one day to another, in whole sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from reports.queries import Forecast, Trend
from reports.queries.forecast import Afterwards
from reports.queries.trend import TrendPoint, months_later
from reports.standings import State
from reports.templatetags.figures import percent

register = template.Library()

Sentences = Mapping[int, Any]

# Each for what fell (-1), stayed (0) and rose (1), as far as it can be read off the shown percentages.
_IN_MONTHS: Mapping[str, Sentences] = {
    "verified_coverage": {
        -1: ngettext_lazy(
            "Verified coverage fell from %(before)s to %(after)s in %(count)s month.",
            "Verified coverage fell from %(before)s to %(after)s in %(count)s months.",
            "count",
        ),
        0: ngettext_lazy(
            "Verified coverage is %(after)s, as it was %(count)s month before.",
            "Verified coverage is %(after)s, as it was %(count)s months before.",
            "count",
        ),
        1: ngettext_lazy(
            "Verified coverage rose from %(before)s to %(after)s in %(count)s month.",
            "Verified coverage rose from %(before)s to %(after)s in %(count)s months.",
            "count",
        ),
    },
    "coverage": {
        -1: ngettext_lazy(
            "Coverage with claims fell from %(before)s to %(after)s in %(count)s month.",
            "Coverage with claims fell from %(before)s to %(after)s in %(count)s months.",
            "count",
        ),
        0: ngettext_lazy(
            "Coverage with claims is %(after)s, as it was %(count)s month before.",
            "Coverage with claims is %(after)s, as it was %(count)s months before.",
            "count",
        ),
        1: ngettext_lazy(
            "Coverage with claims rose from %(before)s to %(after)s in %(count)s month.",
            "Coverage with claims rose from %(before)s to %(after)s in %(count)s months.",
            "count",
        ),
    },
}
_SINCE: Mapping[str, Sentences] = {
    "verified_coverage": {
        -1: _("Verified coverage fell from %(before)s on %(first)s to %(after)s."),
        0: _("Verified coverage is %(after)s, as it was on %(first)s."),
        1: _("Verified coverage rose from %(before)s on %(first)s to %(after)s."),
    },
    "coverage": {
        -1: _("Coverage with claims fell from %(before)s on %(first)s to %(after)s."),
        0: _("Coverage with claims is %(after)s, as it was on %(first)s."),
        1: _("Coverage with claims rose from %(before)s on %(first)s to %(after)s."),
    },
}
_AHEAD: Mapping[str, Sentences] = {
    "verified_coverage": {
        -1: _("If nothing new is recorded, verified coverage falls from %(before)s to %(after)s by %(last)s."),
        0: _("If nothing new is recorded, verified coverage stays at %(after)s until %(last)s."),
        1: _("If nothing new is recorded, verified coverage rises from %(before)s to %(after)s by %(last)s."),
    },
    "coverage": {
        -1: _("If nothing is done, coverage falls from %(before)s to %(after)s by %(last)s."),
        0: _("If nothing is done, coverage stays at %(after)s until %(last)s."),
        1: _("If nothing is done, coverage rises from %(before)s to %(after)s by %(last)s."),
    },
}
_FALLS_BECAUSE = ngettext_lazy(
    "If nothing is done, coverage falls from %(before)s to %(after)s by %(last)s, because this result expires.",
    "If nothing is done, coverage falls from %(before)s to %(after)s by %(last)s,"
    " because these %(count)s results expire.",
    "count",
)
_FALLS_SINCE_SOME = ngettext_lazy(
    "If nothing is done, coverage falls from %(before)s to %(after)s by %(last)s, because %(count)s result expires"
    " without which a requirement is not met.",
    "If nothing is done, coverage falls from %(before)s to %(after)s by %(last)s, because %(count)s results expire"
    " without which requirements are not met.",
    "count",
)
_BETWEEN: Sentences = {
    -1: _("Coverage fell from %(before)s on %(first)s to %(after)s on %(last)s."),
    0: _("Coverage was %(after)s on %(first)s and on %(last)s."),
    1: _("Coverage rose from %(before)s on %(first)s to %(after)s on %(last)s."),
}


@register.simple_tag
def trend_sentence(trend: Trend, today: date, measure: str = "verified_coverage") -> str:
    """How a measure came to what it is today, or on the last day of the trend; empty where there is nothing to say."""
    past = [point for point in trend.points if point.day <= today and getattr(point.totals, measure) is not None]
    if len(past) < 2:  # noqa: PLR2004
        return ""
    first, last = past[0].day, past[-1].day
    months = (last.year - first.year) * 12 + last.month - first.month
    sentences = _IN_MONTHS if months and months_later(last, -months) == first else _SINCE
    return _said(sentences[measure], past[0], past[-1], measure, count=months)


@register.simple_tag
def outlook_sentence(trend: Trend, today: date) -> str:
    """What verified coverage comes to by the end of the trend if nothing is recorded; empty if nothing lies ahead."""
    measure = "verified_coverage"
    known = [point for point in trend.points if getattr(point.totals, measure) is not None]
    past = [point for point in known if point.day <= today]
    if not known or known[-1].day <= today:
        return ""
    return _said(_AHEAD[measure], (past[-1:] or known)[0], known[-1], measure)


@register.simple_tag
def forecast_sentence(forecast: Forecast, today: date) -> str:
    """How coverage moves by the day of the forecast, and, where expiring results alone move it, that they do.

    Empty where nothing is required on one of the days.
    """
    before, after = TrendPoint(forecast.today, forecast.before), TrendPoint(forecast.as_of, forecast.after)
    if forecast.before.coverage is None or forecast.after.coverage is None:
        return ""
    expiring = forecast.expiring
    sentences: Sentences = _BETWEEN if forecast.as_of <= today else _AHEAD["coverage"]
    if forecast.as_of > today and expiring.taken_away and not forecast.causes:
        because = _FALLS_BECAUSE if expiring.taken_away == expiring.total else _FALLS_SINCE_SOME
        sentences = {**sentences, -1: because}
    return _said(sentences, before, after, "coverage", count=expiring.taken_away)


@register.filter
def effect_on(afterwards: Afterwards, before: State) -> str:
    """What comes of a cell whose result expires, where no requirement stops being met."""
    if afterwards.state == State.NOT_REQUIRED:
        return gettext("no longer required")
    if afterwards.state == State.EXEMPT:
        return gettext("exempt by then")
    if afterwards.state != State.MET:
        return gettext("not met before")
    if before != State.MET:
        return gettext("met by then")
    return gettext("still met") if afterwards.verified else gettext("still met, as claimed")


def _said(sentences: Sentences, before: TrendPoint, after: TrendPoint, measure: str, *, count: int = 0) -> str:
    """The sentence for how the shown percentage moves: what reads the same has not moved."""
    earlier, later = getattr(before.totals, measure), getattr(after.totals, measure)
    moved = 0 if percent(earlier) == percent(later) else -1 if later < earlier else 1
    words = {
        "before": percent(earlier),
        "after": percent(later),
        "first": date_format(before.day),
        "last": date_format(after.day),
        "count": count,
    }
    return str(sentences[moved] % words)
