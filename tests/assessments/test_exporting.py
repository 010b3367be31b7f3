"""What is exported can be imported again and gives the same reports; an anonymised export names nobody."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from assessments.exporting import FILES, export_organisation
from assessments.importing.importer import import_organisation
from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from fixtures.demo import write_organisation
from reports.models import Standing
from reports.presentation.data import report_data
from reports.queries import team_report
from roles.guards import lift
from roles.models import EvidencePolicy, Organisation, Person, Role, Team
from roles.services import set_evidence_policy

TODAY = date(2026, 11, 1)
DAYS = [date(2025, 3, 1), TODAY, date(2027, 6, 1)]


@pytest.fixture
def organisation(matrix: Any, tmp_path: Path) -> Path:
    """The demo with 40 people, some results withdrawn, another policy and a role of everyone; a folder for exports."""
    folder = tmp_path / "demo"
    folder.mkdir()
    write_organisation(folder, people=40, seed=5, until=TODAY)
    import_organisation(folder, at=now())
    for result in AssessmentResult.objects.order_by("pk")[:30]:
        withdraw_result(result=result, by=None, reason="mistaken person", at=now())
    set_evidence_policy(policy=EvidencePolicy.HIGHEST)
    everyone = Role.objects.get(code="ALL")
    everyone.held_by_everyone = True
    everyone.save()
    return tmp_path / "export"


def reports() -> list[dict[str, Any]]:
    return [report_data(team_report(team=team, as_of=day)) for team in Team.objects.all() for day in DAYS]


def forget_the_organisation() -> None:
    """Leave an installation in which only the matrix is loaded."""
    from django.db import connection  # noqa: PLC0415

    lift(using="default")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "TRUNCATE reports_standing, assessments_assessmentresult, assessments_exemption, roles_membership,"
                " roles_roleassignment, roles_teammanager, roles_team, roles_person, roles_user CASCADE"
            )
        else:
            cursor.execute("PRAGMA defer_foreign_keys = ON")
            for model in (Standing, AssessmentResult):
                cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608
            for name in ("assessments_exemption", "roles_membership", "roles_roleassignment", "roles_teammanager"):
                cursor.execute(f"DELETE FROM {name}")  # noqa: S608
            cursor.execute("DELETE FROM roles_team")
            cursor.execute("DELETE FROM roles_person")
    Organisation.objects.update(evidence_policy=EvidencePolicy.LATEST_VERIFIED)
    Role.objects.update(held_by_everyone=False)


def test_an_export_imported_into_an_empty_installation_gives_the_same_reports(organisation: Path) -> None:
    before = reports()
    export_organisation(organisation)
    forget_the_organisation()
    assert not Person.objects.exists()

    import_organisation(organisation, at=now())

    assert reports() == before


def test_importing_an_export_where_it_came_from_changes_nothing(organisation: Path) -> None:
    export_organisation(organisation)

    report = import_organisation(organisation, at=now())

    assert sum(outcome.added + outcome.changed for outcome in report.outcomes) == 0


def test_withdrawn_results_are_left_out(organisation: Path) -> None:
    counts = export_organisation(organisation)

    assert counts["results.csv"] == AssessmentResult.objects.standing().count() < AssessmentResult.objects.count()


def test_an_anonymised_export_names_nobody_and_is_the_same_each_time(organisation: Path, tmp_path: Path) -> None:
    export_organisation(organisation, anonymise=True)
    export_organisation(tmp_path / "again", anonymise=True)

    text = "".join(path.read_text(encoding="utf-8") for path in organisation.iterdir())
    again = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "again").iterdir())
    assert text == again
    for person in Person.objects.all():
        assert person.name not in text
        assert person.employee_id not in text
        assert person.email not in text
    for result in AssessmentResult.objects.all():
        assert result.result_id not in text
        assert not result.evidence or result.evidence not in text


def test_an_anonymised_export_gives_the_same_figures(organisation: Path) -> None:
    before = reports()
    export_organisation(organisation, anonymise=True)
    forget_the_organisation()

    import_organisation(organisation, at=now())

    assert reports() == before


def test_an_export_never_writes_into_a_folder_that_holds_something(organisation: Path) -> None:
    organisation.mkdir()
    (organisation / "notes.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(CommandError, match="is not empty; nothing was written"):
        call_command("export_org", organisation)

    assert [path.name for path in organisation.iterdir()] == ["notes.txt"]


def test_the_settings_are_written_only_where_they_differ(matrix: Any, tmp_path: Path) -> None:
    counts = export_organisation(tmp_path / "export")

    assert set(counts) == {f"{file.name}.csv" for file in FILES}
