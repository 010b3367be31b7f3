"""Imports in the console: who may do what there, and what the pages say."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Import, ImportState
from roles import jobs
from roles.models import Person, User
from tests.assessments.sending import sent, to_mend, uploaded, worked

HEADER = "employee_id,name,email,joined_on,left_on\n"


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)


@pytest.fixture
def ready(administrator: User) -> Import:
    """An import that would rename somebody and add somebody."""
    people = HEADER + "E1,Ada Byron,ada@example.org,2024-01-01,\nN1,<b>New</b>,,2026-01-01,\n"
    return uploaded(sent("people.csv", people), by=administrator)


@pytest.fixture
def bad(administrator: User) -> Import:
    """An import with two bad rows, and one that is good."""
    return uploaded(sent("people.csv", HEADER + "N1,,,2026-01-01,\nN2,Bo,,x,\nN3,Chi,,2026-01-01,\n"), by=administrator)


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.mark.parametrize(
    ("name", "method", "gets"),
    [
        ("import_upload", "get", {"administrator": 200, "auditor": 403, "manager": 302, "": 302}),
        ("import_upload", "post", {"administrator": 422, "auditor": 403, "manager": 302, "": 302}),
        ("import", "get", {"administrator": 200, "auditor": 200, "manager": 302, "": 302}),
        ("import_changes", "get", {"administrator": 200, "auditor": 200, "manager": 302, "": 302}),
        ("import_bad_rows", "get", {"administrator": 200, "auditor": 200, "manager": 302, "": 302}),
        ("import_mend", "post", {"administrator": 422, "auditor": 403, "manager": 302, "": 302}),
        ("import_preview", "post", {"administrator": 302, "auditor": 403, "manager": 302, "": 302}),
        ("import_commit", "post", {"administrator": 302, "auditor": 403, "manager": 302, "": 302}),
        ("import_discard", "post", {"administrator": 302, "auditor": 403, "manager": 302, "": 302}),
        ("import_commit", "get", {"administrator": 405, "auditor": 405}),
    ],
)
def test_administrators_import_auditors_read_and_others_are_led_away(
    bad: Import, name: str, method: str, gets: dict[str, int]
) -> None:
    User.objects.create(username="auditor", is_auditor=True)
    User.objects.create(username="manager", person=Person.objects.get(employee_id="E2"))
    file = bad.files.get()
    args = {"import_upload": []}.get(
        name, [bad.pk, *([file.pk] if name in {"import_changes", "import_bad_rows"} else [])]
    )
    for who in reversed(gets):
        client = Client()
        if who:
            client.force_login(User.objects.get(username=who))
        answer = getattr(client, method)(address(name, *args))
        assert answer.status_code == gets[who], who
        if who in {"manager", ""}:
            assert "/admin/import" not in answer["Location"].partition("?")[0]


@pytest.mark.parametrize("name", ["import", "import_changes", "import_bad_rows"])
def test_what_is_not_there_is_not_there(console: Client, bad: Import, name: str) -> None:
    args = [0] if name == "import" else [bad.pk, 0]
    assert console.get(address(name, *args)).status_code == 404


def test_files_are_sent_and_the_page_says_what_they_would_do(console: Client) -> None:
    file = sent("people.csv", HEADER + "E1,Ada Byron,ada@example.org,2024-01-01,\n")
    answer = console.post(address("import_upload"), {"files": file})
    upload = Import.objects.get()
    assert answer["Location"] == address("import", upload.pk)
    assert b"hx-get" in console.get(answer["Location"]).content  # A worker has not been there yet.
    worked(upload)
    page = console.get(answer["Location"]).content.decode()
    assert "1 row would be added or changed." in page
    assert "The figures of 1 person are computed anew." in page
    assert "hx-get" not in page


def test_changes_are_shown_before_and_after_and_as_text(console: Client, ready: Import) -> None:
    page = console.get(address("import_changes", ready.pk, ready.files.get().pk)).content.decode()
    assert "<del>Ada Ångström</del> <ins>Ada Byron</ins>" in page
    assert "&lt;b&gt;New&lt;/b&gt;" in page


def test_bad_rows_are_mended_and_the_import_done(console: Client, bad: Import) -> None:
    page = console.get(address("import", bad.pk)).content.decode()
    assert "2 problems keep it from being imported." in page
    assert "&#x27;x&#x27; is not a date; write YYYY-MM-DD" in page
    answer: Any = console.get(address("import_bad_rows", bad.pk, bad.files.get().pk))
    text = b"".join(answer.streaming_content).decode()
    assert text == to_mend(bad, "people.csv")

    mended = sent("people-bad-rows.csv", text.replace("N1,,", "N1,Al,").replace(",x,", ",2026-01-01,"))
    assert console.post(address("import_mend", bad.pk), {"files": mended}).status_code == 302
    upload = worked(bad)
    assert console.post(address("import_commit", bad.pk), {"digest": upload.digest}).status_code == 302
    assert worked(upload).stage == ImportState.COMMITTED
    assert Person.objects.filter(employee_id__in=["N1", "N2", "N3"]).count() == 3
    assert "It is imported" in console.get(address("import", bad.pk)).content.decode()


def test_a_refused_file_is_told_of_and_nothing_is_kept(console: Client, bad: Import) -> None:
    answer = console.post(address("import_upload"), {"files": sent("persons.csv", "")})
    assert answer.status_code == 422
    assert "“persons.csv” is not a file of an import" in answer.content.decode()
    answer = console.post(address("import_mend", bad.pk), {"files": sent("people-bad-rows.csv", "line\n1\n")})
    assert answer.status_code == 422
    assert "the column is missing from the header" in answer.content.decode()
    assert Import.objects.count() == 1


def test_too_much_is_refused_before_any_of_it_is_read(console: Client, settings: Any) -> None:
    settings.IMPORT_BYTES = 1024**2
    answer = console.generic("POST", address("import_upload"), b"x" * (2 * 1024**2 + 1), "multipart/form-data")
    assert answer.status_code == 413
    assert "more than 1 MB" in answer.content.decode()


def test_a_form_without_its_token_is_refused(administrator: User, bad: Import) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    for name, args in (("import_upload", []), ("import_mend", [bad.pk]), ("import_commit", [bad.pk])):
        file = sent("people.csv", HEADER)
        assert client.post(address(name, *args), {"files": file}).status_code == 403
    assert Import.objects.count() == 1


def test_a_commit_of_what_somebody_has_not_seen_is_refused_with_the_reason(console: Client, ready: Import) -> None:
    page = console.post(address("import_commit", ready.pk), {"digest": "0" * 64}, follow=True).content.decode()
    assert "It has been previewed again since you saw it." in page
    page = console.post(address("import_commit", ready.pk), follow=True).content.decode()
    assert "It has been previewed again since you saw it." in page
    ready.refresh_from_db()
    assert ready.state == ImportState.READY


def test_data_that_have_moved_are_shown(console: Client, ready: Import) -> None:
    Person.objects.filter(employee_id="E1").update(name="Ada Lovelace")
    console.post(address("import_commit", ready.pk), {"digest": ready.digest})
    worked(ready)
    page = console.get(address("import", ready.pk)).content.decode()
    assert "The data have moved since the preview" in page
    assert "name: Ada Ångström → Ada Byron" in page
    assert "name: Ada Lovelace → Ada Byron" in page


def test_the_history_says_who_sent_what_and_what_came_of_it(console: Client, ready: Import, bad: Import) -> None:
    console.post(address("import_commit", ready.pk), {"digest": ready.digest})
    event = worked(ready).event
    page = console.get(address("assessments_import_changelist")).content.decode()
    assert "1 added, 1 changed, 0 unchanged" in page
    assert "1 added, 0 changed, 0 unchanged, 2 problems" in page
    assert f">{event}</a>" in page
    failed = console.get(address("assessments_import_changelist"), {"stage": "failed"}).content.decode()
    assert f"Import {bad.pk}" in failed
    assert f"Import {ready.pk}" not in failed
    assert console.get(address("assessments_import_change", bad.pk))["Location"] == address("import", bad.pk)


def test_the_first_page_says_that_imports_have_failed(console: Client, bad: Import, ready: Import) -> None:
    page = console.get(address("index")).content.decode()
    assert "<b>1</b> <span>import has failed</span>" in page
    assert "<b>1</b> <span>import is ready to be imported</span>" in page


def test_the_list_takes_as_many_queries_for_many_imports(
    console: Client, administrator: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        uploaded(sent("people.csv", HEADER), by=administrator)
    with django_assert_max_num_queries(12):
        assert console.get(address("assessments_import_changelist")).status_code == 200
