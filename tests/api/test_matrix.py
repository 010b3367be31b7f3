"""The matrix as REST reads it: what everybody may see, and drafts, which administrators and auditors do."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils.timezone import now

from roles.models import (
    Competency,
    CompetencyIndicator,
    CompetencyStage,
    MatrixVersion,
    Role,
    RoleRequirement,
    Threat,
    ThreatReference,
)

from .conftest import Calling
from .reading import API, listed, told, wrong


@pytest.fixture
def next_version(organisation: None) -> None:
    """A draft: C-1 asked of ENG at level 4, C-2 of ENG no more, C-2 of LEAD anew."""
    draft = MatrixVersion.objects.create(code="v2", effective_from=date(2027, 1, 1))
    for role, competency, level, weight in [("ENG", "C-1", 4, 2), ("LEAD", "C-2", 2, 3), ("LEAD", "C-3", 1, 1)]:
        RoleRequirement.objects.create(
            version=draft,
            role=Role.objects.get(code=role),
            competency=Competency.objects.get(code=competency),
            required_level=level,
            weight=weight,
        )


def test_a_role(calling: Calling) -> None:
    assert told(calling("stranger"), "roles/ENG/") == {
        "code": "ENG",
        "title": "Engineer",
        "family": None,
        "who": "",
        "emerging": False,
        "held_by_everyone": False,
        "origin": "organisation",
    }
    assert listed(calling("stranger"), "roles/", "code", q="eng") == ["ENG"]


def test_a_competency_with_what_it_is_grouped_by(calling: Calling) -> None:
    competency = Competency.objects.get(code="C-1")
    CompetencyStage.objects.create(competency=competency, stage="deployment")
    CompetencyStage.objects.create(competency=competency, stage="design")
    CompetencyIndicator.objects.create(competency=competency, level=2, text="Writes prompts.")
    Threat.objects.create(code="T-1", title="Something bad").competencies.add(competency)
    stranger = calling("stranger")
    found = told(stranger, "competencies/C-1/")
    assert (found["title"], found["dimension"], found["lifecycle_stages"]) == (
        "Prompts & traps",
        "technical",
        ["design", "deployment"],
    )
    assert (found["threats"], found["indicators"]) == (["T-1"], [{"level": 2, "text": "Writes prompts."}])
    for parameters in ({"threat": "T-1"}, {"stage": "design"}, {"dimension": "technical"}, {"q": "traps"}):
        assert listed(stranger, "competencies/", "code", **parameters) == ["C-1"], parameters


def test_a_threat_with_what_frameworks_call_it(calling: Calling) -> None:
    threat = Threat.objects.create(code="T-1", title="Something bad")
    threat.competencies.add(Competency.objects.get(code="C-1"))
    ThreatReference.objects.create(threat=threat, framework="OWASP", identifier="LLM01", title="Prompts", primary=True)
    assert told(calling("stranger"), "threats/T-1/") == {
        "code": "T-1",
        "title": "Something bad",
        "note": "",
        "references": [{"framework": "OWASP", "identifier": "LLM01", "title": "Prompts", "primary": True}],
        "competencies": ["C-1"],
    }
    assert listed(calling("stranger"), "threats/", "code", competency="C-2") == []


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_drafts_are_for_who_reads_everything(calling: Calling, next_version: None, who: str) -> None:
    assert listed(calling(who), "matrix-versions/", "code") == ["v1", "v2"]
    assert listed(calling(who), "matrix-versions/", "code", published="false") == ["v2"]
    assert listed(calling(who), "requirements/", "competency", version="v2", role="LEAD") == ["C-2", "C-3"]


def test_to_others_a_draft_is_not_there(calling: Calling, next_version: None) -> None:
    manager = calling("manager")
    assert listed(manager, "matrix-versions/", "code") == ["v1"]
    assert set(listed(manager, "requirements/", "version")) == {"v1"}
    assert "version" in wrong(manager, "requirements/", version="v2")
    for address in ("", "requirements/", "diff/?to=v1"):
        assert manager.get(f"{API}matrix-versions/v2/{address}").status_code == 404
    assert "to" in wrong(manager, "matrix-versions/v1/diff/", to="v2")


def test_the_requirements_of_a_version(calling: Calling) -> None:
    [cell] = told(calling("stranger"), "matrix-versions/v1/requirements/", role="LEAD")["results"]
    assert cell == {
        "version": "v1",
        "role": "LEAD",
        "competency": "C-3",
        "required_level": 1,
        "weight": 1,
        "rationale": "",
        "pairing_origin": "organisation",
        "level_origin": "organisation",
    }


def test_what_one_version_changes_about_another(calling: Calling, next_version: None) -> None:
    assert told(calling("administrator"), "matrix-versions/v1/diff/", to="v2") == {
        "version": "v1",
        "to": "v2",
        "added": [
            {"role": "LEAD", "competency": "C-2", "before": None, "after": {"required_level": 2, "weight": 3}},
        ],
        "removed": [
            {"role": "ENG", "competency": "C-2", "before": {"required_level": 2, "weight": 1}, "after": None},
        ],
        "changed": [
            {
                "role": "ENG",
                "competency": "C-1",
                "before": {"required_level": 3, "weight": 2},
                "after": {"required_level": 4, "weight": 2},
            },
        ],
    }


def test_a_draft_that_is_published_is_for_everybody(calling: Calling, next_version: None) -> None:
    MatrixVersion.objects.filter(code="v2").update(published_at=now())
    assert listed(calling("stranger"), "matrix-versions/", "code") == ["v1", "v2"]
