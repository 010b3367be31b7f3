"""Recording and withdrawing results: the standings follow at once, at a constant cost, also when two record at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from io import StringIO
from itertools import count
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assessments.models import AssessmentResult, Method
from assessments.services import (
    AlreadyWithdrawn,
    ReasonMissing,
    judges_themselves,
    record_once,
    record_results,
    withdraw_result,
)
from reports.gathering import current_rules
from reports.models import Standing
from reports.services import disagreements
from reports.standings import Rules
from roles.locks import hold_people
from roles.models import Competency, MatrixVersion, Person, Role, RoleAssignment, User
from roles.services import publish_version
from tests.organisation import AT, OrganisationFiles, at_once, everything, standings_of

pytestmark = pytest.mark.django_db

_days = count()


def result(employee_id: str = "E1", competency: str = "C-1", level: int = 4, **cells: Any) -> AssessmentResult:
    """A verified result, each one assessed a day after the one before."""
    return AssessmentResult(
        person=Person.objects.get(employee_id=employee_id),
        competency=Competency.objects.get(code=competency),
        **{"level": level, "method": "exam", "assessed_on": date(2026, 3, 1) + timedelta(days=next(_days)), **cells},
    )


def test_a_recorded_result_counts_at_once(imported: OrganisationFiles) -> None:
    [recorded] = record_results(results=[result(assessed_on=date(2026, 3, 1))], by=None, at=AT)
    assert standings_of("E1", "C-1")[-1] == ("2026-03-01", "open", "BLUE", "met", 4)
    assert (recorded.recorded_at, recorded.recorded_by, recorded.withdrawn_at) == (AT, None, None)
    assert list(disagreements()) == []


def test_results_without_an_id_of_the_sender_each_get_their_own(imported: OrganisationFiles) -> None:
    first, second = record_results(results=[result(), result()], by=None, at=AT)
    assert len({first.result_id, second.result_id}) == 2


@pytest.mark.parametrize("levels", [(1, 4), (4, 1)])
def test_of_two_results_of_one_day_the_one_recorded_later_decides(
    imported: OrganisationFiles, levels: tuple[int, int]
) -> None:
    day = date(2026, 3, 1)
    record_results(results=[result(level=level, assessed_on=day) for level in levels], by=None, at=AT)
    assert standings_of("E1", "C-1")[-1][-1] == levels[-1]


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param({"level": 5}, id="no such level"),
        pytest.param({"level": -1}, id="below the scale"),
        pytest.param({"level": "expert"}, id="no level"),
        pytest.param({"method": "guess"}, id="no such method"),
        pytest.param({"assessed_on": None}, id="no day"),
        pytest.param({"assessed_on": date(2026, 3, 2), "expires_on": date(2026, 3, 1)}, id="expired before assessed"),
        pytest.param({"evidence": "x" * 2_001}, id="too long"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["the first of two", "the last of two"])
def test_with_one_bad_result_none_is_recorded(
    imported: OrganisationFiles, cells: dict[str, Any], *, first: bool
) -> None:
    before = everything()
    results = [result(**cells), result()] if first else [result(), result(**cells)]
    with pytest.raises(ValidationError):
        record_results(results=results, by=None, at=AT)
    assert everything() == before


def test_a_result_id_is_recorded_once(imported: OrganisationFiles) -> None:
    before = everything()
    with pytest.raises(IntegrityError), transaction.atomic():
        record_results(results=[result(), result(result_id="R1")], by=None, at=AT)
    assert everything() == before


def test_a_withdrawn_result_counts_nowhere_and_stays_on_record(imported: OrganisationFiles) -> None:
    row = AssessmentResult.objects.get(result_id="R1")
    withdraw_result(result=row, by=None, reason=" Mixed up ", at=AT)
    assert standings_of("E1", "C-1") == [
        ("2024-01-01", "2024-03-01", "RED", "not_assessed", None),
        ("2024-03-01", "2025-01-01", "RED", "gap", 2),
        ("2025-01-01", "open", "BLUE", "gap", 2),
    ]
    assert (row.withdrawn_at, row.withdrawn_reason) == (AT, "Mixed up")
    assert AssessmentResult.objects.filter(result_id="R1").exists()
    assert list(disagreements()) == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_withdrawal_says_why(imported: OrganisationFiles, reason: str) -> None:
    before = everything()
    with pytest.raises(ReasonMissing):
        withdraw_result(result=AssessmentResult.objects.get(result_id="R1"), by=None, reason=reason, at=AT)
    assert everything() == before


def test_of_two_who_withdraw_the_slower_is_told_and_writes_nothing(imported: OrganisationFiles) -> None:
    mine, theirs = (AssessmentResult.objects.get(result_id="R1") for _ in range(2))
    withdraw_result(result=theirs, by=None, reason="First", at=AT)
    before = everything()
    with pytest.raises(AlreadyWithdrawn):
        withdraw_result(result=mine, by=None, reason="Second", at=AT)
    assert everything() == before


# Nobody verifies themselves.


def user_of(employee_id: str | None, **rights: bool) -> User:
    person = Person.objects.get(employee_id=employee_id) if employee_id else None
    return User.objects.create(username=f"user of {employee_id}", person=person, **rights)


@pytest.mark.parametrize("rights", [{}, {"is_superuser": True}])
@pytest.mark.parametrize("method", [method for method in Method if method != Method.SELF])
def test_about_oneself_one_records_and_withdraws_nothing_but_a_self_assessment(
    imported: OrganisationFiles, method: Method, rights: dict[str, bool]
) -> None:
    user = user_of("E1", **rights)
    [of_others] = record_results(results=[result(method=method)], by=None, at=AT)
    before = everything()
    for results in ([result("E2"), result(method=method)], [result(method=method), result("E2")]):
        with pytest.raises(ValidationError) as refused:
            record_results(results=results, by=user, at=AT)
        assert [error.code for error in refused.value.error_dict["method"]] == ["judges_themselves"]
    with pytest.raises(PermissionDenied):
        withdraw_result(result=of_others, by=user, reason="Unfair", at=AT)
    assert everything() == before


def test_a_self_assessment_of_ones_own_is_recorded_and_withdrawn(imported: OrganisationFiles) -> None:
    user = user_of("E1")
    [own] = record_results(results=[result(method="self")], by=user, at=AT)
    withdraw_result(result=own, by=user, reason="Too bold", at=AT)
    assert (own.recorded_by, own.withdrawn_by) == (user, user)


@pytest.mark.parametrize("employee_id", ["E2", None])
def test_about_others_or_without_a_person_or_a_user_nobody_judges_themselves(
    imported: OrganisationFiles, employee_id: str | None
) -> None:
    row = result("E1", method="exam")
    assert not judges_themselves(row, by=user_of(employee_id))
    assert not judges_themselves(row, by=None)
    assert judges_themselves(row, by=user_of("E1"))


# Once.


def test_of_results_that_are_on_record_only_the_others_are_recorded(imported: OrganisationFiles) -> None:
    withdraw_result(result=AssessmentResult.objects.get(result_id="R2"), by=None, reason="x", at=AT)
    rows = [result(result_id=result_id) for result_id in ("N1", "R1", "R2", "N2")]
    assert [row.result_id for row in record_once(results=rows, by=None, at=AT)] == ["N1", "N2"]
    assert record_once(results=rows, by=None, at=AT) == []
    assert list(AssessmentResult.objects.values_list("result_id", flat=True)) == ["R1", "R2", "R3", "N1", "N2"]
    assert list(disagreements()) == []


def test_what_somebody_recorded_in_between_is_found_there(
    imported: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [result(result_id=result_id) for result_id in ("N1", "N2")]
    record = record_results

    def slower(**said: Any) -> list[AssessmentResult]:
        monkeypatch.setattr("assessments.services.recording.record_results", record)
        record(results=[result(result_id="N2")], by=None, at=AT)
        return record(**said)

    monkeypatch.setattr("assessments.services.recording.record_results", slower)
    assert [row.result_id for row in record_once(results=rows, by=None, at=AT)] == ["N1"]
    assert list(disagreements()) == []


def test_one_bad_result_keeps_the_new_ones_from_being_recorded(imported: OrganisationFiles) -> None:
    before = everything()
    with pytest.raises(ValidationError):
        record_once(results=[result(), result(level=7)], by=None, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        record_once(results=[result(result_id="N1"), result(result_id="N1")], by=None, at=AT)
    assert everything() == before


# What a user may see.


def test_results_are_seen_of_people_in_ones_scope_today_or_on_the_day_of_the_assessment(
    imported: OrganisationFiles,
) -> None:
    """E2 manages RED, where E1 was until 2025."""

    def seen(user: User, on: date) -> list[str]:
        rows = AssessmentResult.objects.visible_to(user, on=on)
        return list(rows.values_list("result_id", flat=True))

    record_results(results=[result(result_id="N1", assessed_on=date(2025, 3, 1))], by=None, at=AT)
    manager, staff, auditor = user_of("E2"), user_of("E3"), user_of(None, is_auditor=True)
    assert seen(manager, date(2026, 3, 1)) == ["R1", "R2", "R3"]
    assert seen(manager, date(2024, 6, 1)) == ["R1", "R2", "R3"]
    assert seen(user_of("E1"), date(2026, 3, 1)) == ["R1", "R2", "N1"]
    assert seen(staff, date(2026, 3, 1)) == []
    assert seen(auditor, date(2026, 3, 1)) == ["R1", "R2", "R3", "N1"]
    assert seen(User.objects.create(username="nobody"), date(2026, 3, 1)) == []


def queries_of_one_more() -> int:
    with CaptureQueriesContext(connection) as captured:
        record_results(results=[result()], by=None, at=AT)
    return len(captured)


def test_recording_takes_as_many_queries_after_300_results_as_after_one(imported: OrganisationFiles) -> None:
    few = queries_of_one_more()
    record_results(results=[result(level=level % 5) for level in range(300)], by=None, at=AT)
    assert queries_of_one_more() == few


def test_recording_many_results_takes_as_many_queries_as_recording_one(imported: OrganisationFiles) -> None:
    one, many = [result()], [result() for _ in range(40)]
    with CaptureQueriesContext(connection) as few:
        record_results(results=one, by=None, at=AT)
    with CaptureQueriesContext(connection) as captured:
        record_results(results=many, by=None, at=AT)
    assert len(captured) == len(few)


def test_recording_once_takes_as_many_queries_for_many_as_for_one(imported: OrganisationFiles) -> None:
    user = user_of("E2")
    counted = []
    for results in ([result("E1")], [result("E1") for _ in range(40)]):
        with CaptureQueriesContext(connection) as captured:
            record_once(results=results, by=user, at=AT)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_withdrawing_takes_as_many_queries_after_300_results_as_after_one(imported: OrganisationFiles) -> None:
    counted = []
    for results in (1, 300):
        *_, last = record_results(results=[result() for _ in range(results)], by=None, at=AT)
        with CaptureQueriesContext(connection) as captured:
            withdraw_result(result=last, by=None, reason="Mixed up", at=AT)
        counted.append(len(captured))
    assert counted[0] == counted[1]


# In transactions of their own.


@pytest.mark.django_db(transaction=True)
def test_results_and_standings_are_written_together_or_not_at_all(
    files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.as_import()
    before = everything()
    with monkeypatch.context() as broken:
        broken.setattr("reports.services._write", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            record_results(results=[result()], by=None, at=AT)
        with pytest.raises(ZeroDivisionError):
            withdraw_result(result=AssessmentResult.objects.get(result_id="R1"), by=None, reason="x", at=AT)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_two_who_record_for_the_same_people_at_once_leave_right_standings(files: OrganisationFiles) -> None:
    """Each of them computes from what the other recorded, whoever comes second."""
    files.as_import()
    rounds = 8

    def record(level: int) -> None:
        for day in range(rounds):
            for competency in ("C-1", "C-2"):
                cells: dict[str, Any] = {"level": level, "assessed_on": date(2026, 3, 1) + timedelta(days=day)}
                rows = [result(employee_id, competency, **cells) for employee_id in ("E2", "E1")]
                record_results(results=rows, by=None, at=AT)

    assert at_once(lambda: record(1), lambda: record(4)) == [None, None]
    assert AssessmentResult.objects.count() == 3 + 2 * 2 * 2 * rounds
    assert list(disagreements()) == []


@pytest.mark.django_db(transaction=True)
def test_the_same_sent_several_times_at_once_is_recorded_once(files: OrganisationFiles) -> None:
    files.as_import()

    def send() -> int:
        rows = [
            result(who, result_id=f"{who} {at}", assessed_on=date(2026, 3, 1)) for who in ("E1", "E2") for at in (1, 2)
        ]
        return len(record_once(results=rows, by=None, at=AT))

    assert sorted(at_once(*[send] * 4), key=repr) == [0, 0, 0, 4]
    assert AssessmentResult.objects.count() == 3 + 4
    assert list(disagreements()) == []


@pytest.mark.django_db(transaction=True)
def test_a_result_and_an_assignment_written_at_once_leave_right_standings(files: OrganisationFiles) -> None:
    files.as_import()
    person, role = Person.objects.get(employee_id="E3"), RoleAssignment.objects.get(person__employee_id="E1").role

    def assign() -> None:
        for day in range(12):
            RoleAssignment.objects.create(
                person=person, role=role, from_on=date(2024, 2, 1 + day), until_on=date(2024, 3, 1 + day)
            )

    def record() -> None:
        for day in range(12):
            record_results(results=[result("E3", level=day % 5, assessed_on=date(2024, 2, 1 + day))], by=None, at=AT)

    assert at_once(assign, record) == [None, None]
    assert list(disagreements()) == []


@pytest.mark.django_db(transaction=True)
def test_a_version_published_while_a_result_is_recorded_counts_for_it_too(
    files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who computes holds the rules as they are: the version waits, and is then applied to the new result as well."""
    files.as_import()
    role, competency = Role.objects.get(code="ENG"), Competency.objects.get(code="C-1")
    version = MatrixVersion.objects.create(code="v2", effective_from=date(2025, 1, 1))
    version.requirements.create(role=role, competency=competency, required_level=1)
    rules_read, published = threading.Event(), threading.Event()

    def read_and_dawdle(**wish: Any) -> Rules:
        rules = current_rules(**wish)
        if not rules_read.is_set():
            rules_read.set()
            published.wait(timeout=0.5)
        return rules

    monkeypatch.setattr("reports.services.current_rules", read_and_dawdle)

    def publish() -> None:
        rules_read.wait(timeout=20)
        publish_version(version=version, at=AT)
        published.set()

    def record() -> None:
        record_results(results=[result(level=1)], by=None, at=AT)

    assert at_once(publish, record) == [None, None]
    assert list(disagreements()) == []


