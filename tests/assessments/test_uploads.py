"""Files uploaded to be imported: what importing them would do is seen first, and just that is done, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection

from assessments.importing.sources import CHUNK
from assessments.importing.unpacking import UploadRefused
from assessments.importing.watching import changes_of_page
from assessments.models import (
    AssessmentResult,
    BadRow,
    ChangePage,
    FilePart,
    Import,
    ImportState,
    MendedRow,
)
from assessments.services import previewing
from assessments.services.erasing import erase_person
from assessments.services.uploads import (
    NotNow,
    commit_import,
    discard_import,
    discard_old_imports,
    mend_import,
    preview_import,
    upload_import,
)
from roles import jobs
from roles.models import AuditEvent, JobState, Person, Team, User
from tests.assessments.sending import folder_sent, sent, to_mend, uploaded, worked, zipped
from tests.organisation import AT, OrganisationFiles, at_once, everything

HEADER = "employee_id,name,email,joined_on,left_on\n"
OURS = {model._meta.db_table for model in (BadRow, ChangePage, FilePart, Import, MendedRow)} | {
    "assessments_importfile",
    "roles_job",
    "roles_auditevent",
    "roles_audithead",
    "roles_worker",
}


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create(username="ada", is_superuser=True)


def facts() -> dict[str, object]:
    return {table: rows for table, rows in everything().items() if table not in OURS}


def changes(upload: Import, name: str) -> list[Any]:
    """What a file would change: the line, the cells before and after."""
    pages = upload.files.get(name=name).pages.order_by("number")
    return [tuple(change) for page in pages for change in changes_of_page(bytes(page.content))]


def imported_files() -> dict[str, Any]:
    """What the event of the import says of the files."""
    after = AuditEvent.objects.get(action="organisation.imported").after
    assert after is not None
    found: dict[str, Any] = after["files"]
    return found


def test_a_preview_counts_and_lists_what_would_change_and_writes_nothing(
    imported: OrganisationFiles, administrator: User
) -> None:
    before = facts()
    people = HEADER + "E1,Ada Byron,ada@example.org,2024-01-01,\nE2,Björn Ek,,2024-01-01,\nE9,New,,2026-01-01,\n"

    upload = uploaded(sent("people.csv", people), by=administrator)

    file = upload.files.get()
    assert (upload.stage, upload.people_touched) == (ImportState.READY, 1)
    assert (file.added, file.changed, file.unchanged, file.problems) == (1, 1, 1, 0)
    assert file.columns[: file.key] == ["employee_id"]
    assert changes(upload, "people.csv") == [
        (
            2,
            ["E1", "Ada Ångström", "ada@example.org", "2024-01-01", ""],
            ["E1", "Ada Byron", "ada@example.org", "2024-01-01", ""],
        ),
        (4, None, ["E9", "New", "", "2026-01-01", ""]),
    ]
    assert facts() == before


def test_keys_are_told_as_codes_in_every_file(files: OrganisationFiles, administrator: User) -> None:
    files.text("organisation.csv", "setting,value\nevidence_policy,highest\nrole_of_everyone,LEAD\n")

    upload = uploaded(*folder_sent(files.folder), by=administrator)

    assert upload.stage == ImportState.READY
    assert changes(upload, "memberships.csv")[0][2] == ["E1", "2024-01-01", "RED", "2025-01-01"]
    assert changes(upload, "matrix.csv")[0][2] == ["v1", "ENG", "C-1", "2024-01-01", "3", "2"]
    assert changes(upload, "teams.csv")[0][2] == ["RED", "Red team", "ORG"]
    assert changes(upload, "roles.csv")[0][2] == ["ENG", "Engineer", "TECH"]
    assert changes(upload, "results.csv")[0][2][:4] == ["R1", "E1", "C-1", "3"]
    assert changes(upload, "managers.csv") == [(2, None, ["RED", "E2"])]
    assert changes(upload, "organisation.csv")[1][1:] == (["role_of_everyone", ""], ["role_of_everyone", "LEAD"])


def test_what_was_previewed_is_imported_as_one_event_by_who_said_so(
    files: OrganisationFiles, administrator: User, tmp_path: Path
) -> None:
    upload = uploaded(*folder_sent(files.folder), by=administrator)
    commit_import(upload=upload, by=administrator, at=AT, digest=upload.digest)

    upload = worked(upload)

    assert (upload.stage, upload.ended_by) == (ImportState.COMMITTED, administrator)
    [event] = AuditEvent.objects.filter(action="organisation.imported")
    assert (event.number, event.actor, event.surface) == (upload.event, "ada", "import")
    assert imported_files()["people.csv"]["sha256"] == upload.files.get(name="people.csv").sha256
    as_uploaded = facts()
    assert Person.objects.count() == 3
    files.as_import()
    assert facts() == as_uploaded  # The command has nothing to add.


def test_what_the_files_said_is_gone_once_they_are_imported(files: OrganisationFiles, administrator: User) -> None:
    upload = uploaded(*folder_sent(files.folder), by=administrator)
    commit_import(upload=upload, by=administrator, at=AT)
    upload = worked(upload)

    assert not any(model.objects.exists() for model in (FilePart, ChangePage, BadRow, MendedRow))
    assert {file.added for file in upload.files.filter(name__in=["people.csv", "results.csv"])} == {3}
    assert all(len(file.sha256) == 64 and file.size for file in upload.files.all())


def test_every_bad_row_is_told_with_its_place_also_past_the_hundredth(
    imported: OrganisationFiles, administrator: User
) -> None:
    rows = "".join(f"N{number},,nobody,2024-01-01,\n" for number in range(150))

    upload = uploaded(sent("people.csv", HEADER + rows), by=administrator)

    assert (upload.stage, upload.problems, upload.digest) == (ImportState.BAD, 300, "")
    assert [row.line for row in upload.bad_rows.all()] == list(range(2, 152))
    last = upload.bad_rows.get(line=151)
    assert last.said == [
        ["name", "is empty, and a text is needed"],
        ["email", "'nobody' is not an e-mail address"],
    ]
    with pytest.raises(NotNow, match="bad rows"):
        commit_import(upload=upload, by=administrator, at=AT)


def test_of_very_many_problems_the_first_are_kept_and_all_are_counted(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "PROBLEMS_KEPT", 10)

    upload = uploaded(sent("people.csv", HEADER + ",,,,\n" + "x,x,,,\n" * 40), by=administrator)

    assert upload.problems > 10
    assert sum(len(row.said) for row in upload.bad_rows.all()) == 10


def test_mended_rows_take_the_place_of_their_lines(files: OrganisationFiles, administrator: User) -> None:
    files.change("people", 3, joined_on="yesterday")
    upload = uploaded(*folder_sent(files.folder), by=administrator)
    text = to_mend(upload, "people.csv").replace("yesterday", "2024-01-01")

    mend_import(upload=upload, files=[sent("people-bad-rows (1).csv", text)], by=administrator, at=AT)
    upload = worked(upload)

    assert (upload.stage, upload.problems) == (ImportState.READY, 0)
    commit_import(upload=upload, by=administrator, at=AT)
    worked(upload)
    as_mended, imported = facts(), imported_files()["people.csv"]
    files.change("people", 3, joined_on="2024-01-01").as_import()
    assert facts() == as_mended
    assert imported["rows_mended"] == 1


def test_lines_stay_those_of_the_file_however_often_it_is_mended(administrator: User) -> None:
    people = HEADER + 'E1,"two\nlines",nobody,2024-01-01,\nE2,,,2024-01-01,\nE3,Chi,,2024-13-01,\n'
    upload = uploaded(sent("people.csv", people), by=administrator)
    assert [row.line for row in upload.bad_rows.all()] == [2, 4, 5]
    first = to_mend(upload, "people.csv")

    mended = first.replace("nobody", "").replace("E2,,", "E2,Bo,")
    mend_import(upload=upload, files=[sent("people-bad-rows.csv", mended)], by=administrator, at=AT)
    upload = worked(upload)
    assert [row.line for row in upload.bad_rows.all()] == [5]

    # The first download again, now with everything mended.
    mended = mended.replace("2024-13-01", "2024-12-01")
    mend_import(upload=upload, files=[sent("people-bad-rows.csv", mended)], by=administrator, at=AT)
    upload = worked(upload)
    assert (upload.stage, upload.files.get().added) == (ImportState.READY, 3)


def test_a_row_that_is_emptied_is_left_out(administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\nE2,,,,\n"), by=administrator)
    lines = to_mend(upload, "people.csv").splitlines()

    text = f"{lines[0]}\n3,,,,,,\n"
    mend_import(upload=upload, files=[sent("people-bad-rows.csv", text)], by=administrator, at=AT)
    upload = worked(upload)

    assert (upload.stage, upload.files.get().added) == (ImportState.READY, 1)


def test_a_spreadsheet_is_mended_by_its_rows_too(administrator: User, tmp_path: Path) -> None:
    folder = OrganisationFiles(tmp_path).sheet(
        "people", [("E1", "Ada", "", "2024-01-01", ""), ("E2", "Bo", "", "x", "")]
    )
    upload = uploaded(*folder_sent(folder.folder), by=administrator)
    assert [(row.line, row.cells[0]) for row in upload.bad_rows.all()] == [(3, "E2")]

    text = to_mend(upload, "people.xlsx").replace(",x,", ",2024-01-01,")
    mend_import(upload=upload, files=[sent("people-bad-rows.csv", text)], by=administrator, at=AT)

    assert worked(upload).files.get().added == 2


def test_a_whole_file_takes_the_place_of_the_one_of_the_same_table(administrator: User) -> None:
    upload = uploaded(sent("people.csv", b"\xff\xfe"), by=administrator)
    assert (upload.stage, upload.bad_rows.get().cells) == (ImportState.BAD, None)

    people = sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n")
    mend_import(upload=upload, files=[people], by=administrator, at=AT)

    upload = worked(upload)
    assert (upload.stage, [file.name for file in upload.files.all()]) == (ImportState.READY, ["people.csv"])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param("people-bad-rows.csv", "line,problem\n2,x\n", "column is missing", id="a column is gone"),
        pytest.param("people-bad-rows.csv", "{head}9,,E1,A,,2024-01-01,\n", "'9' is not the line", id="another line"),
        pytest.param("people-bad-rows.csv", "{head}x,,E1,A,,2024-01-01,\n", "'x' is not the line", id="no line"),
        pytest.param("people-bad-rows.csv", "{head}2,,,,,,\n2,,,,,,\n", "'2' stands in an earlier", id="twice"),
        pytest.param("teams-bad-rows.csv", "{head}", "no bad row in teams", id="another file"),
        pytest.param("mended.csv", "{head}", "not a file of an import", id="another name"),
    ],
)
def test_what_is_no_file_of_mended_rows_is_refused_in_words_and_changes_nothing(
    administrator: User, name: str, text: str, told: str
) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,,,2024-01-01,\n"), by=administrator)
    before = everything()
    content = text.format(head="line,problem," + HEADER)

    with pytest.raises(UploadRefused) as refused:
        mend_import(upload=upload, files=[sent(name, content)], by=administrator, at=AT)

    assert told in " ".join(refused.value.words)
    assert everything() == before


def test_data_that_have_moved_are_not_overwritten_and_what_differs_is_shown(
    imported: OrganisationFiles, administrator: User
) -> None:
    people = HEADER + "E1,Ada Byron,ada@example.org,2024-01-01,\nE2,Björn,,2024-01-01,\n"
    upload = uploaded(sent("people.csv", people), by=administrator)
    Person.objects.filter(employee_id="E1").update(name="Ada Lovelace")
    Person.objects.filter(employee_id="E2").update(name="Björn")
    commit_import(upload=upload, by=administrator, at=AT)

    upload = worked(upload)

    assert upload.stage == ImportState.READY
    assert Person.objects.get(employee_id="E1").name == "Ada Lovelace"
    assert upload.job is not None
    assert upload.job.outcome is not None
    assert (upload.job.state, upload.job.outcome["moved"]) == (JobState.DONE, True)
    assert not AuditEvent.objects.filter(action="organisation.imported", surface="import", actor="ada").exists()
    first, second = upload.moved
    assert (first["line"], first["previewed"][1][1], first["now"][1][1]) == (2, "Ada Ångström", "Ada Lovelace")
    assert (second["line"], second["previewed"][2][1], second["now"]) == (3, "Björn", None)

    commit_import(upload=upload, by=administrator, at=AT)
    assert worked(upload).stage == ImportState.COMMITTED
    assert Person.objects.get(employee_id="E1").name == "Ada Byron"


def test_what_has_become_wrong_since_the_preview_is_told_as_bad_rows(
    imported: OrganisationFiles, administrator: User
) -> None:
    text = "employee_id,team,from,until\nE2,BLUE,2030-01-01,\n"
    closing = "E2,RED,2024-01-01,2030-01-01\n"
    upload = uploaded(sent("memberships.csv", text + closing), by=administrator)
    assert upload.stage == ImportState.READY
    blue = Team.objects.get(code="BLUE")
    Person.objects.get(employee_id="E2").memberships.update(until_on="2029-01-01")
    Person.objects.get(employee_id="E2").memberships.create(team=blue, from_on="2029-01-01")
    commit_import(upload=upload, by=administrator, at=AT)

    upload = worked(upload)

    assert (upload.stage, upload.problems > 0) == (ImportState.BAD, True)


def test_it_is_not_imported_as_somebody_has_not_seen_it(imported: OrganisationFiles, administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada Byron,,2024-01-01,\n"), by=administrator)
    seen = upload.digest
    Person.objects.filter(employee_id="E1").update(name="Somebody")
    preview_import(upload=upload, by=administrator, at=AT)
    upload = worked(upload)

    with pytest.raises(NotNow, match="previewed again"):
        commit_import(upload=upload, by=administrator, at=AT, digest=seen)


def test_the_digest_is_the_same_for_the_same_changes_and_another_for_others(
    imported: OrganisationFiles, administrator: User
) -> None:
    one, same, other = (
        uploaded(sent("people.csv", f"{HEADER}E1,{name},,2024-01-01,\n"), by=administrator).digest
        for name in ("Ada Byron", "Ada Byron", "Ada Lovelace")
    )
    assert one == same != other


def test_it_is_imported_once_however_often_that_is_asked_for(administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n"), by=administrator)
    commit_import(upload=upload, by=administrator, at=AT)
    with pytest.raises(NotNow, match="already"):
        commit_import(upload=upload, by=administrator, at=AT)
    done = worked(upload)
    with pytest.raises(NotNow, match="already"):
        commit_import(upload=done, by=administrator, at=AT)
    assert worked(done).stage == ImportState.COMMITTED
    assert AuditEvent.objects.filter(action="organisation.imported").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_at_once_one_imports_it(administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n"), by=administrator)
    ask: Callable[[], object] = lambda: commit_import(upload=upload, by=administrator, at=AT)  # noqa: E731

    came = at_once(ask, ask)

    assert sorted(type(one).__name__ for one in came) == ["Import", "NotNow"]


def test_a_job_whose_import_was_discarded_meanwhile_does_nothing(administrator: User) -> None:
    upload = upload_import(files=[sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n")], by=administrator, at=AT)
    discard_old_imports(at=AT + timedelta(days=8))

    upload = worked(upload)

    assert upload.stage == ImportState.DISCARDED
    assert upload.job is not None
    assert upload.job.state == JobState.REFUSED


def test_work_that_has_failed_is_told_and_can_be_done_again(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = upload_import(files=[sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n")], by=administrator, at=AT)
    with monkeypatch.context() as patch:
        patch.setattr(previewing, "_tried", lambda *_, **__: 1 / 0)
        upload = worked(upload)
    assert (upload.stage, upload.state) == (ImportState.FAILED, ImportState.CHECKING)
    assert list(Import.objects.failed()) == [upload]

    preview_import(upload=upload, by=administrator, at=AT)
    assert worked(upload).stage == ImportState.READY


def test_files_that_nobody_imports_are_forgotten_after_a_week(administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n"), by=administrator)

    assert discard_old_imports(at=AT + settings.IMPORT_KEPT) == 0
    assert discard_old_imports(at=AT + settings.IMPORT_KEPT + timedelta(seconds=1)) == 1

    upload.refresh_from_db()
    assert (upload.stage, upload.ended_by, FilePart.objects.count()) == (ImportState.DISCARDED, None, 0)
    assert discard_old_imports(at=AT + timedelta(days=30)) == 0


def test_an_import_that_is_discarded_cannot_be_imported(administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada,,2024-01-01,\n"), by=administrator)
    discard_import(upload=upload, by=administrator, at=AT)
    for ask in (commit_import, preview_import, discard_import):
        with pytest.raises(NotNow, match="discarded"):
            ask(upload=upload, by=administrator, at=AT)


@pytest.mark.parametrize(
    ("people", "forgotten"),
    [
        pytest.param("E3,Chi Renamed,,2024-01-01,2025-01-01\n", True, id="by the employee id"),
        pytest.param("E9,Chi Đặng,,2024-01-01,\n", True, id="by the name"),
        pytest.param("E9,Somebody else,,2024-01-01,\n", False, id="not named"),
        pytest.param(
            "E9," + "x" * 190 + ",,2024-01-01,\n" + "E8,Y,,2024-01-01,\n" * 9 + "E7,Chi Đặng,,bad,\n", True, id="bad"
        ),
    ],
)
def test_files_that_name_somebody_who_is_erased_are_forgotten(
    imported: OrganisationFiles, administrator: User, people: str, forgotten: bool
) -> None:
    upload = uploaded(sent("people.csv", HEADER + people), by=administrator)

    erase_person(person=Person.objects.get(employee_id="E3"), by=administrator, at=AT)

    upload.refresh_from_db()
    assert (upload.state == ImportState.DISCARDED) == forgotten


def test_a_name_across_two_parts_of_a_file_is_found(imported: OrganisationFiles, administrator: User) -> None:
    with TemporaryUploadedFile("people.csv", "text/csv", 0, None) as people:
        people.write(b" " * (CHUNK - 3) + "Chi Đặng".encode())
        people.size = people.tell()
        upload = upload_import(files=[people], by=administrator, at=AT)
    assert FilePart.objects.count() == 2

    erase_person(person=Person.objects.get(employee_id="E3"), by=administrator, at=AT)

    upload.refresh_from_db()
    assert upload.state == ImportState.DISCARDED


def test_a_spreadsheet_is_forgotten_unread_when_somebody_is_erased(
    imported: OrganisationFiles, administrator: User, tmp_path: Path
) -> None:
    (tmp_path / "sheets").mkdir()
    folder = OrganisationFiles(tmp_path / "sheets").sheet("people", [("E9", "Nobody", "", "2024-01-01", "")])
    upload = uploaded(*folder_sent(folder.folder), by=administrator)
    erase_person(person=Person.objects.get(employee_id="E3"), by=administrator, at=AT)
    upload.refresh_from_db()
    assert upload.state == ImportState.DISCARDED


def test_a_job_names_nobody(imported: OrganisationFiles, administrator: User) -> None:
    upload = uploaded(sent("people.csv", HEADER + "E1,Ada Byron,nobody,2024-01-01,\n"), by=administrator)
    assert upload.job is not None
    assert upload.job.arguments == {"upload": upload.pk}
    assert upload.job.outcome == {"added": 0, "changed": 0, "unchanged": 0, "problems": 1}


def test_an_import_that_nobody_watches_is_told_of_nothing(
    imported: OrganisationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessments.importing.watching.Watch.change", lambda *_: 1 / 0)
    monkeypatch.setattr("assessments.importing.watching.Watch.begin", lambda *_: 1 / 0)
    imported.add("results", ("R9", "E1", "C-1", 3, "exam", "2024-05-01", "", "", "")).as_import()
    assert AssessmentResult.objects.count() == 4


def test_files_come_in_a_zip_too(files: OrganisationFiles, administrator: User) -> None:
    packed = zipped({f"export/{path.name}": path.read_bytes() for path in files.folder.iterdir()})
    upload = uploaded(packed, by=administrator)
    assert upload.stage == ImportState.READY
    assert upload.files.count() == 10


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_rows_are_held_between_the_look_and_the_write(imported: OrganisationFiles, administrator: User) -> None:
    """Somebody who writes in between waits, and so is not overwritten unseen."""
    from django.db import transaction  # noqa: PLC0415

    from assessments.importing.tables import Context, Parsed, person_table  # noqa: PLC0415

    def writes() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            cursor.execute("UPDATE roles_person SET name = 'X' WHERE employee_id = 'E1'")

    with transaction.atomic():
        table = person_table(Context())
        table._stored([Parsed(2, ("E1",))], [column.attribute for column in table.columns], held=True)
        [came] = at_once(writes)
    assert "lock timeout" in str(came)
