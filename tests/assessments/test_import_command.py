"""`import_org` as somebody types it: what it prints where, its exit status, and all or nothing in a real database."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection

from assessments.importing.tables import KeyedTable
from assessments.models import AssessmentResult
from reports.services import disagreements
from roles.facts import facts_changed
from roles.models import Person
from tests.organisation import SMALL, OrganisationFiles, everything


class Run:
    """One run of the command: its exit status, and what it printed."""

    def __init__(self, folder: Path, **options: Any) -> None:
        out, err = StringIO(), StringIO()
        self.status: object = 0
        try:
            call_command("import_org", folder, stdout=out, stderr=err, **options)
        except SystemExit as exit_:
            self.status = exit_.code
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the table that it printed."""
        rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in self.out.splitlines() if "│" in line]
        return [row for row in rows if row]


ADDED = [[f"{name}.csv", str(len(rows)), "0", "0"] for name, rows in SMALL.items()]


@pytest.mark.django_db
def test_a_sound_folder_is_imported_with_a_table_of_what_was_done(files: OrganisationFiles) -> None:
    run = Run(files.folder)
    assert (run.status, run.err, run.rows) == (0, "", ADDED)
    assert run.out.endswith("The standings of everybody are up to date.\n")
    assert AssessmentResult.objects.count() == len(SMALL["results"])


@pytest.mark.django_db
def test_the_second_run_says_that_nothing_changed(imported: OrganisationFiles) -> None:
    run = Run(imported.folder)
    assert run.rows == [[f"{name}.csv", "0", "0", str(len(rows))] for name, rows in SMALL.items()]
    assert run.out.endswith("The standings of 0 people are up to date.\n")


@pytest.mark.django_db
def test_bad_rows_are_named_on_standard_error_and_the_status_is_one(files: OrganisationFiles) -> None:
    files.change("results", 3, level=7).change("people", 2, name="\x1b[2Jx", joined_on="2026-02-30")
    before = everything()
    run = Run(files.folder)
    assert (run.status, run.out) == (1, "")
    assert run.err.splitlines() == [
        r"people.csv:2: name: '\x1b[2Jx' has the control character '\x1b' in it; remove it",
        "people.csv:2: joined_on: '2026-02-30' is not a day of the calendar",
        "results.csv:3: level: '7' is not a level from 0 to 4",
        "Nothing was imported.",
    ]
    assert everything() == before


@pytest.mark.django_db
def test_a_folder_that_does_not_exist_has_status_one(tmp_path: Path) -> None:
    run = Run(tmp_path / "nowhere")
    assert run.status == 1
    assert run.err == f"{tmp_path / 'nowhere'}: there is no such folder\nNothing was imported.\n"


@pytest.mark.django_db
def test_a_file_of_another_name_is_warned_of_and_the_others_are_imported(files: OrganisationFiles) -> None:
    run = Run(files.text("result.csv", "").folder)
    assert (run.status, run.rows) == (0, ADDED)
    assert run.err == "result.csv: is not a file of an import, and was not read\n"


@pytest.mark.django_db
@pytest.mark.parametrize("first", [True, False], ids=["an empty database", "a changed row"])
def test_a_dry_run_says_what_it_would_do_and_writes_nothing(files: OrganisationFiles, *, first: bool) -> None:
    if not first:
        files.as_import()
        files.only().put("teams", ("RED", "Crimson", "BLUE"), ("NEW", "New", "RED"), SMALL["teams"][2])
    before = everything()
    run = Run(files.folder, dry_run=True)
    assert (run.status, run.err) == (0, "")
    assert run.rows == (ADDED if first else [["teams.csv", "1", "1", "1"]])
    assert "Dry run: nothing was written" in run.out
    assert "up to date" not in run.out
    assert everything() == before


@pytest.mark.django_db
def test_a_dry_run_names_bad_rows_too(files: OrganisationFiles) -> None:
    run = Run(files.change("results", 2, level=5).folder, dry_run=True)
    assert (run.status, run.err.splitlines()[0]) == (1, "results.csv:2: level: '5' is not a level from 0 to 4")


# All or nothing, in transactions of the import's own.


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_leaves_no_row_behind(files: OrganisationFiles) -> None:
    before = everything()
    Run(files.folder, dry_run=True)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("filled", [False, True], ids=["into an empty database", "into a filled one"])
def test_the_last_row_of_the_last_file_takes_everything_back(files: OrganisationFiles, *, filled: bool) -> None:
    if filled:
        files.as_import()
        files.change("people", 2, name="Changed").change("teams", 2, name="Changed", parent="BLUE")
        files.add("results", ("R9", "E1", "C-1", 4, "exam", "2026-03-01", "", "", ""))
    before = everything()
    run = Run(files.add("managers", ("RED", "E99")).folder)
    assert run.status == 1
    assert run.err.startswith("managers.csv:3: employee_id: 'E99' is not a known person")
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_takes_everything_back_and_is_told_in_a_line(
    files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody else records the same between the look and the write: here the look finds nothing."""
    files.only("teams", "people", "managers").as_import()
    files.change("people", 2, name="Changed")
    before = everything()
    stored = KeyedTable._stored
    monkeypatch.setattr(
        KeyedTable, "_stored", lambda self, *args, **held: {} if len(self.columns) == 2 else stored(self, *args, **held)
    )
    run = Run(files.folder)
    assert run.status == 1
    assert run.err.startswith(f"{files.folder}: the database refused the files: ")
    assert everything() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [IntegrityError("no"), RuntimeError("no")], ids=["refused", "broken"])
def test_standings_that_cannot_be_computed_take_everything_back(files: OrganisationFiles, error: Exception) -> None:
    def fails(**_: Any) -> None:
        assert Person.objects.count() == len(SMALL["people"]), "this comes at the very end"
        raise error

    before = everything()
    facts_changed.connect(fails)
    try:
        with pytest.raises((RuntimeError, SystemExit)):
            call_command("import_org", files.folder, stdout=StringIO(), stderr=StringIO())
    finally:
        facts_changed.disconnect(fails)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_an_import_goes_through_after_one_that_failed(files: OrganisationFiles) -> None:
    files.change("results", 2, level=5)
    assert Run(files.folder).status == 1
    files.change("results", 2, level=3)
    assert Run(files.folder).status == 0
    assert list(disagreements()) == []


@pytest.mark.django_db(transaction=True)
def test_a_value_that_the_database_cannot_hold_is_told_in_a_line(
    files: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite holds any text in any column")
    monkeypatch.setattr("assessments.importing.cells.CODE_LENGTH", 100)
    run = Run(files.change("people", 4, employee_id="E" * 65).only("people").folder)
    assert (run.status, Person.objects.count()) == (1, 0)
    assert "the database refused the files: value too long" in run.err
    assert issubclass(IntegrityError, DatabaseError)