@pytest.mark.django_db(transaction=True)
def test_the_first_two_who_ever_record_do_not_hinder_each_other(
    files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no standing is stored yet, the second must still see those that the first has just written."""
    files.only("teams", "people", "memberships", "competencies", "roles").as_import()
    assert not Standing.objects.exists()
    both_here = threading.Barrier(2)

    def wait_and_hold(people: Sequence[int]) -> None:
        if connection.vendor == "postgresql":  # on SQLite a transaction that has begun is alone
            both_here.wait(timeout=20)
        hold_people(people)

    monkeypatch.setattr("reports.services.hold_people", wait_and_hold)

    def record(level: int) -> None:
        record_results(results=[result("E1", level=level), result("E2", level=level)], by=None, at=AT)

    assert at_once(lambda: record(1), lambda: record(4)) == [None, None]
    assert list(disagreements()) == []


# What goes round the models is found and mended.


def run(*arguments: str) -> tuple[object, str, str]:
    """Exit status, output and errors of `rebuild_standings`."""
    out, err = StringIO(), StringIO()
    status: object = 0
    try:
        call_command("rebuild_standings", *arguments, stdout=out, stderr=err)
    except SystemExit as exit_:
        status = exit_.code
    return status, out.getvalue(), err.getvalue()


PLANTED = {
    "another level": "UPDATE reports_standing SET level = 0 WHERE competency_id = {c} AND person_id = {p} AND level=3",
    "a stretch too few": "DELETE FROM reports_standing WHERE competency_id = {c} AND person_id = {p} AND level = 2",
    "another team": "UPDATE reports_standing SET team_id = {t} WHERE competency_id = {c} AND person_id = {p}",
    "another end": "UPDATE reports_standing SET until_on = '2027-01-01' WHERE competency_id = {c} AND person_id = {p}"
    " AND until_on = '9999-12-31'",
    "another state": "UPDATE reports_standing SET state = 5 WHERE competency_id = {c} AND person_id = {p}",
    "a fact": "UPDATE roles_person SET left_on = '2025-06-01' WHERE id = {p}",
    "a result": "INSERT INTO assessments_assessmentresult (result_id, person_id, competency_id, level, method,"
    " assessed_on, assessor, evidence, recorded_at, withdrawn_reason)"
    " VALUES ('X', {p}, {c}, 0, 'exam', '2026-02-02', '', '', '2026-02-02', '')",
}


@pytest.mark.parametrize("statement", PLANTED.values(), ids=PLANTED)
def test_a_difference_planted_by_sql_is_found_by_name_and_mended(imported: OrganisationFiles, statement: str) -> None:
    person, competency = Person.objects.get(employee_id="E1"), Competency.objects.get(code="C-1")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(p=person.pk, c=competency.pk, t=person.memberships.all()[0].team_id))
    planted = everything()
    status, out, err = run("--check")
    assert (status, out) == (1, "")
    assert "E1 C-1" in err
    assert everything() == planted
    assert run() == (0, "The standings of 1 people were not what the facts make them; now all are.\n", "")
    assert run("--check") == (0, "Standings and facts agree.\n", "")


def test_standings_of_people_who_are_gone_are_found_and_mended(imported: OrganisationFiles) -> None:
    row = Standing.objects.filter(person__employee_id="E1").values().first()
    assert row is not None
    Standing.objects.bulk_create([Standing(**{**row, "person_id": 4711})])
    status, _, err = run("--check")
    assert status == 1
    assert "person 4711" in err
    run()
    assert list(disagreements()) == []


def test_when_nothing_differs_a_rebuild_says_so(imported: OrganisationFiles) -> None:
    assert run() == (0, "The standings of 0 people were not what the facts make them; now all are.\n", "")


def test_a_team_whose_path_is_wrong_is_found(imported: OrganisationFiles) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE roles_team SET path = '00000001' WHERE code = 'RED'")
    status, _, err = run("--check")
    assert (status, err.startswith("team RED: its path is '00000001'")) == (1, True)


def test_a_database_that_refuses_a_result_is_heard(imported: OrganisationFiles) -> None:
    row = result()
    row.person_id = 4711
    with pytest.raises(DatabaseError), transaction.atomic():  # noqa: PT012 - it is heard at the end of the transaction
        record_results(results=[row], by=None, at=AT)
        connection.check_constraints()
