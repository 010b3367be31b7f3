"""What the console's forms write: by services, once in the trail, and nothing if it is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils.timezone import localdate

from assessments.models import AssessmentResult, Exemption
from roles.admin import stretches
from roles.models import (
    AuditEvent,
    Competency,
    EvidencePolicy,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    ScaleLevel,
    Team,
    Threat,
    User,
)
from tests.organisation import everything, standings_of

from .sending import address, events, events_after, sends


def person(employee_id: str) -> Person:
    return Person.objects.get(employee_id=employee_id)


def team(code: str) -> Team:
    return Team.objects.get(code=code)


def test_a_person_is_added_and_changed_each_as_one_event_of_the_console(console: Client) -> None:
    before = events()
    values = {"employee_id": "E9", "name": "Noor", "email": "", "joined_on": "2026-01-01", "left_on": ""}
    assert sends(console, Person, **values) == []
    assert sends(console, Person, person("E9"), **{**values, "name": "Noor Ali"}) == []
    assert person("E9").name == "Noor Ali"
    assert events_after(before) == ["person.added", "person.changed"]
    last = AuditEvent.objects.latest("number")
    assert (last.surface, last.actor) == ("console", "administrator")
    assert (last.before, last.after) == ({"person E9": {"name": "Noor"}}, {"person E9": {"name": "Noor Ali"}})


def test_a_form_that_changes_nothing_writes_nothing(console: Client) -> None:
    one, before = person("E1"), events()
    values = {"name": one.name, "email": one.email, "joined_on": one.joined_on, "left_on": ""}
    assert sends(console, Person, one, **values) == []
    assert events() == before


def test_what_a_service_refuses_is_shown_in_the_form_with_nothing_written(console: Client) -> None:
    before = everything()
    values = {"employee_id": "E1", "name": "Another", "email": "", "joined_on": "2026-01-01", "left_on": ""}
    assert sends(console, Person, **values) == ["There is a person E1 already."]
    values |= {"employee_id": "E10", "left_on": "2025-01-01"}
    assert sends(console, Person, **values) == ["2025-01-01 is before joined, which is 2026-01-01."]
    assert sends(console, Person, **{**values, "employee_id": "a/b", "left_on": ""})[0].startswith(
        "A code has no slash"
    )
    assert without_sessions(everything()) == without_sessions(before)


def without_sessions(rows: dict[str, Any]) -> dict[str, Any]:
    return {table: content for table, content in rows.items() if table != "roles_user"}


def test_nobody_is_removed_and_who_is_erased_is_left_alone(console: Client) -> None:
    assert console.get(address(Person, "delete", person("E1").pk)).status_code == 403
    Person.objects.filter(employee_id="E1").update(erased_at="2026-01-01T00:00:00Z")
    assert console.post(address(Person, "change", person("E1").pk), {"name": "Ada again"}).status_code == 403
    assert person("E1").name != "Ada again"


def test_somebody_is_placed_in_a_team_and_leaves_it_again(console: Client) -> None:
    before = events()
    new = {"person": person("E3").pk, "team": team("RED").pk, "from_on": "2026-01-01", "until_on": ""}
    assert sends(console, Membership, **new) == []
    stay = Membership.objects.get(person=person("E3"), from_on=date(2026, 1, 1))
    assert sends(console, Membership, stay, until_on="2026-06-01") == []
    stay.refresh_from_db()
    assert stay.until_on == date(2026, 6, 1)
    assert events_after(before) == ["person.placed", "membership.ended"]


def test_a_membership_that_overlaps_another_is_refused_by_the_name_of_that_one(console: Client) -> None:
    new = {"person": person("E1").pk, "team": team("RED").pk, "from_on": "2026-01-01", "until_on": ""}
    [words] = sends(console, Membership, **new)
    assert words == "E1 is in team BLUE from 2025-01-01 on. A person is in one team at a time."


def test_what_a_membership_is_about_cannot_be_changed_by_whatever_is_sent(console: Client) -> None:
    stay = Membership.objects.get(person=person("E2"))
    sends(console, Membership, stay, person=person("E1").pk, team=team("BLUE").pk, from_on="2020-01-01", until_on="")
    assert (stay.person, stay.team) == (person("E2"), team("RED"))
    stay.refresh_from_db()
    assert (stay.person, stay.team, stay.from_on) == (person("E2"), team("RED"), date(2024, 1, 1))


def test_without_javascript_a_row_is_chosen_by_its_code(console: Client) -> None:
    new = {"person": "", "person-code": "E3", "team": "", "team-code": "RED", "from_on": "2026-01-01", "until_on": ""}
    assert sends(console, Membership, **new) == []
    assert Membership.objects.filter(person__employee_id="E3", team__code="RED").exists()
    number = str(person("E1").pk)  # It is the key of somebody, and the code of nobody.
    for nobody in (number, "nobody", "9" * 40):
        [words] = sends(console, Membership, **{**new, "person-code": nobody, "from_on": "2027-01-01"})
        assert "not one of the available choices" in words
    for key in ("x", "9" * 40, "-1"):
        [words] = sends(console, Membership, **{**new, "person-code": "", "person": key, "from_on": "2027-01-01"})
        assert "not one of the available choices" in words


def test_a_role_is_given_and_taken_back(console: Client) -> None:
    role = Role.objects.get(code="LEAD")
    new = {"person": person("E1").pk, "role": role.pk, "from_on": "2026-01-01", "until_on": ""}
    assert sends(console, RoleAssignment, **new) == []
    assert sends(console, RoleAssignment, **new) == ["E1 has the role LEAD from 2026-01-01 on already."]
    given = RoleAssignment.objects.get(person=person("E1"), role=role)
    # One that ends on its first day holds on no day, and so makes room.
    assert sends(console, RoleAssignment, given, until_on="2026-01-01") == []
    assert sends(console, RoleAssignment, **new) == []
    assert standings_of("E1", "C-2")


def test_a_team_is_added_renamed_moved_and_removed(console: Client) -> None:
    before = events()
    assert sends(console, Team, code="NEW", name="New", parent=team("RED").pk) == []
    assert sends(console, Team, team("NEW"), name="Newer", parent=team("BLUE").pk) == []
    new = team("NEW")
    assert (new.name, new.parent, new.path.startswith(team("BLUE").path)) == ("Newer", team("BLUE"), True)
    assert console.post(address(Team, "delete", new.pk), {"post": "yes"}).status_code == 302
    assert not Team.objects.filter(code="NEW").exists()
    assert events_after(before) == ["team.added", "team.renamed", "team.removed"]


def test_a_team_goes_not_below_itself_nor_away_with_people_in_it(console: Client) -> None:
    [words] = sends(console, Team, team("ORG"), name="All", parent=team("RED").pk)
    assert words == "RED is ORG itself or below it."
    assert team("ORG").name == "Everybody"
    refused: Any = console.get(address(Team, "delete", team("RED").pk))
    assert any("Björn" in str(row) for row in refused.context["protected"])
    assert "cannot be removed as long as something refers to it" in refused.content.decode()
    console.post(address(Team, "delete", team("RED").pk), {"post": "yes"})
    assert Team.objects.filter(code="RED").exists()


@pytest.mark.parametrize(
    ("language", "goes", "stays"),
    [
        ("en", "Remove New (NEW)?", "Red (RED) cannot be removed"),
        ("de", "New (NEW) entfernen?", "Red (RED) kann nicht entfernt werden"),
    ],
)
def test_the_page_that_removes_says_in_its_title_what_it_removes_or_cannot(
    console: Client, settings: Any, language: str, goes: str, stays: str
) -> None:
    assert sends(console, Team, code="NEW", name="New", parent=team("ORG").pk) == []
    Team.objects.filter(code="RED").update(name="Red")
    settings.LANGUAGE_CODE = language
    for code, title in (("NEW", goes), ("RED", stays)):
        assert f"<h1>{title}</h1>" in console.get(address(Team, "delete", team(code).pk)).content.decode()


def test_a_result_is_recorded_in_the_name_of_who_sends_it_and_decides_at_once(console: Client) -> None:
    before = events()
    new = {"person": person("E1").pk, "competency": Competency.objects.get(code="C-1").pk, "level": "4"}
    new |= {"method": "exam", "assessed_on": "2026-03-01", "expires_on": "", "assessor": "", "evidence": ""}
    assert sends(console, AssessmentResult, **new) == []
    result = AssessmentResult.objects.latest("pk")
    assert (result.level, result.recorded_by) == (4, User.objects.get(username="administrator"))
    assert standings_of("E1", "C-1")[-1][3:] == ("met", 4)
    assert events_after(before) == ["results.recorded"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"assessed_on": (localdate() + timedelta(days=2)).isoformat()}, "It lies in the future."),
        ({"expires_on": "2020-01-01"}, "A result does not expire before it was assessed."),
        ({"level": "9"}, "Select a valid choice."),
        ({"assessed_on": ""}, "This field is required."),
    ],
)
def test_a_result_that_is_not_right_is_not_recorded(console: Client, wrong: dict[str, str], words: str) -> None:
    before = AssessmentResult.objects.count()
    new = {"person": person("E1").pk, "competency": Competency.objects.get(code="C-1").pk, "level": "4"}
    new |= {"method": "exam", "assessed_on": "2026-03-01", "expires_on": "", "assessor": "", "evidence": ""}
    said = sends(console, AssessmentResult, **{**new, **wrong})
    assert [one for one in said if one.startswith(words)], said
    assert AssessmentResult.objects.count() == before


def test_nobody_verifies_themselves_in_the_console_either(console: Client, administrator: User) -> None:
    administrator.person = person("E1")
    administrator.save()
    new = {"person": person("E1").pk, "competency": Competency.objects.get(code="C-1").pk, "level": "4"}
    new |= {"method": "exam", "assessed_on": "2026-03-01", "expires_on": "", "assessor": "", "evidence": ""}
    assert sends(console, AssessmentResult, **new)[0].startswith("Nobody verifies themselves")


def test_a_recorded_result_is_shown_and_never_changed_or_removed(console: Client) -> None:
    result = AssessmentResult.objects.earliest("pk")
    assert console.get(address(AssessmentResult, "change", result.pk)).status_code == 200
    assert console.post(address(AssessmentResult, "change", result.pk), {"level": 4}).status_code == 403
    assert console.post(address(AssessmentResult, "delete", result.pk), {"post": "yes"}).status_code == 403


def test_somebody_is_excused_and_the_exemption_changed(console: Client) -> None:
    new = {"person": person("E1").pk, "competency": Competency.objects.get(code="C-2").pk, "from_on": "2026-01-01"}
    assert sends(console, Exemption, **new, until_on="", reason="Leave") == []
    exemption = Exemption.objects.get(person=person("E1"))
    assert sends(console, Exemption, exemption, until_on="2026-02-01", reason="Parental leave") == []
    exemption.refresh_from_db()
    assert (exemption.until_on, exemption.reason) == (date(2026, 2, 1), "Parental leave")


def test_a_competency_is_changed_with_all_that_belongs_to_it_as_one_event(console: Client) -> None:
    threat = Threat.objects.create(code="T-1", title="Injection")
    competency, before = Competency.objects.get(code="C-1"), events()
    values = {"title": "Prompts", "family": "", "family-code": "TECH", "dimension": "technical", "summary": "New."}
    rows = {"stages-TOTAL_FORMS": "1", "stages-INITIAL_FORMS": "0", "stages-0-stage": "design"}
    rows |= {"indicators-TOTAL_FORMS": "1", "indicators-INITIAL_FORMS": "0", "indicators-0-level": "1"}
    assert (
        sends(console, Competency, competency, **values, **rows, threats=threat.pk, **{"indicators-0-text": "Knows."})
        == []
    )
    competency.refresh_from_db()
    assert (competency.summary, competency.stages.get().stage, competency.threats.get()) == ("New.", "design", threat)
    assert competency.indicators.get().text == "Knows."
    assert len(events_after(before)) == 1


def test_a_family_in_use_is_kept_and_one_that_is_not_goes(console: Client) -> None:
    used, unused = RoleFamily.objects.get(code="TECH"), RoleFamily.objects.create(code="OTHER", title="Other")
    refused: Any = console.get(address(RoleFamily, "delete", used.pk))
    assert "ENG Engineer" in refused.context["protected"]
    for family in (used, unused):
        console.post(address(RoleFamily, "delete", family.pk), {"post": "yes"})
    assert [*RoleFamily.objects.values_list("code", flat=True)] == ["TECH"]


def test_a_code_that_is_taken_is_said_and_one_that_is_there_stays(console: Client) -> None:
    assert sends(console, RoleFamily, code="TECH", title="Again") == ["Family with this Code already exists."]
    family = RoleFamily.objects.get(code="TECH")
    assert sends(console, RoleFamily, family, code="OTHER", title="Technology") == []
    family.refresh_from_db()
    assert (family.code, family.title) == ("TECH", "Technology")


def test_a_level_of_the_scale_gets_other_words_one_piece_of_evidence_a_line(console: Client) -> None:
    level = ScaleLevel.objects.create(value=1, name="Aware", summary="Knows", typical_evidence=["Quiz"])
    values = {"name": "Aware", "summary": "Knows it", "assessor_test": "", "supervision": ""}
    assert sends(console, ScaleLevel, level, **values, typical_evidence="Quiz\n\n Talk \n") == []
    level.refresh_from_db()
    assert (level.summary, level.typical_evidence) == ("Knows it", ["Quiz", "Talk"])


def test_what_holds_for_everybody_is_changed_only_by_who_says_that_they_know_it(console: Client) -> None:
    row, role = Organisation.current(), Role.objects.get(code="LEAD")
    values = {"evidence_policy": EvidencePolicy.HIGHEST, "role_of_everyone": role.pk}
    before = events()
    assert sends(console, Organisation, row, **values) == [
        "Say that you know it: this changes everybody's figures, on every day."
    ]
    assert sends(console, Organisation, row, **values, sure="on") == []
    row.refresh_from_db()
    assert (row.evidence_policy, Role.objects.get(held_by_everyone=True)) == (EvidencePolicy.HIGHEST, role)
    assert standings_of("E1", "C-2")
    assert events_after(before) == ["rules.set"]


def test_who_comes_second_is_told_so_and_nothing_is_written(console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def somebody_was_faster(**_: Any) -> None:
        Person.objects.create(employee_id="HALF", name="Half-written", joined_on=date(2026, 1, 1))
        raise IntegrityError("membership_no_overlap")

    monkeypatch.setattr(stretches, "place_person", somebody_was_faster)
    before = events()
    new = {"person": person("E3").pk, "team": team("RED").pk, "from_on": "2026-01-01", "until_on": ""}
    [words] = sends(console, Membership, **new)
    assert words.startswith("Somebody wrote something meanwhile")
    assert not Person.objects.filter(employee_id="HALF").exists()
    assert events() == before


def test_the_history_of_a_row_leads_to_its_events(console: Client) -> None:
    response = console.get(address(Person, "history", person("E1").pk))
    assert response.status_code == 302
    assert "E1" in response["Location"]
