"""Figures over REST: those of the reports, whoever asks and in whatever part."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from django.core.management import call_command

from assessments.models import AssessmentResult
from reports.api.rendering import FiguresRenderer
from reports.queries import heatmap, team_report, trend
from roles.models import Competency, MatrixVersion, Person, Team, Threat
from tests.organisation import AT
from tests.reports.pages import FUTURE, PAST

from .conftest import Calling
from .reading import API, told, wrong


@pytest.mark.parametrize("day", [PAST, FUTURE, "2020-01-01"])
@pytest.mark.parametrize("team", ["ORG", "SEC", "VOID"])
def test_gaps_are_the_report_of_the_command(calling: Calling, team: str, day: str) -> None:
    out = io.StringIO()
    call_command("gap_report", team, "--as-of", day, "--format", "json", stdout=out)
    assert told(calling("auditor"), f"teams/{team}/gaps/", as_of=day) == json.loads(out.getvalue())


def test_a_heatmap_has_a_row_for_each_person_and_a_cell_for_each_competency(calling: Calling) -> None:
    found = told(calling("manager"), "teams/SEC/heatmap/", as_of=PAST)
    assert (found["team"], found["as_of"], found["matrix_version"], found["people"]) == ("SEC", PAST, "v1", 3)
    assert found["columns"] == [
        {"competency": "C-1", "title": "Prompts & traps"},
        {"competency": "C-2", "title": "Risks"},
        {"competency": "C-3", "title": "Law"},
    ]
    rows = {row["employee_id"]: row for row in found["rows"]}
    assert (rows["S2"]["name"], rows["S2"]["roles"], rows["S2"]["deficit"]) == ("Name of S2", ["ENG"], 5)
    keys = ("competency", "required", "level", "verified", "state", "deficit")
    assert [tuple(cell[key] for key in keys) for cell in rows["S2"]["cells"]] == [
        ("C-1", 3, None, None, "not_assessed", 3),
        ("C-2", 2, 0, True, "gap", 2),
        ("C-3", None, None, None, "not_required", 0),
    ]
    assert rows["M1"]["cells"][2]["state"] == "exempt"
    assert rows["M1"]["cells"][2]["deficit"] == 0


@pytest.mark.parametrize("day", [PAST, FUTURE])
def test_the_deficits_of_a_heatmap_add_up_to_that_of_the_report(calling: Calling, day: str) -> None:
    rows = told(calling("auditor"), "teams/ORG/heatmap/", as_of=day)["rows"]
    report = team_report(team=Team.objects.get(code="ORG"), as_of=date.fromisoformat(day))
    assert sum(row["deficit"] for row in rows) == report.totals.deficit > 0
    assert sum(cell["deficit"] for row in rows for cell in row["cells"]) == report.totals.deficit


@pytest.mark.parametrize(
    ("parameters", "found", "columns"),
    [
        ({"role": "LEAD"}, ["M1"], ["C-3"]),
        ({"state": "gap"}, ["S2"], ["C-1", "C-2", "C-3"]),
        ({"competency": "C-2"}, ["S2", "M1", "S1"], ["C-2"]),
        ({"threat": "T-1"}, ["S2", "M1", "S1"], ["C-1"]),
        ({"dimension": "risk"}, ["S2", "M1", "S1"], ["C-2"]),
        ({"stage": "design"}, ["M1", "S1", "S2"], []),
    ],
)
def test_a_heatmap_is_chosen_from(
    calling: Calling, parameters: dict[str, str], found: list[str], columns: list[str]
) -> None:
    Threat.objects.create(code="T-1", title="Bad").competencies.add(Competency.objects.get(code="C-1"))
    answer = told(calling("manager"), "teams/SEC/heatmap/", as_of=PAST, **parameters)
    assert [row["employee_id"] for row in answer["rows"]] == found
    assert [column["competency"] for column in answer["columns"]] == columns


def test_the_pages_of_a_heatmap_are_those_of_the_query_and_end(calling: Calling) -> None:
    auditor, sizes = calling("auditor"), {"page_size": "2", "as_of": PAST}
    pages = [told(auditor, "teams/ORG/heatmap/", page=str(page), **sizes) for page in (1, 2, 3, 4, 1_000_000)]
    read = [row["employee_id"] for page in pages for row in page["rows"]]
    whole = heatmap(team=Team.objects.get(code="ORG"), as_of=date.fromisoformat(PAST))
    assert read == [row.employee_id for row in whole.rows]
    assert [len(page["rows"]) for page in pages] == [2, 2, 2, 0, 0]
    assert {page["people"] for page in pages} == {6}
    assert wrong(auditor, "teams/ORG/heatmap/", page="0").keys() == {"page"}
    assert wrong(auditor, "teams/ORG/heatmap/", page_size="1001").keys() == {"page_size"}


@pytest.mark.parametrize(
    ("every", "begin", "end", "days"),
    [
        ("month", "2026-01-31", "2026-04-30", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("quarter", "2025-11-30", "2026-03-01", ["2025-11-30", "2026-02-28"]),
        ("year", "2024-02-29", "2026-12-31", ["2024-02-29", "2025-02-28", "2026-02-28"]),
        ("week", "2026-03-01", "2026-03-15", ["2026-03-01", "2026-03-08", "2026-03-15"]),
        ("day", "2026-03-01", "2026-03-02", ["2026-03-01", "2026-03-02"]),
        ("day", "2026-03-01", "2026-03-01", ["2026-03-01"]),
        ("month", "9999-11-30", "9999-12-30", ["9999-11-30", "9999-12-30"]),
        ("year", "9999-12-29", "9999-12-30", ["9999-12-29"]),
        ("week", "0001-01-01", "0001-01-08", ["0001-01-01", "0001-01-08"]),
    ],
)
def test_the_days_of_a_trend_are_laid_from_the_first(
    calling: Calling, every: str, begin: str, end: str, days: list[str]
) -> None:
    found = told(calling("manager"), "teams/SEC/trend/", from_=begin, to=end, every=every)
    assert [point["as_of"] for point in found["days"]] == days


def test_a_trend_has_the_totals_of_each_day_and_the_versions_that_took_effect(calling: Calling) -> None:
    MatrixVersion.objects.create(code="v2", effective_from=date(2026, 3, 15), published_at=AT)
    found = told(calling("manager"), "teams/SEC/trend/", from_="2024-01-15", to="2026-12-15", every="quarter")
    team = Team.objects.get(code="SEC")
    days = [date.fromisoformat(point["as_of"]) for point in found["days"]]
    assert len(days) == 12
    assert [point["totals"] for point in found["days"]] == [
        point.totals.as_dict() for point in trend(team=team, days=days).points
    ]
    assert [point["totals"] for point in found["days"]] == [
        team_report(team=team, as_of=day).totals.as_dict() for day in days
    ]
    assert found["matrix_versions"] == [{"code": "v2", "effective_from": "2026-03-15"}]


def test_a_trend_goes_over_the_two_years_up_to_today_unless_it_is_told(calling: Calling) -> None:
    with mock.patch("reports.api.trend.localdate", return_value=date(2026, 11, 20)):
        found = told(calling("manager"), "teams/SEC/trend/")
    assert (found["every"], len(found["days"])) == ("month", 25)
    assert (found["days"][0]["as_of"], found["days"][-1]["as_of"]) == ("2024-11-20", "2026-11-20")


def test_a_trend_has_400_days_at_most(calling: Calling) -> None:
    auditor, begin = calling("auditor"), {"from_": "2026-01-01", "every": "day"}
    assert len(told(auditor, "teams/ORG/trend/", to="2027-02-04", **begin)["days"]) == 400
    assert wrong(auditor, "teams/ORG/trend/", to="2027-02-05", **begin).keys() == {"every"}
    assert wrong(auditor, "teams/ORG/trend/", from_="0001-01-01", to="9999-12-30").keys() == {"every"}
    assert wrong(auditor, "teams/ORG/trend/", from_="2026-02-01", to="2026-01-31").keys() == {"from"}
    assert wrong(auditor, "teams/ORG/trend/", every="fortnight").keys() == {"every"}


def test_standings_say_what_decided_each(calling: Calling) -> None:
    found = told(calling("staff"), "people/S1/standings/", as_of=PAST)
    assert (found["employee_id"], found["as_of"], found["matrix_version"]) == ("S1", PAST, "v1")
    assert found["policy"] == "latest_verified"
    assert (found["totals"]["required"], found["totals"]["met"], found["totals"]["met_verified"]) == (2, 2, 1)
    [first, second] = found["standings"]
    assert first == {
        "competency": "C-1",
        "title": "Prompts & traps",
        "required": 3,
        "weight": 2,
        "level": 3,
        "verified": True,
        "state": "met",
        "deficit": 0,
        "result": {
            "result_id": "R1",
            "level": 3,
            "method": "exam",
            "assessed_on": "2024-02-01",
            "expires_on": "2500-01-01",
            "assessor": "",
            "evidence": "",
        },
    }
    assert (second["result"]["result_id"], second["verified"]) == ("R2", False)
    expired = told(calling("staff"), "people/S1/standings/", as_of=FUTURE, competency="C-1")["standings"]
    assert [(one["state"], one["level"], one["result"], one["deficit"]) for one in expired] == [
        ("expired", None, None, 3)
    ]


@pytest.mark.parametrize(
    ("parameters", "competencies"),
    [
        ({"state": "not_assessed"}, ["C-1"]),
        ({"state": "short"}, ["C-1", "C-2"]),
        ({"state": "gap,met"}, ["C-2"]),
        ({"state": "not_required"}, []),
        ({"competency": "C-2,C-3"}, ["C-2"]),
        ({"threat": "T-1"}, ["C-1"]),
    ],
)
def test_standings_are_chosen_from(calling: Calling, parameters: dict[str, str], competencies: list[str]) -> None:
    Threat.objects.create(code="T-1", title="Bad").competencies.add(Competency.objects.get(code="C-1"))
    found = told(calling("manager"), "people/S2/standings/", as_of=PAST, **parameters)
    assert [one["competency"] for one in found["standings"]] == competencies
    assert found["totals"]["required"] == len(competencies)


def test_standings_tell_why_every_result_decides_or_does_not(calling: Calling) -> None:
    person, competency = Person.objects.get(employee_id="S3"), Competency.objects.get(code="C-1")
    for result_id, method, day in (("N1", "self", "2024-05-01"), ("N2", "exam", "2024-04-01"), ("N3", "exam", PAST)):
        AssessmentResult.objects.create(
            result_id=result_id, person=person, competency=competency, level=1, method=method, assessed_on=day,
            recorded_at=AT,
        )  # fmt: skip

    def verdicts(who: str) -> list[tuple[str, str]]:
        found = told(calling(who), "people/S3/standings/", as_of="2024-06-01", why="true", competency="C-1")
        return [(one["result_id"], one["verdict"]) for one in found["standings"][0]["results"]]

    # S3 left the manager's team before N3, which therefore is not theirs to know of.
    assert verdicts("manager") == [("N2", "decides"), ("N1", "claimed")]
    assert verdicts("auditor") == [("N2", "decides"), ("N1", "claimed"), ("N3", "not_yet")]


@pytest.mark.parametrize(
    "address",
    [
        "teams/SEC/",
        "teams/SEC/gaps/",
        "teams/SEC/heatmap/",
        "teams/SEC/trend/",
        "people/S1/",
        "people/S1/standings/?why=true",
        "people/",
        "results/R1/",
        "roles/ENG/",
    ],
)
def test_what_has_not_changed_is_not_sent_again(calling: Calling, address: str) -> None:
    manager = calling("manager")
    etag = manager.get(API + address)["ETag"]
    again = manager.get(API + address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert manager.get(API + address, headers={"If-None-Match": '"other"'}).status_code == 200
    Team.objects.filter(code="SEC").update(name="Safety")
    Person.objects.update(name="Somebody else")
    for result in AssessmentResult.objects.filter(result_id="R1"):
        result.withdrawn_at, result.withdrawn_reason = AT, "Mixed up"
        result.save()
    expected = 304 if address == "roles/ENG/" else 200
    assert manager.get(API + address, headers={"If-None-Match": etag}).status_code == expected


def test_only_the_parts_that_are_asked_for(calling: Calling) -> None:
    assert told(calling("manager"), "teams/SEC/gaps/", fields="team,people").keys() == {"team", "people"}
    assert wrong(calling("manager"), "teams/SEC/gaps/", fields="team,nothing").keys() == {"fields"}


@pytest.mark.parametrize("view", ["gaps", "heatmap", "trend"])
def test_figures_are_the_json_of_the_standard_library_byte_for_byte(calling: Calling, view: str) -> None:
    """Names with marks and quotes in them, which are written as they are."""
    Team.objects.filter(code="RED").update(name='Röd "team" \\ 🔴\t')
    client = calling("auditor")
    answer = client.get(f"{API}teams/SEC/{view}/")
    plain = json.dumps(answer.json(), ensure_ascii=False, separators=(",", ":"))
    assert answer.content.decode() == plain
    indented = client.get(f"{API}teams/SEC/{view}/", headers={"Accept": "application/json; indent=2"})
    assert indented.content.decode() == json.dumps(answer.json(), ensure_ascii=False, indent=2)


def test_a_figure_that_is_no_plain_data_is_a_mistake_and_not_sent() -> None:
    with pytest.raises(TypeError):
        FiguresRenderer().render({"as_of": Decimal(1)})
