"""Where the parts of a chart stand. No words, no colours and no figures of its own: shares in, places out.

What runs across is in hundredths of the width, which is not known here, and what runs down is in pixels, which are.
Lines alone are drawn in hundredths of both, since they are stretched to the width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import NamedTuple

#: The height of the area in which lines are drawn, and of a row of words above it.
HEIGHT, ROW = 220, 18
#: How far apart labels at the ends of lines stay, and how wide a label of a day is taken to be.
APART, WIDE = 19, 22
#: The shares with a line across.
GRID = (1.0, 0.75, 0.5, 0.25, 0.0)
#: Of the range of shares, at least so much is shown in a small chart, so that a ripple does not look like a storm.
LEAST_RANGE = 0.4

Shares = Sequence[float | None]


class Line(NamedTuple):
    """A line in pieces, each the points of an SVG polyline: up to today, and ahead. `end` is where its label stands."""

    name: str
    past: list[str]
    ahead: list[str]
    end: float | None


class Across(NamedTuple):
    """A line across at a share."""

    share: float
    y: float


class Tick(NamedTuple):
    """The first of a quarter; `year` where the year begins."""

    day: date
    x: float
    year: bool


class Mark(NamedTuple):
    """A day to be pointed at, by its number in the order given; its words stand at `y`, in a row of their own."""

    number: int
    x: float
    y: float
    anchor: str


class Reading(NamedTuple):
    """The stretch around a day in which a pointer reads its figures, by the day's number."""

    number: int
    x: float
    width: float


@dataclass(frozen=True)
class LineChart:
    """Lines over days, in an area below `top`. `ahead` is where today is passed, None if it is not."""

    lines: list[Line]
    grid: list[Across]
    ticks: list[Tick]
    marks: list[Mark]
    readings: list[Reading]
    ahead: float | None
    top: int
    height: int

    @property
    def bottom(self) -> int:
        """Where the area ends."""
        return self.top + self.area

    @property
    def area(self) -> int:
        """How high the area is."""
        return HEIGHT

    @property
    def ahead_width(self) -> float:
        """How wide the part is that lies past today."""
        return 0.0 if self.ahead is None else round(100 - self.ahead, 2)


def line_chart(*, days: Sequence[date], lines: Mapping[str, Shares], today: date, marks: Sequence[date]) -> LineChart:
    """A chart of shares from 0 to 1, by name, on days that stand in their order; where a share is None, a gap.

    Its marks are for these days, and after them for today where days follow it.
    """
    within = [*marks, today] if days[0] <= today < days[-1] else list(marks)
    rows = _rows([_x(day, days) for day in within])
    top = ROW * len(set(rows)) + ROW // 2
    ends = _apart([_end(shares, top) for shares in lines.values()], top)
    return LineChart(
        lines=[
            Line(
                name,
                _pieces(days, shares, lambda day: day <= today),
                _pieces(days, shares, lambda day: day >= today),
                end,
            )
            for (name, shares), end in zip(lines.items(), ends, strict=True)
        ],
        grid=[Across(share, top + (1 - share) * HEIGHT) for share in GRID],
        ticks=_ticks(days),
        marks=[
            Mark(number, _x(day, days), ROW * (rows[number] + 1) - ROW / 3, _anchor(_x(day, days)))
            for number, day in enumerate(within)
        ],
        readings=_readings(days),
        ahead=_x(max(today, days[0]), days) if today < days[-1] else None,
        top=top,
        height=top + HEIGHT + ROW + ROW // 2,
    )


def small_lines(*, days: Sequence[date], lines: Mapping[str, Shares]) -> list[Line]:
    """The lines of a chart without words, in hundredths of its width and height, over the range that they take."""
    known = [share for shares in lines.values() for share in shares if share is not None]
    low, high = _range(known) if known else (0.0, 1.0)
    return [
        Line(name, _pieces(days, [_scaled(share, low, high) for share in shares], lambda _: True), [], None)
        for name, shares in lines.items()
    ]


