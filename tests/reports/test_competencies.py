"""The matrix and its competencies, for everybody who is signed in; nothing about anybody is in them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.html import Element
from django.test.utils import CaptureQueriesContext

from reports.queries import competency_page
from roles.models import (
    Competency,
    MatrixVersion,
    Origin,
    Person,
    Role,
    RoleRequirement,
    Threat,
    ThreatReference,
    User,
)
from tests.organisation import OrganisationFiles

from .pages import PAST, having, links, page_of, rows, text

DAY = date.fromisoformat(PAST)
TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize("address", ["/matrix/", "/competencies/C-1/"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("administrator", 200),
        ("auditor", 200),
        ("manager", 200),
        ("staff", 200),
        ("stranger", 200),
        ("signed out", 302),
    ],
)
def test_everybody_who_is_signed_in_may_read_them(reader: Any, who: str, status: int, address: str) -> None:
    client = reader(who)
    assert client.get(address).status_code == status
    assert client.post(address).status_code in {405, 302}


@pytest.mark.parametrize("address", ["/matrix/", "/competencies/C-1/"])
def test_they_name_nobody(reader: Any, address: str) -> None:
    shown = text(page_of(reader("stranger"), address))
    assert not [name for name in Person.objects.values_list("name", flat=True) if name in shown]


@pytest.mark.parametrize("address", ["/matrix/", "/competencies/C-1/"])
def test_a_bad_day_is_said(reader: Any, address: str) -> None:
    response = reader("staff").get(address, {"as_of": "banana"})
    assert response.status_code == 400
    assert "“banana” is not a day." in response.content.decode()


def test_an_unknown_competency_is_not_there(reader: Any) -> None:
    assert reader("administrator").get("/competencies/NONE/").status_code == 404


# The matrix.


@pytest.fixture
def versions(organisation: None, files: OrganisationFiles) -> None:
    """v2 adds a cell, drops one, and changes the level of one and the weight of another; v3 is to come."""
    files.add(
        "matrix",
        ("v2", "2026-02-01", "ENG", "C-1", 4, 2),
        ("v2", "2026-02-01", "ENG", "C-2", 2, 3),
        ("v2", "2026-02-01", "ENG", "C-3", 1, 1),
        ("v3", "2027-02-01", "ENG", "C-1", 4, 2),
    ).as_import()
    draft = MatrixVersion.objects.create(code="draft", effective_from=date(2026, 2, 15))
    RoleRequirement.objects.create(
        version=draft,
        role=Role.objects.get(code="IDLE"),
        competency=Competency.objects.get(code="C-1"),
        required_level=1,
    )


def cells(page: Element) -> list[list[str]]:
    [table] = having(page, "table", class_="matrix")
    return [[text(cell) for cell in row.children if isinstance(cell, Element)] for row in having(table, "tr")]


def test_the_matrix_shows_what_each_role_requires_on_the_day(reader: Any, versions: None) -> None:
    client = reader("staff")
    assert cells(page_of(client, f"/matrix/?as_of={PAST}")) == [
        ["Competency", "ENG"],
        ["Without a family"],
        ["C-1 Prompts & traps", f"4 {TIMES}2"],
        ["C-2 Risks", f"2 {TIMES}3"],
        ["C-3 Law", "1"],
    ]
    assert cells(page_of(client, "/matrix/?as_of=2026-01-31")) == [
        ["Competency", "ENG", "LEAD"],
        ["Without a family"],
        ["C-1 Prompts & traps", f"3 {TIMES}2", ""],
        ["C-2 Risks", "2", ""],
        ["C-3 Law", "", "1"],
    ]
    assert f"/competencies/C-2/?as_of={PAST}" in links(page_of(client, f"/matrix/?as_of={PAST}"))


def test_it_names_the_version_and_since_when(reader: Any, versions: None) -> None:
    shown = text(having(page_of(reader("staff"), f"/matrix/?as_of={PAST}"), "p", class_="facts")[0])
    assert shown.startswith("Version v2 in force since 1 February 2026 1 role")


def test_the_versions_say_what_they_changed(reader: Any, versions: None) -> None:
    assert rows(page_of(reader("staff"), f"/matrix/?as_of={PAST}"), "versions") == [
        ["v3", "1 Feb 2027", "open", "1 Mar 2026", "1", "0", "2", "0"],
        ["v2 in force", "1 Feb 2026", "1 Feb 2027", "1 Mar 2026", "3", "1", "1", "2"],
        ["v1", "1 Jan 2024", "1 Feb 2026", "1 Mar 2026", "3", "3", "0", "0"],
    ]


def test_what_no_role_requires_is_listed_apart(reader: Any, versions: None) -> None:
    page = page_of(reader("staff"), "/matrix/?as_of=2027-02-01")
    [found] = having(page, "section", aria_labelledby="unrequired")
    assert [text(item) for item in having(found, "li")] == ["C-2 Risks", "C-3 Law"]


def test_the_shipped_matrix_stands_by_family_with_the_emerging_roles_after_the_others(reader: Any, matrix: Any) -> None:
    page = page_of(reader("staff"), "/matrix/?as_of=2023-12-31")
    shown = cells(page)
    assert shown[0][1:] == ["CYB", "MLE", "GRC", "PSA", "LDR", "AIRT", "AISE", "MSOE", "AIGA", "CAIO", "ALL"]
    assert shown[1] == ["Cybersecurity Professionals"]
    [first] = [row for row in shown if row[0].startswith("CYB-1 ")]
    assert first[1:] == ["3", "2", "1", "2", "", "4", "4", "3", "1", "1", ""]
    assert sum(len([cell for cell in row[1:] if cell]) for row in shown[1:]) == 202
    roles = {row[0]: row[1:] for row in rows(page, "roles")}
    assert roles["AISE AI Security Engineer emerging"] == ["–", "Cybersecurity Professionals", "From the article", "16"]
    assert roles["ALL All staff"][2:] == ["Proposed with aiskills", "3"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/matrix/?as_of=2023-12-31", "It lies before the first matrix version takes effect. Choose a later day."),
        ("/matrix/?as_of=9999-12-30", "Version v1"),
        ("/competencies/C-1/?as_of=2023-12-31", "No role must have it by the matrix in force on this day."),
    ],
)
def test_a_day_without_a_matrix_says_so(reader: Any, address: str, words: str) -> None:
    assert words in text(page_of(reader("staff"), address))


def test_without_any_matrix_it_says_how_to_load_one(client: Client, db: None) -> None:
    client.force_login(User.objects.create(username="first"))
    assert "python manage.py load_matrix" in text(page_of(client, "/matrix/"))


def test_more_versions_and_cells_take_as_many_queries(reader: Any, versions: None, files: OrganisationFiles) -> None:
    client = reader("staff")
    with CaptureQueriesContext(connection) as few:
        assert client.get(f"/matrix/?as_of={PAST}").status_code == 200
    codes = [f"D-{number}" for number in range(30)]
    files.add("competencies", *[(code, code, "", "technical", "") for code in codes])
    files.add("matrix", *[("v4", "2026-02-20", "ENG", code, 2, 1) for code in codes]).as_import()
    with CaptureQueriesContext(connection) as many:
        assert len(cells(page_of(client, f"/matrix/?as_of={PAST}"))) == 32
    assert len(few) == len(many) == 8


# A competency.


def test_a_competency_shows_everything_that_is_known_of_it(reader: Any, matrix: Any) -> None:
    page = page_of(reader("stranger"), "/competencies/CYB-2/?as_of=2023-12-31")
    facts = text(having(page, "p", class_="facts")[0])
    assert (
        facts == "CYB-2 Cybersecurity Professionals From the article Technical depth Lifecycle: Development, Deployment"
    )
    shown = text(page)
    assert "Protecting data, code, artefacts, secrets and compute" in shown
    assert [text(level) for level in having(page, "dt")] == ["1 Aware", "2 Working", "3 Proficient", "4 Expert"]
    assert text(having(page, "dd")[0]).startswith("Sketches the stages of our ML pipeline")
    assert {"THR-2 Data poisoning", "THR-4 Model theft"} == {text(found) for found in having(page, "h3")}
    for framework in ("MITRE ATLAS", "OWASP", "NIST"):
        assert framework in shown
    assert "AML.T0020 Poison Training Data" in shown


def test_the_roles_that_must_have_it_stand_strictest_first_with_why_and_from_where(reader: Any, matrix: Any) -> None:
    page = page_of(reader("staff"), "/competencies/CYB-1/?as_of=2023-12-31")
    [found] = having(page, "section", aria_labelledby="required")
    items = [text(item) for item in having(found, "li")]
    assert (
        items[0]
        == "Level 4, weight 1 AI Red Teamer Attack planning starts from the threat model. Proposed with aiskills."
    )
    [cyb] = [item for item in items if "Cybersecurity Professionals" in item]
    assert "They lead threat modelling; the article names it first for them." in cyb
    assert cyb.endswith("That the role needs it: From the article. The level: Proposed with aiskills.")
    levels = [int(item.split()[1].rstrip(",")) for item in items]
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin.ARTICLE, "From the article"),
        (Origin.PROPOSAL, "Proposed with aiskills"),
        (Origin.ORGANISATION, "Set by the organisation"),
    ],
)
def test_the_origin_is_told_in_words(reader: Any, origin: Origin, words: str) -> None:
    Competency.objects.filter(code="C-1").update(origin=origin)
    assert words in text(having(page_of(reader("staff"), "/competencies/C-1/"), "p", class_="facts")[0])


def test_primary_references_stand_before_the_others_and_all_where_none_is_primary(organisation: None) -> None:
    threat = Threat.objects.create(code="T-1", title="A threat")
    competency = Competency.objects.get(code="C-1")
    competency.threats.add(threat)
    for framework, identifier, primary in [
        ("Z", "Z.1", False),
        ("Z", "Z.2", True),
        ("A", "A.2", False),
        ("A", "A.1", False),
    ]:
        ThreatReference.objects.create(
            threat=threat, framework=framework, identifier=identifier, title="", primary=primary
        )
    [(_, frameworks)] = competency_page(competency=competency, as_of=DAY).threats
    assert [
        (one.framework, [found.identifier for found in one.first], [found.identifier for found in one.others])
        for one in frameworks
    ] == [("A", ["A.1", "A.2"], []), ("Z", ["Z.2"], ["Z.1"])]


def test_a_bare_competency_says_what_is_not_known(reader: Any) -> None:
    shown = text(page_of(reader("staff"), "/competencies/C-3/"))
    assert "Nobody has described the levels of this competency yet." in shown
    assert "None is named." in shown
    assert "Level 1, weight 1 Lead" in shown


def test_much_known_takes_as_many_queries_as_little(reader: Any, matrix: Any) -> None:
    client = reader("staff")
    taken = []
    for code in ("CYB-1", "EXT-6"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/competencies/{code}/?as_of=2023-12-31").status_code == 200
        taken.append(len(queries))
    assert taken == [12, 12]
