"""Where the parts of a chart stand."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reports.presentation.charts import APART, HEIGHT, WIDE, LineChart, line_chart, small_lines

DAYS = [date(2026, 1, 1) + timedelta(days=10 * number) for number in range(11)]


def drawn(shares: list[float | None], *, today: date = DAYS[-1], marks: tuple[date, ...] = ()) -> LineChart:
    return line_chart(days=DAYS[: len(shares)], lines={"one": shares}, today=today, marks=marks)


def test_a_share_of_all_is_at_the_top_and_days_lie_as_far_apart_as_in_the_calendar() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 11), date(2026, 2, 10)]
    [line] = line_chart(days=days, lines={"one": [1.0, 0.0, 0.5]}, today=days[-1], marks=[]).lines
    assert line.past == ["0,0 25,100 100,50"]


def test_a_day_without_a_share_is_a_gap_and_one_alone_is_a_dot() -> None:
    [line] = drawn([0.5, None, 1.0, 1.0, None, 0.0]).lines
    assert line.past == ["0,50 0,50", "40,0 60,0", "100,100 100,100"]
    assert drawn([None, None]).lines[0] == ("one", [], [], None)


def test_what_lies_ahead_begins_where_the_past_ends() -> None:
    chart = drawn([0.0, 0.5, 1.0], today=DAYS[1])
    assert chart.lines[0].past == ["0,100 50,50"]
    assert chart.lines[0].ahead == ["50,50 100,0"]
    assert (chart.ahead, chart.ahead_width) == (50, 50)


def test_nothing_lies_ahead_of_the_last_day_and_all_of_it_before_the_first() -> None:
    assert drawn([0.0, 0.5], today=DAYS[1]).ahead is None
    beyond = drawn([0.0, 0.5], today=date(2025, 1, 1))
    assert (beyond.ahead, beyond.lines[0].past, beyond.marks) == (0, [], [])


def test_one_day_is_a_chart_too() -> None:
    assert drawn([0.5], today=DAYS[0]).lines[0].past == ["0,50 0,50"]


SHARES = st.integers(0, 10_000).map(lambda number: number / 10_000)


@given(st.lists(SHARES, min_size=1, max_size=6))
def test_labels_at_the_ends_stand_apart_inside_and_in_their_order(shares: list[float]) -> None:
    lines = {str(number): [share] for number, share in enumerate(shares)}
    chart = line_chart(days=DAYS[:1], lines=lines, today=DAYS[0], marks=[])
    ends = sorted((line.end or 0, -shares[int(line.name)]) for line in chart.lines)
    assert all(later - end >= APART - 0.2 for (end, _), (later, _) in pairwise(ends))
    assert ends[-1][0] <= chart.bottom + 0.1
    assert [share for _, share in ends] == sorted(share for _, share in ends)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8))
def test_words_of_marks_never_stand_on_one_another(offsets: list[int]) -> None:
    days = [DAYS[0] + timedelta(days=offset) for offset in offsets]
    chart = drawn([0.5] * 11, marks=tuple(days))
    places = [(mark.y, mark.x - WIDE if mark.anchor == "end" else mark.x) for mark in chart.marks]
    for number, (y, x) in enumerate(places):
        assert y < chart.top
        assert x >= 0 or chart.marks[number].anchor == "start"
        assert all(y != other_y or abs(x - other) >= WIDE for other_y, other in places[:number])


def test_quarters_are_named_and_years_set_apart() -> None:
    days = [date(2025, 11, 2), date(2026, 4, 1)]
    chart = line_chart(days=days, lines={}, today=days[-1], marks=[])
    assert [(tick.day, tick.year) for tick in chart.ticks] == [(date(2026, 1, 1), True), (date(2026, 4, 1), False)]


def test_a_pointer_reads_the_nearest_day_everywhere() -> None:
    readings = drawn([0.5, 0.5, 0.5]).readings
    assert [(reading.x, reading.width) for reading in readings] == [(0, 25), (25, 50), (75, 25)]


def test_the_lines_across_stand_at_quarters_of_the_height() -> None:
    chart = drawn([0.5])
    assert [across.y - chart.top for across in chart.grid] == [0, HEIGHT / 4, HEIGHT / 2, HEIGHT * 3 / 4, HEIGHT]


def test_small_lines_show_their_range_and_no_ripple_as_a_storm() -> None:
    [line] = small_lines(days=DAYS[:2], lines={"one": [0.5, 0.52]})
    low, high = (float(point.split(",")[1]) for point in line.past[0].split())
    assert 0 < low - high < 10
    [full] = small_lines(days=DAYS[:2], lines={"one": [0.2, 0.9]})
    assert full.past == ["0,100 100,0"]


@given(st.lists(st.none() | SHARES, min_size=1, max_size=11))
def test_small_lines_stay_inside(shares: list[float | None]) -> None:
    [line] = small_lines(days=DAYS[: len(shares)], lines={"one": shares})
    points = [float(number) for piece in line.past for point in piece.split() for number in point.split(",")]
    assert all(-0.01 <= number <= 100.01 for number in points)
