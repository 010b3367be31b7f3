"""What was said in the words of old results goes, also from the trail; the figures stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from assessments.models import AssessmentResult
from assessments.services import SentResult, record_sent, withdraw_result
from assessments.services.retention import Pseudonymised, due, months_before, pseudonymise_results
from reports.models import Standing
from roles.audit import findings
from roles.models import AuditEvent, User
from tests.organisation import OrganisationFiles

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = date(2024, 3, 1)


def pseudonymised(before: date = BEFORE) -> Pseudonymised:
    return pseudonymise_results(before=before, by=None, at=AT)


def words() -> dict[str, list[str]]:
    rows = AssessmentResult.objects.values_list("result_id", "assessor", "evidence", "withdrawn_reason")
    return {result_id: rest for result_id, *rest in rows}


def test_only_results_from_before_the_day_lose_their_words(imported: OrganisationFiles) -> None:
    assert pseudonymised().results == 1
    assert words()["R1"] == ["", "", ""]
    assert words()["R3"] == ["E3", "", ""]
    assert AssessmentResult.objects.get(result_id="R1").pseudonymised_at == AT


def test_a_withdrawn_result_keeps_that_it_had_a_reason(imported: OrganisationFiles) -> None:
    withdraw_result(result=AssessmentResult.objects.get(result_id="R1"), by=None, reason="Ada was ill", at=AT)
    pseudonymised()
    assert words()["R1"] == ["", "", "(erased)"]


def test_levels_days_and_standings_stay(imported: OrganisationFiles) -> None:
    def facts() -> list[Any]:
        kept = (
            "pk",
            "result_id",
            "person",
            "competency",
            "level",
            "method",
            "assessed_on",
            "expires_on",
            "recorded_at",
        )
        return [list(AssessmentResult.objects.values_list(*kept)), list(Standing.objects.values_list())]

    before = facts()
    pseudonymised()
    assert facts() == before


def test_the_trail_forgets_the_words_and_stays_whole(imported: OrganisationFiles) -> None:
    withdraw_result(result=AssessmentResult.objects.get(result_id="R1"), by=None, reason="Ada was ill", at=AT)
    assert pseudonymised().events == 2
    told = "".join(f"{event.before}{event.after}" for event in AuditEvent.objects.all())
    assert not {word for word in ("Certificate 17", "Institute", "Ada was ill") if word in told}
    assert "'assessor': 'E3'" in told  # of a result of later
    assert list(findings()) == []


def test_it_is_one_event_with_counts(imported: OrganisationFiles) -> None:
    count = AuditEvent.objects.count()
    pseudonymised()
    event = AuditEvent.objects.latest("number")
    assert AuditEvent.objects.count() == count + 1
    assert event.action == "results.pseudonymised"
    assert event.after is not None
    assert (event.after["results"], event.after["before"]) == (1, "2024-03-01")


def test_a_second_run_finds_nothing_and_leaves_no_event(imported: OrganisationFiles) -> None:
    pseudonymised()
    count = AuditEvent.objects.count()
    assert pseudonymised() == Pseudonymised(0, 0)
    assert AuditEvent.objects.count() == count


def test_importing_the_same_file_again_changes_nothing(imported: OrganisationFiles) -> None:
    pseudonymised(date(2030, 1, 1))
    report = imported.only("results").as_import()
    assert [(outcome.added, outcome.unchanged) for outcome in report.outcomes] == [(0, 3)]
    assert words()["R1"] == ["", "", ""]


def test_another_level_under_the_same_id_is_still_refused(imported: OrganisationFiles, refused: Any) -> None:
    pseudonymised()
    assert refused(imported.change("results", 2, level=1)) == [
        "results.csv:2: result_id: 'R1' is recorded with another level; withdraw it and send a new result_id"
    ]


def test_what_a_program_sends_again_is_known(imported: OrganisationFiles) -> None:
    pseudonymised()
    by = User.objects.create(username="root", is_superuser=True)
    sent = SentResult("R1", "E1", "C-1", 3, "exam", date(2024, 2, 1), date(2026, 2, 1), "Institute", "Certificate 17")
    assert record_sent(results=[sent], by=by, at=AT, today=AT.date()).before == 1


def test_the_command_takes_the_months_from_the_settings(imported: OrganisationFiles) -> None:
    output = StringIO()
    with override_settings(RETENTION_MONTHS=12):
        call_command("pseudonymise_results", stdout=output)
    assert output.getvalue().startswith("3 results assessed before ")
    assert not due(before=date(2030, 1, 1)).exists()


def test_a_dry_run_writes_nothing(imported: OrganisationFiles) -> None:
    output = StringIO()
    call_command("pseudonymise_results", "--older-than", "12", "--dry-run", stdout=output)
    assert output.getvalue().endswith("have words. Nothing was written.\n")
    assert due(before=date(2030, 1, 1)).count() == 3


@pytest.mark.parametrize("months", [None, "0", "-1", "99999"])
def test_the_command_asks_for_months_that_there_are(db: None, months: str | None) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("pseudonymise_results", *([] if months is None else ["--older-than", months]))
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 1, "2025-12-15"), ("2024-02-29", 12, "2023-02-28")],
)
def test_months_before_a_day(day: str, months: int, expected: str) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(expected)
