"""`Idempotency-Key`: what is sent again is answered again, and done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now
from rest_framework.test import APIClient

from assessments.models import AssessmentResult
from assessments.services import record_sent
from reports.models import IdempotentRequest
from roles.models import ApiToken, User
from tests.organisation import at_once, everything

from .conftest import Calling
from .test_writing_junk import without_use
from .test_writing_organisation import told
from .things import OWN, add_the_rest
from .writers import WRITERS, Writer

POSTS = {name: writer for name, writer in WRITERS.items() if writer.method == "post"}
KEY = {"Idempotency-Key": "night-2026-11-01"}
RESULTS = "/api/v1/results/"
RESULT = {**WRITERS["add a result"].body}
del RESULT["result_id"]


@pytest.fixture
def admin(calling: Calling) -> APIClient:
    add_the_rest()
    return calling("administrator")


@pytest.mark.parametrize("writer", POSTS.values(), ids=POSTS)
def test_what_is_sent_again_is_answered_again_and_done_once(admin: APIClient, writer: Writer) -> None:
    path = writer.path()
    first = admin.post(path, writer.body, headers=KEY)
    assert first.status_code in {200, 201}
    written = without_use(everything())
    again = admin.post(path, dict(reversed(writer.body.items())), headers=KEY)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert [again.get(name) for name in ("Location", "ETag")] == [first.get(name) for name in ("Location", "ETag")]
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert without_use(everything()) == written


def test_another_body_or_address_under_the_same_key_is_refused(admin: APIClient) -> None:
    admin.post(RESULTS, RESULT, headers=KEY)
    for path, body in [(RESULTS, {**RESULT, "level": 1}), (RESULTS, [RESULT]), ("/api/v1/teams/", RESULT)]:
        response = admin.post(path, body, headers=KEY)
        assert "another request" in told(response, 422)[""]
        assert response.json()["type"] == "urn:aiskills:problem:key-used-before"
    assert AssessmentResult.objects.filter(person__employee_id=OWN, competency__code="C-1").count() == 1


def test_a_key_belongs_to_who_sent_it(calling: Calling) -> None:
    add_the_rest()
    first, second = (calling(who).post(RESULTS, RESULT, headers=KEY) for who in ("administrator", "manager"))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["result_id"] != second.json()["result_id"]


def test_a_refused_request_leaves_its_key_free(admin: APIClient) -> None:
    assert admin.post(RESULTS, {**RESULT, "level": 9}, headers=KEY).status_code == 400
    assert admin.post("/api/v1/teams/", {"code": "ORG", "name": "Again"}, headers=KEY).status_code == 409
    assert not IdempotentRequest.objects.exists()
    assert admin.post(RESULTS, RESULT, headers=KEY).status_code == 201


def test_a_key_is_kept_for_a_day(admin: APIClient) -> None:
    first = admin.post(RESULTS, RESULT, headers=KEY).json()
    IdempotentRequest.objects.update(claimed_at=now() - timedelta(hours=23, minutes=59))
    assert admin.post(RESULTS, RESULT, headers=KEY).json() == first
    IdempotentRequest.objects.update(claimed_at=now() - timedelta(hours=24, minutes=1))
    assert admin.post(RESULTS, RESULT, headers=KEY).json() != first


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "ü"])
def test_a_key_that_is_none_is_refused(admin: APIClient, key: str) -> None:
    assert [*told(admin.post(RESULTS, RESULT, headers={"Idempotency-Key": key}), 400)] == ["Idempotency-Key"]


def claimed(user: User, minutes: int) -> None:
    """A claim that somebody made so many minutes ago and has not answered."""
    other = APIClient()
    other.force_authenticate(user)
    other.post(RESULTS, RESULT, headers=KEY)
    IdempotentRequest.objects.update(status=None, body=b"", claimed_at=now() - timedelta(minutes=minutes))


def test_while_the_first_is_being_answered_the_second_is_told_to_wait(
    admin: APIClient, people: dict[str, User]
) -> None:
    claimed(people["administrator"], minutes=9)
    response = admin.post(RESULTS, RESULT, headers=KEY)
    assert response.status_code == 409
    assert response.json()["type"] == "urn:aiskills:problem:in-flight"
    assert int(response["Retry-After"]) >= 1


def test_a_claim_that_was_abandoned_is_taken_over(admin: APIClient, people: dict[str, User]) -> None:
    """As when a process was killed in the middle: its transaction is undone, and its claim stands unanswered."""
    claimed(people["administrator"], minutes=11)
    assert admin.post(RESULTS, RESULT, headers=KEY).status_code == 201
    assert IdempotentRequest.objects.get().status == 201


# Two at once, each with a connection of its own, as in processes of a server.


def caller(who: str) -> APIClient:
    """Somebody new with a token, for tests that end their transactions."""
    user, _ = User.objects.get_or_create(username=who, is_superuser=True)
    _, token = ApiToken.objects.create(user, name=f"test {ApiToken.objects.count()}", writes_results=True)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "with a result_id alone"])
def test_of_two_at_once_one_is_written(organisation: None, keyed: bool) -> None:
    add_the_rest()
    one, two = caller("one"), caller("one")
    both_here = threading.Barrier(2)
    body = RESULT if keyed else {**RESULT, "result_id": "LMS-1"}

    def post(client: APIClient) -> Callable[[], Any]:
        def work() -> Any:
            both_here.wait(timeout=20)
            return client.post(RESULTS, body, headers=KEY if keyed else {})

        return work

    answers: list[Any] = at_once(post(one), post(two))
    assert AssessmentResult.objects.filter(person__employee_id=OWN, competency__code="C-1").count() == 1
    statuses = sorted(answer.status_code for answer in answers)
    # The second one finds the first at work, or done.
    assert statuses in ([201, 201], [201, 409]) if keyed else statuses == [200, 201], [one.content for one in answers]
    if statuses == [201, 201]:
        assert answers[0].json() == answers[1].json()


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_the_first_is_at_work_is_told_so(organisation: None, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite nobody else writes while somebody is at work")
    add_the_rest()
    one, two = caller("one"), caller("one")
    at_work, answered = threading.Event(), threading.Event()

    def slowly(**given: Any) -> Any:
        at_work.set()
        answered.wait(timeout=20)
        return record_sent(**given)

    monkeypatch.setattr("reports.api.recording.record_sent", slowly)

    def second() -> Any:
        at_work.wait(timeout=20)
        try:
            return two.post(RESULTS, RESULT, headers=KEY)
        finally:
            answered.set()

    first_answer, second_answer = at_once(lambda: one.post(RESULTS, RESULT, headers=KEY), second)
    assert (first_answer.status_code, second_answer.status_code) == (201, 409)  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_middle_writes_nothing_and_frees_the_key(
    organisation: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_the_rest()
    client = caller("one")

    def breaks(**given: Any) -> Any:
        record_sent(**given)
        raise RuntimeError("the power went out")

    monkeypatch.setattr("reports.api.recording.record_sent", breaks)
    assert client.post(RESULTS, RESULT, headers=KEY).status_code == 500
    assert not AssessmentResult.objects.filter(competency__code="C-1", person__employee_id=OWN).exists()
    assert not IdempotentRequest.objects.exists()
    monkeypatch.undo()
    assert client.post(RESULTS, RESULT, headers=KEY).status_code == 201
