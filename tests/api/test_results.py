"""Assessment results as REST reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from roles.models import Competency, Person, Threat, User
from tests.organisation import AT

from .conftest import Calling
from .reading import API, listed, told

LATER = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def withdrawn(people: dict[str, User]) -> None:
    """R2 of S1 was withdrawn, and T-1 is countered by C-1."""
    result = AssessmentResult.objects.get(result_id="R2")
    withdraw_result(result=result, by=people["administrator"], reason="Mixed up", at=LATER)
    Threat.objects.create(code="T-1", title="Something bad").competencies.add(Competency.objects.get(code="C-1"))


def test_a_result_says_all_of_itself(calling: Calling, withdrawn: None) -> None:
    assert told(calling("auditor"), "results/R2/") == {
        "result_id": "R2",
        "employee_id": "S1",
        "competency": "C-2",
        "level": 2,
        "method": "self",
        "verified": False,
        "assessed_on": "2024-02-01",
        "expires_on": None,
        "assessor": "",
        "evidence": "",
        "recorded_at": AT.isoformat().replace("+00:00", "Z"),
        "recorded_by": None,
        "withdrawn_at": "2026-06-01T00:00:00Z",
        "withdrawn_by": "administrator",
        "withdrawn_reason": "Mixed up",
    }


@pytest.mark.parametrize(
    ("who", "parameters", "results"),
    [
        ("auditor", {}, ["R1", "R2", "R3", "R4"]),
        ("manager", {}, ["R1", "R2", "R3"]),
        ("staff", {}, ["R1", "R2"]),
        ("stranger", {}, []),
        ("auditor", {"team": "SEC"}, ["R1", "R2", "R3"]),
        ("auditor", {"employee_id": "S2,F1"}, ["R3", "R4"]),
        ("auditor", {"role": "LEAD"}, []),
        ("auditor", {"competency": "C-2"}, ["R2", "R3", "R4"]),
        ("auditor", {"threat": "T-1"}, ["R1"]),
        ("auditor", {"method": "self,manager"}, ["R2", "R3"]),
        ("auditor", {"verified": "false"}, ["R2"]),
        ("auditor", {"withdrawn": "true"}, ["R2"]),
        ("auditor", {"withdrawn": "false"}, ["R1", "R3", "R4"]),
        ("auditor", {"result_id": "R4,R1,NONE"}, ["R1", "R4"]),
        ("auditor", {"updated_since": "2026-03-01T12:00:00Z"}, ["R1", "R2", "R3", "R4"]),
        ("auditor", {"updated_since": "2026-03-01T13:00:00.000001+01:00"}, ["R2"]),
        ("auditor", {"updated_since": "2026-06-01T00:00:01Z"}, []),
        ("auditor", {"ordering": "-result_id"}, ["R4", "R3", "R2", "R1"]),
    ],
)
def test_the_results_of_a_caller(
    calling: Calling, withdrawn: None, who: str, parameters: dict[str, str], results: list[str]
) -> None:
    assert listed(calling(who), "results/", "result_id", **parameters) == results


def test_what_somebody_went_on_to_do_in_another_team_is_not_told(calling: Calling) -> None:
    """S3 left the manager's team with 2025; on an earlier day they are seen, but not what came after."""
    person, competency = Person.objects.get(employee_id="S3"), Competency.objects.get(code="C-1")
    for result_id, day in (("N1", "2024-05-01"), ("N2", "2025-05-01")):
        AssessmentResult.objects.create(
            result_id=result_id, person=person, competency=competency, level=1, method="exam", assessed_on=day,
            recorded_at=AT,
        )  # fmt: skip
    manager = calling("manager")
    assert listed(manager, "results/", "result_id", employee_id="S3", as_of="2024-06-01") == ["N1"]
    assert manager.get(f"{API}results/N2/", {"as_of": "2024-06-01"}).status_code == 404
    assert manager.get(f"{API}results/N1/").status_code == 200


def test_a_result_has_an_etag_that_its_withdrawal_changes(calling: Calling, people: dict[str, User]) -> None:
    auditor = calling("auditor")
    etag = auditor.get(f"{API}results/R1/")["ETag"]
    assert auditor.get(f"{API}results/R1/", headers={"If-None-Match": etag}).status_code == 304
    result = AssessmentResult.objects.get(result_id="R1")
    withdraw_result(result=result, by=people["administrator"], reason="Mixed up", at=LATER)
    assert auditor.get(f"{API}results/R1/", headers={"If-None-Match": etag}).status_code == 200