def _x(day: date, days: Sequence[date]) -> float:
    """How far across a day lies, in hundredths."""
    whole = (days[-1] - days[0]).days
    return round(100 * (day - days[0]).days / whole, 2) if whole else 0.0


def _pieces(days: Sequence[date], shares: Shares, wanted: Callable[[date], bool]) -> list[str]:
    """The wanted days of a line as polylines, one for each run of days with a share.

    A day alone is its point twice, which a round cap makes a dot.
    """
    found = []
    points = [(day, share) for day, share in zip(days, shares, strict=True) if wanted(day)]
    for known, run in groupby(points, lambda point: point[1] is not None):
        if known:
            places = [f"{_x(day, days):g},{round(100 * (1 - (share or 0)), 2):g}" for day, share in run]
            found.append(" ".join(places * 2 if len(places) == 1 else places))
    return found


def _end(shares: Shares, top: int) -> float | None:
    """Where the last share lies that is known."""
    last = next((share for share in reversed(shares) if share is not None), None)
    return None if last is None else top + (1 - last) * HEIGHT


def _apart(ends: Sequence[float | None], top: int) -> list[float | None]:
    """The ends, moved as little as it takes for labels to stand apart and inside the area."""
    order = sorted((end, number) for number, end in enumerate(ends) if end is not None)
    places: list[float] = []
    for end, _ in order:
        places.append(max(end, places[-1] + APART) if places else end)
    limit = float(top + HEIGHT)
    for index in reversed(range(len(places))):
        places[index] = min(places[index], limit)
        limit = places[index] - APART
    found: list[float | None] = [None] * len(ends)
    for (_, number), place in zip(order, places, strict=True):
        found[number] = round(place, 1)
    return found


def _ticks(days: Sequence[date]) -> list[Tick]:
    """The firsts of January, April, July and October that lie within the days."""
    firsts = [date(year, month, 1) for year in range(days[0].year, days[-1].year + 1) for month in range(1, 13, 3)]
    inside = [day for day in firsts if days[0] <= day <= days[-1]]
    return [Tick(day, _x(day, days), day.month == 1) for day in inside]


def _anchor(x: float) -> str:
    """The end of words at which they are held, so that they stay inside."""
    return "end" if x > 100 - WIDE else "start"


def _rows(places: Sequence[float]) -> list[int]:
    """For each label the row in which it stands: the highest one that has room for it."""
    taken: list[list[float]] = []
    rows = dict.fromkeys(range(len(places)), 0)
    for x, number in sorted((x, number) for number, x in enumerate(places)):
        begin = x - WIDE if _anchor(x) == "end" else x
        free = (row for row, begins in enumerate(taken) if all(abs(begin - other) >= WIDE for other in begins))
        rows[number] = next(free, len(taken))
        if rows[number] == len(taken):
            taken.append([])
        taken[rows[number]].append(begin)
    return list(rows.values())


def _readings(days: Sequence[date]) -> list[Reading]:
    """The width, shared out between the days: each has half the way to its neighbours."""
    places = [_x(day, days) for day in days]
    borders = [0.0, *((x + after) / 2 for x, after in pairwise(places)), 100.0]
    return [Reading(number, round(x, 2), round(end - x, 2)) for number, (x, end) in enumerate(pairwise(borders))]


def _range(known: Sequence[float]) -> tuple[float, float]:
    """What to show of the shares from 0 to 1: all that are known, and no less than the least range."""
    low, high = min(known), max(known)
    beyond = max(LEAST_RANGE - (high - low), 0) / 2
    low = max(min(low - beyond, 1 - LEAST_RANGE), 0.0)
    return low, min(max(high + beyond, low + LEAST_RANGE), 1.0)


def _scaled(share: float | None, low: float, high: float) -> float | None:
    return None if share is None else (share - low) / (high - low)
