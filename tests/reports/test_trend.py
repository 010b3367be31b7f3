"""The trend of a team: the totals of its report on every day of a series, drawn, tabled and put into words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test.html import parse_html

from reports.measures import Measures
from reports.models import Standing
from reports.queries import Trend, TrendPoint, months, months_ahead, team_report, trend, trends
from reports.queries.trend import months_later, series
from reports.templatetags.sentences import outlook_sentence, trend_sentence
from roles.models import MatrixVersion, Team
from tests.organisation import OrganisationFiles

from .awkward import AHEAD, TODAY
from .awkward import demo as demo  # noqa: PLC0414 - a fixture
from .expected import Expected
from .pages import having, links, page_of, text
from .sizes import queries_of, two_teams

LONG_AGO = date(1999, 12, 31)


def borders(count: int) -> list[date]:
    """Days on which standings begin and end, and the days before."""
    days = set(Standing.objects.values_list("from_on", flat=True).order_by("from_on").distinct()[::11][:count])
    days |= set(Standing.objects.values_list("until_on", flat=True).order_by("until_on").distinct()[::13][:count])
    known = {day for day in days if day < date(2100, 1, 1)}
    return sorted(known | {day - timedelta(days=1) for day in known} | {LONG_AGO, TODAY, AHEAD, date(2999, 1, 1)})


# Figures.


def test_a_trend_is_the_totals_of_the_report_on_each_of_its_days(demo: Team) -> None:
    days = borders(12)
    assert len(days) > 30
    for team in [demo, *Team.objects.exclude(parent=None).order_by("path")[:6]]:
        found = trend(team=team, days=days)
        assert [point.day for point in found.points] == days
        for point in found.points:
            assert point.totals.as_dict() == team_report(team=team, as_of=point.day).totals.as_dict(), point.day


def test_a_trend_is_what_the_contract_defines(demo: Team) -> None:
    for day in (TODAY - timedelta(days=300), TODAY, AHEAD):
        [point] = trend(team=demo, days=[day]).points
        expected = Expected(demo, day).report()["totals"]
        assert point.totals.as_dict() == {name: expected[name] for name in point.totals.as_dict()}


def test_trends_of_teams_that_lie_in_one_another_are_those_of_each(demo: Team) -> None:
    teams = list(Team.objects.order_by("path")[:4])
    days = [LONG_AGO, TODAY, AHEAD]
    found = trends(teams=teams, days=days)
    assert list(found) == [team.pk for team in teams]
    for team in teams:
        alone = trend(team=team, days=days)
        assert [point.totals.as_dict() for point in found[team.pk].points] == [
            point.totals.as_dict() for point in alone.points
        ]
    assert trends(teams=[], days=days) == {}


def test_a_trend_takes_four_queries_however_many_days_and_teams(demo: Team, django_assert_num_queries: Any) -> None:
    for teams in (list(Team.objects.all()), list(Team.objects.filter(children=None)[:1])):
        for days in ([TODAY], borders(20)):
            with django_assert_num_queries(4):
                trends(teams=teams, days=days)


@pytest.mark.parametrize("days", [[], [TODAY, TODAY], [AHEAD, TODAY]], ids=["none", "twice", "backwards"])
def test_the_days_of_a_trend_stand_in_their_order(db: None, days: list[date]) -> None:
    with pytest.raises(ValueError, match="order"):
        trend(team=Team(path="1"), days=days)


def test_the_versions_of_a_trend_are_the_published_ones_that_took_effect_within_it(demo: Team) -> None:
    spring, winter = (MatrixVersion.objects.get(code=code).effective_from for code in ("spring", "winter"))
    MatrixVersion.objects.create(code="draft", effective_from=TODAY)
    for first, last, codes in (
        (spring, winter, ["spring", "winter"]),
        (spring + timedelta(days=1), winter, ["winter"]),
        (spring, winter - timedelta(days=1), ["spring"]),
    ):
        assert [version.code for version in trend(team=demo, days=[first, last]).versions] == codes


# Days.


@pytest.mark.parametrize(
    ("until", "count", "days"),
    [
        pytest.param("2026-03-15", 2, ["2026-01-15", "2026-02-01", "2026-03-01", "2026-03-15"], id="within a month"),
        pytest.param("2026-03-01", 2, ["2026-01-01", "2026-02-01", "2026-03-01"], id="on a first"),
        pytest.param("2026-03-31", 1, ["2026-02-28", "2026-03-01", "2026-03-31"], id="a day that February lacks"),
        pytest.param("2026-01-31", 0, ["2026-01-31"], id="none"),
        pytest.param("0001-02-10", 3, ["0001-01-01", "0001-02-01", "0001-02-10"], id="at the beginning of time"),
    ],
)
def test_a_series_of_months_ends_on_the_day(until: str, count: int, days: list[str]) -> None:
    assert [day.isoformat() for day in months(date.fromisoformat(until), count)] == days


@pytest.mark.parametrize(
    ("since", "count", "days"),
    [
        pytest.param("2026-11-24", 2, ["2026-12-01", "2027-01-01", "2027-01-24"], id="over the new year"),
        pytest.param(
            "2026-08-31",
            6,
            [*(f"2026-{month}-01" for month in ("09", "10", "11", "12")), "2027-01-01", "2027-02-01", "2027-02-28"],
            id="a day that February lacks",
        ),
        pytest.param("9999-12-30", 6, [], id="at the end of time"),
        pytest.param("9999-12-01", 6, ["9999-12-30"], id="shortly before the end of time"),
    ],
)
def test_the_months_ahead_begin_after_the_day(since: str, count: int, days: list[str]) -> None:
    assert [day.isoformat() for day in months_ahead(date.fromisoformat(since), count)] == days


def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert months_later(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert months_later(date(2026, 12, 15), -12) == date(2025, 12, 15)


@pytest.mark.parametrize(
    ("as_of", "first", "last", "with_today"),
    [
        (date(2026, 11, 24), date(2024, 11, 24), date(2027, 5, 24), True),
        (date(2026, 10, 24), date(2024, 10, 24), date(2026, 10, 24), False),
        (date(2027, 3, 5), date(2025, 3, 5), date(2027, 9, 5), True),
        (date(2040, 1, 5), date(2038, 1, 5), date(2040, 7, 5), False),
    ],
)
def test_a_series_goes_two_years_back_and_unless_the_day_is_past_half_a_year_on(
    as_of: date, first: date, last: date, with_today: bool
) -> None:
    today = date(2026, 11, 24)
    days = series(as_of=as_of, today=today)
    assert (days[0], days[-1], today in days) == (first, last, with_today)
    assert as_of in days
    assert days == sorted(set(days))


# Words.

NOW = date(2026, 11, 24)


@pytest.fixture
def moving(people: Any, files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch) -> Team:
    """The organisation, in which one person more meets a requirement during 2026, and a version comes; its root."""
    monkeypatch.setattr("reports.views.asking.localdate", lambda: NOW)
    files.add("results", ("R5", "S2", "C-1", 3, "exam", "2026-01-15", "2026-12-01", "", ""))
    files.add("matrix", ("v2", "2026-06-01", "ENG", "C-1", 3, 2), ("v2", "2026-06-01", "ENG", "C-2", 2, 1))
    files.as_import()
    return Team.objects.get(code="ORG")


def test_the_sentence_says_how_a_measure_moved_in_whole_months(moving: Team) -> None:
    found = trend(team=moving, days=months(NOW, 18))
    assert trend_sentence(found, NOW) == "Verified coverage rose from 25% to 38% in 18 months."
    assert trend_sentence(found, NOW, "coverage") == "Coverage with claims rose from 38% to 50% in 18 months."
    one = trend(team=moving, days=months(date(2027, 1, 1), 1))
    assert trend_sentence(one, date(2027, 1, 1)) == "Verified coverage is 25%, as it was 1 month before."


def test_the_sentence_begins_where_something_was_first_required(moving: Team) -> None:
    found = trend(team=moving, days=[date(2023, 1, 1), date(2024, 1, 1), date(2024, 2, 1), NOW])
    assert trend_sentence(found, NOW) == "Verified coverage rose from 0% on 1 January 2024 to 38%."


def test_the_sentence_leaves_out_what_lies_ahead(moving: Team) -> None:
    found = trend(team=moving, days=[date(2026, 1, 24), NOW, date(2026, 12, 24)])
    assert trend_sentence(found, NOW) == "Verified coverage is 38%, as it was 10 months before."
    assert (
        outlook_sentence(found, NOW)
        == "If nothing new is recorded, verified coverage falls from 38% to 25% by 24 December 2026."
    )
    assert outlook_sentence(found, date(2027, 1, 1)) == ""


def test_what_reads_the_same_has_not_moved() -> None:
    points = []
    for day, verified in ((date(2026, 10, 24), 421), (NOW, 422)):
        totals = Measures()
        totals.required, totals.met, totals.met_verified = 1000, 500, verified
        points.append(TrendPoint(day, totals))
    found = Trend(Team(), points, [])
    assert trend_sentence(found, NOW) == "Verified coverage is 42%, as it was 1 month before."


@pytest.mark.parametrize("days", [[NOW], [date(2023, 1, 1), date(2023, 2, 1)]], ids=["one day", "nothing required"])
def test_there_is_no_sentence_about_what_is_not_known(moving: Team, days: list[date]) -> None:
    assert trend_sentence(trend(team=moving, days=days), NOW) == ""


def test_a_sparkline_says_in_words_what_it_draws(moving: Team) -> None:
    found = trend(team=moving, days=months(NOW, 12))
    drawn = Template("{% load charts %}{% sparkline trend %}").render(Context({"trend": found}))
    [picture] = having(parse_html(drawn), "svg", role="img")
    words = dict(picture.attributes)["aria-label"]
    assert words == (
        "Verified coverage rose from 25% to 38% in 12 months. Coverage with claims rose from 38% to 50% in 12 months."
    )
    assert len(having(picture, "polyline")) == 2


# The page.


def value(element: Any, name: str) -> str:
    """What an attribute says; nothing where there is none."""
    return dict(element.attributes).get(name) or ""


def test_the_page_says_draws_and_lists_the_trend(reader: Any, moving: Team) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/trend/")
    assert text(having(page, "h2")[0]) == "Verified coverage rose from 25% to 38% in 24 months."
    assert "falls from 38% to 25% by 24 May 2027" in text(page)
    assert "/teams/ORG/forecast/?as_of=2027-05-24" in links(page)
    [body] = having(page, "tbody")
    shown = {text(having(row, "th")[0]): [text(cell) for cell in having(row, "td")] for row in having(body, "tr")}
    assert shown["24 November 2026"] == ["38%", "50%", "50%", "8", "1", "0", "3"]
    assert shown["1 December 2026 forecast"] == ["25%", "38%", "31%", "8", "1", "1", "3"]
    assert next(iter(shown)) == "24 May 2027 forecast"
    assert list(shown)[-1] == "24 November 2024"
    assert len(shown) == 24 + 2 + 7


def test_the_chart_has_three_lines_in_two_parts_with_the_days_that_matter(reader: Any, moving: Team) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/trend/")
    [chart] = [found for found in having(page, "div") if ("class", "chart") in found.attributes]
    lines = [group for group in having(chart, "g") if value(group, "class").startswith("line ")]
    assert [value(line, "class") for line in lines] == [
        "line line-verified",
        "line line-coverage",
        "line line-readiness",
    ]
    for line in lines:
        past, ahead = having(line, "polyline")
        assert (value(past, "class"), value(ahead, "class")) == ("", "forecast")
        assert value(past, "points").split()[-1] == value(ahead, "points").split()[0]
    marks = [text(found) for found in having(chart, "text", class_="mark-words")]
    assert marks == ["v2", "today"]
    assert "Matrix version v2 took effect on 1 June 2026." in text(page)
    assert [text(found) for found in having(chart, "tspan", class_="name")] == ["Verified", "Coverage", "Readiness"]


def test_where_nothing_was_required_the_lines_have_a_gap(reader: Any, moving: Team) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/trend/?as_of=2025-06-24")
    [chart] = [found for found in having(page, "div") if ("class", "chart") in found.attributes]
    starts = {value(piece, "points").split(",")[0] for piece in having(chart, "polyline")}
    assert "0" not in starts
    assert "–" in text(having(page, "tbody")[0])


def test_a_past_day_shows_no_forecast(reader: Any, moving: Team) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/trend/?as_of=2026-10-24")
    assert not having(page, "polyline", class_="forecast")
    assert "forecast" not in text(having(page, "tbody")[0])


def test_a_far_day_is_all_forecast(reader: Any, moving: Team) -> None:
    page = page_of(reader("administrator"), "/teams/ORG/trend/?as_of=2999-01-01")
    [chart] = [found for found in having(page, "div") if ("class", "chart") in found.attributes]
    lines = having(chart, "polyline")
    assert lines
    assert all(("class", "forecast") in line.attributes for line in lines)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30", "2023-01-01"])
def test_the_ends_of_the_calendar_and_days_without_requirements_can_be_asked_for(
    reader: Any, moving: Team, day: str
) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/trend/?as_of={day}")
    assert ("There is no trend to show" in text(page)) is (day < "2024")


def test_a_team_of_nobody_has_no_trend(reader: Any) -> None:
    page = page_of(reader("administrator"), "/teams/VOID/trend/")
    assert "There is no trend to show" in [text(heading) for heading in having(page, "h2")]
    assert not having(page, "polyline")


def test_the_fragment_is_the_trend_alone(reader: Any) -> None:
    answer = reader("manager").get("/teams/SEC/trend/", headers={"HX-Request": "true", "HX-Target": "trend"})
    assert b"<html" not in answer.content
    assert b"line-verified" in answer.content


@pytest.mark.parametrize(("who", "status"), [("manager", 404), ("staff", 404), ("stranger", 404), ("auditor", 200)])
def test_who_may_see_the_trend(reader: Any, who: str, status: int) -> None:
    assert reader(who).get("/teams/OPS/trend/").status_code == status


def test_a_bad_day_is_said_and_today_is_shown(reader: Any) -> None:
    page = page_of(reader("manager"), "/teams/SEC/trend/?as_of=someday", 400)
    assert "“someday” is not a day. Write it as YYYY-MM-DD." in text(page)
    assert having(page, "polyline")


def test_the_page_of_a_big_team_takes_as_many_queries(reader: Any, files: OrganisationFiles) -> None:
    two_teams(files)
    client = reader("manager")
    assert queries_of(client, "/teams/SMALL/trend/") == queries_of(client, "/teams/BIG/trend/")
