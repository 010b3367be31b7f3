"""Recording results by REST, one or many, and withdrawing them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import localdate
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from assessments.models import AssessmentResult
from reports.services import disagreements
from roles.models import Membership, Person, TeamManager, User
from tests.organisation import standings_of

from .conftest import Calling
from .test_writing_organisation import told
from .things import FOREIGN, OWN, add_the_rest
from .writers import RESULT

RESULTS = "/api/v1/results/"


@pytest.fixture
def manager(calling: Calling) -> APIClient:
    """Manages SEC and RED below it, where OWN is; sees nobody of OPS, where FOREIGN is."""
    add_the_rest()
    return calling("manager")


def result(number: int = 1, /, **values: object) -> dict[str, Any]:
    return {**RESULT, "result_id": f"LMS-{number}", **values}


def errors(response: Any) -> list[tuple[int | None, str, str]]:
    """Where something is wrong, and its kind."""
    assert response.status_code == 400, response.content
    return [(one.get("index"), one["field"], one["code"]) for one in response.json()["errors"]]


def test_one_result_is_recorded_and_counts_at_once(manager: APIClient, people: dict[str, User]) -> None:
    response = manager.post(RESULTS, result())
    assert response.status_code == 201
    assert response.json().items() >= RESULT.items()
    assert response.json()["recorded_by"] == "manager"
    assert response["Location"] == "/api/v1/results/LMS-1/"
    shown = manager.get(response["Location"])
    assert (shown.json(), shown["ETag"]) == (response.json(), response["ETag"])
    assert AssessmentResult.objects.get(result_id="LMS-1").recorded_by == people["manager"]
    assert standings_of(OWN, "C-1")[1][3:] == ("met", 3)
    assert list(disagreements()) == []


def test_without_an_id_it_is_given_one(manager: APIClient) -> None:
    body = {name: RESULT[name] for name in ("employee_id", "competency", "level", "method", "assessed_on")}
    first, second = (manager.post(RESULTS, body).json() for _ in range(2))
    assert first["result_id"] != second["result_id"]
    assert (first["expires_on"], first["assessor"], first["evidence"]) == (None, "", "")
    assert AssessmentResult.objects.filter(result_id=first["result_id"]).exists()


def test_a_list_is_recorded_in_its_order(manager: APIClient) -> None:
    """Of two of one day the later in the list decides."""
    sent = [result(1, level=4), result(2, level=1), {**result(3, competency="C-2"), "employee_id": "S1"}]
    response = manager.post(RESULTS, sent)
    assert response.status_code == 201
    assert response.json() == {"recorded": 3, "on_record": 0, "result_ids": ["LMS-1", "LMS-2", "LMS-3"]}
    assert standings_of(OWN, "C-1")[1][3:] == ("gap", 1)
    keys = AssessmentResult.objects.filter(result_id__startswith="LMS").order_by("pk")
    assert [*keys.values_list("result_id", flat=True)] == ["LMS-1", "LMS-2", "LMS-3"]
    assert list(disagreements()) == []


def test_what_is_on_record_with_the_same_content_changes_nothing(manager: APIClient) -> None:
    first = manager.post(RESULTS, result())
    again = manager.post(RESULTS, result())
    assert (again.status_code, again.json()) == (200, first.json())
    mixed = manager.post(RESULTS, [result(2), result(1)])
    assert mixed.status_code == 201
    assert mixed.json() == {"recorded": 1, "on_record": 1, "result_ids": ["LMS-2", "LMS-1"]}
    assert manager.post(RESULTS, [result(1), result(2)]).status_code == 200
    assert AssessmentResult.objects.filter(result_id__startswith="LMS").count() == 2


def test_a_withdrawn_result_that_is_sent_again_stays_withdrawn(manager: APIClient) -> None:
    manager.post(RESULTS, result())
    manager.post(f"{RESULTS}LMS-1/withdraw/", {"reason": "Mistaken"})
    again = manager.post(RESULTS, result())
    assert again.status_code == 200
    assert again.json()["withdrawn_reason"] == "Mistaken"


@pytest.mark.parametrize(
    "other",
    [{"level": 2}, {"evidence": "Other"}, {"expires_on": None}, {"employee_id": "S1"}, {"competency": "C-2"}],
    ids=str,
)
def test_the_same_id_with_other_content_is_refused(manager: APIClient, other: dict[str, Any]) -> None:
    manager.post(RESULTS, result())
    assert errors(manager.post(RESULTS, result(**other))) == [(None, "result_id", "conflict")]
    assert errors(manager.post(RESULTS, [result(2), result(1, **other)])) == [(1, "result_id", "conflict")]
    assert AssessmentResult.objects.filter(result_id__startswith="LMS").count() == 1


def test_an_id_stands_once_in_a_list(manager: APIClient) -> None:
    response = manager.post(RESULTS, [result(1), result(2), result(1)])
    assert errors(response) == [(2, "result_id", "conflict")]
    assert response.json()["detail"] == "'LMS-1' is that of number 0 already."


def test_everything_that_is_wrong_is_told_with_its_place_and_nothing_is_written(manager: APIClient) -> None:
    tomorrow = (localdate() + timedelta(days=1)).isoformat()
    sent: list[Any] = [
        result(1),
        result(2, level=7, method="guess"),
        "no object",
        result(3, employee_id="NONE", competency="NONE"),
        result(4, assessed_on=tomorrow, expires_on=None),
        result(5, expires_on="2024-12-31"),
        {"colour": "red"},
    ]
    found = errors(manager.post(RESULTS, sent))
    assert sorted(found[:9], key=str) == sorted(
        [
            (1, "level", "invalid"),
            (1, "method", "invalid"),
            (2, None, "invalid"),
            (3, "employee_id", "unknown"),
            (3, "competency", "unknown"),
            (4, "assessed_on", "invalid"),
            (5, "expires_on", "invalid"),
            (6, "employee_id", "required"),
            (6, "competency", "required"),
        ],
        key=str,
    )
    assert (6, "colour", "unknown_field") in found
    assert not AssessmentResult.objects.filter(result_id__startswith="LMS").exists()


def test_a_hundred_errors_are_told_and_the_rest_counted(manager: APIClient) -> None:
    response = manager.post(RESULTS, [result(number, level=7) for number in range(130)])
    assert len(errors(response)) == 100
    assert response.json()["more_errors"] == 30
    assert response.json()["detail"] == "130 things are not valid; errors names the first 100."


def test_a_list_is_neither_empty_nor_too_long(manager: APIClient, settings: Any) -> None:
    settings.API_RESULTS_AT_ONCE = 2
    assert manager.post(RESULTS, [result(1), result(2)]).status_code == 201
    response = manager.post(RESULTS, [result(number) for number in (3, 4, 5)])
    assert told(response, 413) == {"": "These are 3 results; 2 are the most at once. Send them in parts."}
    assert told(manager.post(RESULTS, []), 400) == {"": "The list is empty. Send at least one result."}


def test_today_is_not_too_late(manager: APIClient) -> None:
    assert manager.post(RESULTS, result(assessed_on=localdate().isoformat())).status_code == 201


@pytest.mark.parametrize("who", ["auditor", "staff", "stranger"])
def test_who_manages_nobody_records_nothing(calling: Calling, who: str) -> None:
    add_the_rest()
    assert told(calling(who).post(RESULTS, result(employee_id="S1", method="self")), 403) == {
        "": "Only administrators and managers of teams record results."
    }


def test_an_administrator_records_for_everybody(calling: Calling) -> None:
    add_the_rest()
    response = calling("administrator").post(RESULTS, [result(1), result(2, employee_id=FOREIGN)])
    assert response.status_code == 201


def test_a_hidden_person_is_answered_like_a_missing_one(manager: APIClient) -> None:
    for many in (False, True):
        hidden, missing = (
            manager.post(RESULTS, [result(employee_id=code)] if many else result(employee_id=code))
            for code in (FOREIGN, "NO")
        )
        assert errors(hidden) == [(0 if many else None, "employee_id", "unknown")]
        assert hidden.content.replace(FOREIGN.encode(), b"NO") == missing.content


def test_a_hidden_result_on_record_is_answered_like_a_visible_one_of_other_content(manager: APIClient) -> None:
    """That the id is taken cannot be kept from whoever sends it; whose it is can."""
    manager.post(RESULTS, result(level=1))
    hidden, visible = (manager.post(RESULTS, result(result_id=known)) for known in ("R4", "LMS-1"))
    assert errors(hidden) == [(None, "result_id", "conflict")]
    assert hidden.content.replace(b"R4", b"LMS-1") == visible.content


def test_who_left_ones_scope_is_not_recorded_for(manager: APIClient) -> None:
    """S3 was in RED until 2025."""
    assert errors(manager.post(RESULTS, result(employee_id="S3", assessed_on="2024-06-01", expires_on=None))) == [
        (None, "employee_id", "unknown")
    ]


def test_who_is_seen_but_not_recorded_for_is_named_as_such(manager: APIClient) -> None:
    """Somebody in the team who has left is still to be seen there."""
    Person.objects.filter(employee_id=OWN).update(left_on="2025-01-01")
    assert errors(manager.post(RESULTS, result())) == [(None, "employee_id", "forbidden")]


def test_nobody_verifies_themselves(manager: APIClient, people: dict[str, User], calling: Calling) -> None:
    assert errors(manager.post(RESULTS, result(employee_id="M1", method="manager"))) == [(None, "method", "forbidden")]
    assert manager.post(RESULTS, result(employee_id="M1", method="self")).status_code == 201
    people["administrator"].person = Person.objects.get(employee_id=OWN)
    people["administrator"].save()
    assert errors(calling("administrator").post(RESULTS, [result(2)])) == [(0, "method", "forbidden")]


def test_a_level_is_a_number_and_nothing_that_looks_like_one(manager: APIClient) -> None:
    for number, level in enumerate([True, False, "3", None, 3.5, -1, 5, 10**30, [3], {"level": 3}]):
        assert [one[1] for one in errors(manager.post(RESULTS, result(number, level=level)))] == ["level"], level
    assert manager.post(RESULTS, result(level=3.0)).json()["level"] == 3


def test_how_many_results_there_are_changes_no_number_of_queries(
    calling: Calling, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_the_rest()
    caller = calling("administrator")
    with django_assert_max_num_queries(45) as few:
        caller.post(RESULTS, [result(number) for number in range(3)])
    with django_assert_max_num_queries(len(few)):
        caller.post(RESULTS, [result(number) for number in range(10, 90)])


def test_a_result_is_withdrawn_once(manager: APIClient) -> None:
    manager.post(RESULTS, result())
    response = manager.post(f"{RESULTS}LMS-1/withdraw/", {"reason": " Wrong person "})
    assert response.status_code == 200
    assert response.json()["withdrawn_reason"] == "Wrong person"
    assert response.json()["withdrawn_by"] == "manager"
    assert manager.get(f"{RESULTS}LMS-1/").json() == response.json()
    assert standings_of(OWN, "C-1")[-1][3:] == ("not_assessed", None)
    again = manager.post(f"{RESULTS}LMS-1/withdraw/", {"reason": "Again"})
    assert told(again, 409) == {"": "'LMS-1' has been withdrawn before."}
    assert list(disagreements()) == []


@pytest.mark.parametrize("reason", ["", "   ", None, 5, "x" * 501, ["x"]])
def test_a_withdrawal_says_why(manager: APIClient, reason: object) -> None:
    manager.post(RESULTS, result())
    assert [*told(manager.post(f"{RESULTS}LMS-1/withdraw/", {"reason": reason}), 400)] == ["reason"]
    assert AssessmentResult.objects.get(result_id="LMS-1").withdrawn_at is None


def test_who_may_withdraw_is_who_may_on_the_page(calling: Calling, people: dict[str, User]) -> None:
    add_the_rest()
    calling("administrator").post(RESULTS, [result(1), result(2, employee_id="M1"), result(3, employee_id="S1")])
    TeamManager.objects.create(team=Membership.objects.get(person__employee_id=FOREIGN).team, person_id=_pk(FOREIGN))
    gets = {
        ("manager", "LMS-1"): 200,
        ("manager", "LMS-2"): 403,
        ("auditor", "LMS-3"): 403,
        ("staff", "LMS-3"): 403,
        ("staff", "LMS-2"): 404,
        ("manager", "R4"): 404,
        ("stranger", "LMS-3"): 404,
        ("administrator", "LMS-2"): 200,
    }
    found = {
        (who, one): calling(who).post(f"{RESULTS}{one}/withdraw/", {"reason": "Mistaken"}).status_code
        for who, one in gets
    }
    assert found == gets


def _pk(employee_id: str) -> int:
    return Person.objects.get(employee_id=employee_id).pk


def test_a_token_needs_the_scope_to_write_results(calling: Calling) -> None:
    add_the_rest()
    caller = calling("administrator", writes_results=False)
    for path in (RESULTS, f"{RESULTS}R1/withdraw/"):
        assert told(caller.post(path, {}), 403) == {"": "This token lacks the scope write_results."}
    assert calling("administrator", writes_organisation=False).post(RESULTS, result()).status_code == 201
