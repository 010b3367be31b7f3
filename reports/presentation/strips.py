"""How somebody's level moved: a strip of bars, as high as the level held, with a line at the level required."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from reports.presentation.marks import mark_of
from reports.queries import Piece, Strip
from reports.standings import State

#: Pixels: of a whole strip, of one level in it, and of a state that holds no level.
HEIGHT, STEP, FLAT = 32, 7, 4

_FILLS = {State.GAP: "gap", State.EXPIRED: "expired", State.NOT_ASSESSED: "unknown"}


@dataclass(frozen=True)
class Axis:
    """The days of a strip, `[begins, ends)`, as shares of its width."""

    begins: date
    ends: date

    def at(self, day: date) -> str:
        return self._share((day - self.begins).days)

    def width(self, piece: Piece) -> str:
        return self._share((piece.until_on - piece.from_on).days)

    def years(self) -> list[str]:
        """Where the years begin that do so within."""
        first = self.begins.year + (self.begins != self.begins.replace(month=1, day=1))
        last = (self.ends - timedelta(days=1)).year
        return [self.at(date(year, 1, 1)) for year in range(first, last + 1)]

    def _share(self, days: int) -> str:
        return f"{days * 100 / (self.ends - self.begins).days:.3f}%"


def strip_of(strip: Strip, axis: Axis) -> SafeString:
    """The strip as SVG, as wide as its place; in words it says every stretch."""
    return format_html(
        '<svg class="strip" width="100%" height="{}" role="img" aria-label="{}">{}{}{}'
        '<rect class="ground" y="{}" width="100%" height="1"/></svg>',
        HEIGHT,
        _words(strip),
        format_html_join("", '<rect class="year" x="{}" width="1" height="100%"/>', ((x,) for x in axis.years())),
        format_html_join(
            "",
            '<rect class="{}" fill="{}" x="{}" width="{}" y="{}" height="{}"/>',
            (_bar(piece, axis) for piece in strip.pieces),
        ),
        format_html_join(
            "",
            '<rect class="asked" x="{}" width="{}" y="{}" height="2"/>',
            (
                (axis.at(piece.from_on), axis.width(piece), HEIGHT - 2 - piece.required * STEP)
                for piece in strip.pieces
                if piece.required and piece.state != State.EXEMPT
            ),
        ),
        HEIGHT - 1,
    )


def _bar(piece: Piece, axis: Axis) -> tuple[object, ...]:
    height = _height(piece)
    return _name(piece), _fill(piece), axis.at(piece.from_on), axis.width(piece), HEIGHT - 1 - height, height


def _name(piece: Piece) -> str:
    if piece.state == State.MET:
        return "verified" if piece.verified else "claimed"
    return {State.EXEMPT: "exempt", State.NOT_REQUIRED: "surplus"}.get(piece.state) or _FILLS[piece.state]


def _fill(piece: Piece) -> str:
    return "none" if piece.state in {State.EXEMPT, State.NOT_REQUIRED} else f"url(#fill-{_name(piece)})"


def _height(piece: Piece) -> int:
    """As high as the level; what is not known, or excused, lies flat."""
    held = 0 if piece.level is None or piece.state == State.EXEMPT else piece.level
    return max(held * STEP, FLAT)


def _words(strip: Strip) -> str:
    """Every stretch in a sentence, for those who do not see the bars."""
    return " ".join(
        gettext("From %(day)s: %(mark)s.")
        % {
            "day": date_format(piece.from_on, "SHORT_DATE_FORMAT"),
            "mark": mark_of(
                state=piece.state, level=piece.last_level, required=piece.required, verified=piece.verified
            ).words,
        }
        for piece in strip.pieces
    )
