"""The pages show the figures of the reports, to those who may see them, and nothing to anybody else."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.html import parse_html
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from reports.measures import COUNTED
from reports.queries import Line, team_report
from reports.templatetags.figures import number, percent, worst_first
from roles.models import Team, User
from tests.organisation import OrganisationFiles

from .pages import FUTURE, PAST, crumbs, having, links, page_of, rows, text, without_token

#: For each reader: their own team, another one, and one that is not there.
TEAMS = {
    "administrator": {"SEC": 200, "OPS": 200, "NONE": 404},
    "auditor": {"SEC": 200, "OPS": 200, "NONE": 404},
    "manager": {"SEC": 200, "RED": 200, "ORG": 404, "OPS": 404, "NONE": 404},
    "staff": {"RED": 404, "OPS": 404, "NONE": 404},
    "stranger": {"SEC": 404, "OPS": 404, "NONE": 404},
    "signed out": {"SEC": 302, "OPS": 302, "NONE": 302},
}
PEOPLE = {
    "administrator": {"S1": 200, "F1": 200, "NONE": 404},
    "auditor": {"S1": 200, "F1": 200, "NONE": 404},
    "manager": {"M1": 200, "S1": 200, "F1": 404, "NONE": 404},
    "staff": {"S1": 200, "S2": 404, "M1": 404, "F1": 404, "NONE": 404},
    "stranger": {"S1": 404, "F1": 404, "NONE": 404},
    "signed out": {"S1": 302, "F1": 302, "NONE": 302},
}


def cases(expected: dict[str, dict[str, int]]) -> list[tuple[str, str, int]]:
    return [(who, code, status) for who, codes in expected.items() for code, status in codes.items()]


# Who may see what.


@pytest.mark.parametrize(("who", "code", "status"), cases(TEAMS))
def test_who_may_see_a_team(reader: Any, who: str, code: str, status: int) -> None:
    assert reader(who).get(f"/teams/{code}/").status_code == status


@pytest.mark.parametrize(("who", "code", "status"), cases(PEOPLE))
def test_who_may_see_a_person(reader: Any, who: str, code: str, status: int) -> None:
    assert reader(who).get(f"/people/{code}/").status_code == status


@pytest.mark.parametrize("address", ["/teams/{}/", "/people/{}/", "/teams/{}/?as_of=nonsense"])
@pytest.mark.parametrize("who", ["staff", "stranger"])
def test_what_is_hidden_looks_like_what_is_missing(reader: Any, who: str, address: str) -> None:
    client = reader(who)
    hidden, missing = (client.get(address.format(code)) for code in ("OPS" if "teams" in address else "F1", "NONE"))
    assert hidden.status_code == missing.status_code == 404
    assert without_token(hidden.content) == without_token(missing.content)


def test_a_manager_sees_a_person_on_the_days_that_they_are_in_the_scope(reader: Any) -> None:
    client = reader("manager")
    assert client.get("/people/S3/?as_of=2024-12-31").status_code == 200
    assert client.get("/people/S3/?as_of=2025-01-01").status_code == 404


def test_a_signed_out_reader_is_led_back_after_signing_in(reader: Any) -> None:
    response = reader("signed out").get("/teams/SEC/?as_of=2026-03-01")
    assert response["Location"] == "/accounts/login/?next=/teams/SEC/%3Fas_of%3D2026-03-01"


@pytest.mark.parametrize("address", ["/", "/teams/SEC/", "/people/S1/"])
def test_pages_are_only_read(reader: Any, address: str) -> None:
    assert reader("administrator").post(address).status_code == 405


# Where somebody lands.


def test_home_tells_a_stranger_what_to_do(reader: Any) -> None:
    page = page_of(reader("stranger"), "/")
    assert "Ask an administrator to link your account to you." in text(page)
    assert "import_org" not in text(page)


def test_home_tells_an_administrator_how_to_begin(client: Client, db: None) -> None:
    client.force_login(User.objects.create(username="first", is_superuser=True))
    assert "python manage.py import_org DIR" in text(page_of(client, "/"))


# Up and down the tree.


@pytest.mark.parametrize(
    ("who", "code", "expected"),
    [
        ("administrator", "RED", ["Everybody", "Security", "Red team"]),
        ("manager", "RED", ["Security", "Red team"]),
        ("manager", "SEC", []),
        ("administrator", "ORG", []),
    ],
)
def test_crumbs_lead_up_as_far_as_the_reader_may_see(reader: Any, who: str, code: str, expected: list[str]) -> None:
    page = page_of(reader(who), f"/teams/{code}/")
    assert crumbs(page) == expected
    assert "/teams/ORG/" not in links(page) or who == "administrator"


def test_links_between_teams_keep_the_day(reader: Any) -> None:
    client = reader("administrator")
    assert {"/teams/ORG/?as_of=2026-03-01", "/teams/RED/?as_of=2026-03-01"} <= links(
        page_of(client, f"/teams/SEC/?as_of={PAST}")
    )
    assert {"/teams/ORG/", "/teams/RED/"} <= links(page_of(client, "/teams/SEC/"))


def test_a_manager_of_several_teams_gets_from_one_to_the_other(reader: Any, files: OrganisationFiles) -> None:
    files.add("managers", ("OPS", "M1")).as_import()
    assert "/teams/OPS/" in links(page_of(reader("manager"), "/teams/SEC/"))


# The day.


@pytest.mark.parametrize("query", ["", "?as_of="])
def test_without_a_day_it_is_today(reader: Any, query: str) -> None:
    response = reader("manager").get(f"/teams/SEC/{query}")
    assert response.status_code == 200
    assert response.context["report"].as_of == localdate()
    assert b"A forecast" not in response.content


def test_a_past_day_shows_what_held_then(reader: Any) -> None:
    response = reader("manager").get("/teams/SEC/?as_of=2024-06-01")
    assert response.context["report"].people == 4
    assert b"<b>Looking back:</b> what held on 1 June 2024" in response.content


def test_a_future_day_is_a_forecast(reader: Any) -> None:
    response = reader("manager").get(f"/teams/SEC/?as_of={FUTURE}")
    assert "A forecast: what holds on 1 January 2999 if nothing new is recorded." in text(
        parse_html(response.content.decode())
    )
    assert [line.measures.expired for line in response.context["report"].competencies] == [1, 0, 0]


@pytest.mark.parametrize("asked", ["banana", "2026-02-30", "2026-1-5", "20260105", "01/05/2026", "9999-12-31"])
@pytest.mark.parametrize("address", ["/teams/SEC/", "/people/S1/"])
def test_a_bad_day_is_said_beside_the_field_and_today_is_shown(reader: Any, address: str, asked: str) -> None:
    response = reader("administrator").get(address, {"as_of": asked})
    page = parse_html(response.content.decode())
    [field] = having(page, "input", name="as_of")
    assert response.status_code == 400
    assert ("aria-invalid", "true") in field.attributes
    assert f"“{asked}” is not a day. Write it as YYYY-MM-DD." in text(page)
    assert response.context["form"].day == localdate()


def test_the_last_day_of_all_can_be_asked_for(reader: Any) -> None:
    assert reader("manager").get("/teams/SEC/?as_of=9999-12-30").status_code == 200
    assert reader("manager").get("/teams/SEC/?as_of=0001-01-01").status_code == 200


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 11, 23), ["2025-11-23", "2026-11-23", "2027-02-21"]),
        (date(2028, 2, 29), ["2027-02-28", "2028-02-29", "2028-05-29"]),
    ],
)
def test_shortcuts_lead_a_year_back_and_90_days_on(
    reader: Any, monkeypatch: pytest.MonkeyPatch, today: date, days: list[str]
) -> None:
    monkeypatch.setattr("reports.views.asking.localdate", lambda: today)
    page = page_of(reader("manager"), "/teams/SEC/")
    assert {f"?as_of={day}" for day in days} <= links(page)


# Figures.


def test_the_headline_shows_the_totals_of_the_report(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/?as_of={PAST}")
    totals = team_report(team=Team.objects.get(code="ORG"), as_of=date.fromisoformat(PAST)).totals
    [measures] = [found for found in having(page, "dl") if ("class", "measures") in found.attributes]
    shown = [text(having(group, "dd")[0]) for group in having(measures, "div")]
    assert shown == [
        percent(totals.verified_coverage),
        percent(totals.coverage),
        percent(totals.readiness),
        number(totals.gap),
        number(totals.expired),
        number(totals.not_assessed),
        number(totals.deficit),
        number(totals.exempt),
    ]
    assert shown == ["25%", "38%", "31%", "1", "0", "4", "13", "1"]


def test_the_tables_show_the_lines_of_the_report(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/?as_of={PAST}")
    report = team_report(team=Team.objects.get(code="ORG"), as_of=date.fromisoformat(PAST))
    for section in ("teams", "roles", "dimensions"):
        assert [[row[0], *row[2:]] for row in rows(page, section)] == [
            [
                line.title,
                percent(line.measures.verified_coverage),
                percent(line.measures.coverage),
                number(line.people),
            ]
            for line in getattr(report, section)
        ]


def test_competencies_stand_worst_first_with_who_holds_them(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/?as_of={PAST}")
    assert [[row[0], *row[2:]] for row in rows(page, "competencies")] == [
        ["C-1 Prompts & traps", "25%", "25%", "0", "0", "3", "only 1"],
        ["C-2 Risks", "25%", "50%", "1", "0", "1", "only 1"],
        ["C-3 Law", "–", "–", "0", "0", "0", "nobody"],
    ]


def test_a_share_of_nothing_is_a_dash_and_no_bar(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/?as_of={PAST}")
    assert rows(page, "competencies")[-1][1] == "nothing required"
    assert ["Nobody's team", "nothing required", "–", "–", "0"] in rows(page, "teams")


def test_the_balance_says_and_draws_the_states_in_their_order(reader: Any) -> None:
    page = page_of(reader("administrator"), f"/teams/ORG/?as_of={FUTURE}")
    label = "Of 8 required: 1 met and verified, 1 met as claimed, 1 gaps, 1 expired, 4 not assessed"
    bar = having(page, "svg", role="img", aria_label=label)[0]
    drawn = [dict(part.attributes) for part in having(bar, "rect") if "fill" in dict(part.attributes)]
    names = ["verified", "claimed", "gap", "expired", "unknown"]
    assert [part["fill"] for part in drawn] == [f"url(#fill-{name})" for name in names]
    assert [part["x"] for part in drawn] == ["0.000%", "12.500%", "25.000%", "37.500%", "50.000%"]
    assert [part["width"] for part in drawn] == ["12.500%"] * 4 + ["50.000%"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0001, "<1%"),
        (0.005, "1%"),
        (0.445, "45%"),
        (0.9949, "99%"),
        (0.9999, ">99%"),
        (1.0, "100%"),
    ],
)
def test_percent_never_reads_as_all_or_nothing_where_it_is_not(share: float | None, shown: str) -> None:
    assert percent(share) == shown


def test_thousands_are_set_apart() -> None:
    assert (number(1234567), number(0), number(None)) == ("1,234,567", "0", "–")


def test_worst_first_puts_what_is_not_required_last() -> None:
    def line(code: str, **counts: int) -> Line:
        return Line(code, code, 1, [counts.get(name, 0) for name in COUNTED])

    lines = [
        line("nothing", exempt=1),
        line("whole", met=2, met_verified=2),
        line("claimed", met=1, gap=1),
        line("none", gap=2),
        line("verified", met=1, gap=1, met_verified=1),
    ]
    assert [found.code for found in worst_first(lines)] == ["none", "claimed", "verified", "whole", "nothing"]


# Nothing to show.


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/teams/VOID/", "Nobody is in this team on this day"),
        ("/teams/IDLE/", "Nothing is required of these people"),
        ("/teams/SEC/?as_of=2023-12-31", "Nothing is required on this day"),
        ("/people/S1/?as_of=2023-12-31", "In no team on this day"),
        ("/people/I1/", "Nothing is required, and nothing has been assessed"),
    ],
)
def test_an_empty_page_says_why(reader: Any, address: str, words: str) -> None:
    page = page_of(reader("administrator"), address)
    assert words in [text(heading) for heading in having(page, "h2")]
    assert "0%" not in text(page)


# Size.


def test_a_big_team_takes_as_many_queries_as_a_small_one(reader: Any, files: OrganisationFiles) -> None:
    sizes = SimpleNamespace(SMALL=10, BIG=200)
    for code, size in vars(sizes).items():
        names = [f"{code}{number}" for number in range(size)]
        files.add("teams", (code, code, "SEC"), *[(f"{code}-{part}", code, code) for part in range(size // 10)])
        files.add("people", *[(name, name, "", "2024-01-01", "") for name in names])
        files.add(
            "memberships", *[(name, f"{code}-{index // 10}", "2024-01-01", "") for index, name in enumerate(names)]
        )
        files.add("assignments", *[(name, "ENG", "2024-01-01", "") for name in names])
        files.add("results", *[(name, name, "C-1", 3, "exam", "2024-02-01", "", "", "") for name in names])
    files.as_import()
    client = reader("manager")
    client.get("/teams/SMALL/")  # from then on the matrix of the day is kept
    taken = {}
    for code, size in vars(sizes).items():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"/teams/{code}/")
        assert response.context["report"].people == size
        taken[code] = len(queries)
    assert taken["SMALL"] == taken["BIG"]


def test_today_is_asked_for_by_the_view_alone(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = localdate() + timedelta(days=1)
    monkeypatch.setattr("reports.views.asking.localdate", lambda: tomorrow)
    assert reader("manager").get("/teams/SEC/").context["report"].as_of == tomorrow
