"""The matrix in the console: its pages, what they save, and what they refuse without losing anything."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.html import parse_html
from pytest_django import DjangoAssertNumQueries

from reports.forms.matrix import read, written
from roles.models import AuditEvent, Competency, Job, MatrixVersion, Role, User
from roles.services import Asked, begin_draft, publish_version, set_requirements
from tests.organisation import AT

from .pages import having, links, page_of, text

DRAFT = "/admin/matrix/versions/v2/"


@pytest.fixture
def draft(organisation: None) -> MatrixVersion:
    """v2, which asks for what v1 does, from 2027 on."""
    return begin_draft(
        code="v2", effective_from=date(2027, 1, 1), based_on=MatrixVersion.objects.get(code="v1"), note="Why"
    )


def name(role: str, competency: str) -> str:
    return f"{Role.objects.get(code=role).pk}-{Competency.objects.get(code=competency).pk}"


def cells_of(version: MatrixVersion) -> dict[str, tuple[int, int]]:
    rows = version.requirements.order_by("role__code", "competency__code")
    values = rows.values_list("role__code", "competency__code", "required_level", "weight")
    return {f"{role} {competency}": (level, weight) for role, competency, level, weight in values}


def form_of(client: Client, address: str = DRAFT) -> dict[str, str]:
    """The fields of the editor as the page fills them."""
    return fields(page_of(client, address))


def fields(page: Any) -> dict[str, str]:
    [form] = having(page, "form", id="matrix-editor")
    inputs = [dict(one.attributes) for one in having(form, "input")]
    return {str(one["name"]): one.get("value") or "" for one in inputs if one["name"] != "csrfmiddlewaretoken"}


def parsed(response: Any) -> Any:
    return parse_html(response.content.decode())


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", None),
        ("0", None),
        (" 3 ", (3, 1)),
        ("4", (4, 1)),
        ("3×2", (3, 2)),
        ("3x2", (3, 2)),
        ("3 * 3", (3, 3)),
        ("2X1", (2, 1)),
        ("0×3", None),
    ],
)
def test_a_cell_is_a_level_and_a_weight(typed: str, asked: tuple[int, int] | None) -> None:
    assert read(typed) == asked


@pytest.mark.parametrize("typed", ["5", "-1", "3×4", "3×0", "×2", "32", "three", "3×", "٣", "3\x00"])
def test_anything_else_is_no_cell(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of its own message the form makes none
        read(typed)


@pytest.mark.parametrize("asked", [None, Asked(1, 1), Asked(4, 3)])
def test_what_is_written_is_read_again(asked: Asked | None) -> None:
    assert read(written(asked)) == asked


def test_the_editor_has_one_field_for_each_role_and_competency(reader: Any, draft: MatrixVersion) -> None:
    page = page_of(reader("administrator"), DRAFT)
    sent = fields(page)
    cells = {key: value for key, value in sent.items() if "-" in key}
    assert len(cells) == Role.objects.count() * Competency.objects.count() == 9
    assert {key: value for key, value in cells.items() if value} == {
        name("ENG", "C-1"): "3×2",
        name("ENG", "C-2"): "2",
        name("LEAD", "C-3"): "1",
    }
    assert sent["revision"] == "0"


def test_saving_changes_only_the_cells_that_say_something_else(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    sent = form_of(client) | {name("ENG", "C-1"): "4", name("ENG", "C-2"): "", name("IDLE", "C-2"): "1x3"}
    response = client.post(DRAFT, sent)
    assert (response.status_code, response["Location"]) == (302, DRAFT)
    assert cells_of(draft) == {"ENG C-1": (4, 1), "IDLE C-2": (1, 3), "LEAD C-3": (1, 1)}
    event = AuditEvent.objects.order_by("number").last()
    assert event is not None
    assert (event.action, event.subject, event.actor, event.surface) == (
        "draft.changed",
        "v2",
        "administrator",
        "console",
    )


def test_cells_are_marked_against_the_version_in_force(reader: Any, draft: MatrixVersion) -> None:
    keys = {code: Competency.objects.get(code=code).pk for code in ("C-1", "C-2", "C-3")}
    eng, lead = (Role.objects.get(code=code).pk for code in ("ENG", "LEAD"))
    set_requirements(
        draft=draft,
        revision=0,
        cells={
            (eng, keys["C-1"]): Asked(3, 1),
            (eng, keys["C-2"]): None,
            (eng, keys["C-3"]): Asked(1, 1),
            (lead, keys["C-3"]): Asked(2, 1),
        },
    )
    page = page_of(reader("auditor"), DRAFT)
    marks = {frozenset(str(dict(one.attributes)["class"]).split()) - {"first"} for one in having(page, "td")}
    assert {frozenset(kind.split()) for kind in ("l3 weighed", "nothing removed", "l1 added", "l2 raised")} <= marks
    assert "1 Added" in text(page)


def test_nothing_typed_is_lost_when_a_cell_cannot_be_read(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    response = client.post(DRAFT, form_of(client) | {name("ENG", "C-1"): "7", name("IDLE", "C-2"): "2"})
    assert response.status_code == 422
    page = parsed(response)
    again = fields(page)
    assert (again[name("ENG", "C-1")], again[name("IDLE", "C-2")]) == ("7", "2")
    assert "Engineer, C-1 : “7” is not a requirement." in text(page)
    assert cells_of(draft)["ENG C-1"] == (3, 2)
    # Mended, it is saved, and what was typed before with it.
    assert client.post(DRAFT, again | {name("ENG", "C-1"): "4"}).status_code == 302
    assert cells_of(draft) == {"ENG C-1": (4, 1), "ENG C-2": (2, 1), "IDLE C-2": (2, 1), "LEAD C-3": (1, 1)}


def test_who_saves_after_somebody_else_keeps_both(client: Client, reader: Any, draft: MatrixVersion) -> None:
    mine = form_of(reader("administrator"))
    other = Client()
    other.force_login(User.objects.create(username="other", is_superuser=True))
    other.post(DRAFT, form_of(other) | {name("ENG", "C-2"): "4", name("LEAD", "C-3"): "3"})
    typed = mine | {name("ENG", "C-2"): "1", name("IDLE", "C-1"): "2"}
    response = client.post(DRAFT, typed)
    assert response.status_code == 409
    page = parsed(response)
    assert "has been saved by somebody meanwhile. It was saved last by other," in text(page)
    assert "Engineer, C-2 : 2 → 4 · you typed 1" in text(page)
    assert "Lead, C-3 : 1 → 3" in text(page)
    assert cells_of(draft) == {"ENG C-1": (3, 2), "ENG C-2": (4, 1), "LEAD C-3": (3, 1)}
    assert client.post(DRAFT, fields(page)).status_code == 302
    assert cells_of(draft) == {"ENG C-1": (3, 2), "ENG C-2": (1, 1), "IDLE C-1": (2, 1), "LEAD C-3": (3, 1)}


def test_what_was_typed_is_shown_if_the_draft_was_published_meanwhile(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    typed = form_of(client) | {name("IDLE", "C-1"): "2×3"}
    publish_version(version=draft, at=AT)
    response = client.post(DRAFT, typed)
    assert response.status_code == 409
    assert "has been published, and never changes any more." in text(parsed(response))
    assert "Idler, C-1 : 2×3" in text(parsed(response))


@pytest.mark.parametrize(
    "shown", ["", "x", "[]", "null", '{"1-1": 3}', '{"1-1": "9"}', '{"a": "1"}', "[" * 9999, '{"1-1": ["3"]}']
)
def test_a_form_that_was_tampered_with_breaks_nothing(reader: Any, draft: MatrixVersion, shown: str) -> None:
    client = reader("administrator")
    assert client.post(DRAFT, form_of(client) | {"shown": shown}).status_code in {302, 409, 422}
    assert cells_of(draft) == {"ENG C-1": (3, 2), "ENG C-2": (2, 1), "LEAD C-3": (1, 1)}


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "²"])
def test_a_revision_that_is_none_saves_nothing(reader: Any, draft: MatrixVersion, revision: str) -> None:
    client = reader("administrator")
    sent = form_of(client) | {"revision": revision, name("ENG", "C-1"): "4"}
    assert client.post(DRAFT, sent).status_code == 409
    assert cells_of(draft)["ENG C-1"] == (3, 2)


def test_forty_roles_by_eighty_competencies_are_saved_in_one_go(
    reader: Any, draft: MatrixVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Role.objects.bulk_create(Role(code=f"R{number:02}", title=f"Role {number}") for number in range(37))
    Competency.objects.bulk_create(Competency(code=f"X{number:02}", title=f"X {number}") for number in range(77))
    client = reader("administrator")
    sent = form_of(client)
    assert len(sent) + 1 == 40 * 80 + 3 <= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    with django_assert_max_num_queries(70):
        assert client.post(DRAFT, sent | {key: "2×3" for key in sent if "-" in key}).status_code == 302
    assert draft.requirements.filter(required_level=2, weight=3).count() == 40 * 80


def test_a_published_version_is_there_to_be_read(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    page = page_of(client, "/admin/matrix/versions/v1/")
    assert having(page, "input", name=name("ENG", "C-1")) == []
    assert "and never changes" in text(page)
    assert client.post("/admin/matrix/versions/v1/", {"revision": "0"}).status_code == 409
    for address in ("details/", "discard/", "publish/", "effect/"):
        assert client.get(f"/admin/matrix/versions/v1/{address}").status_code == 404


def test_a_draft_is_begun_from_a_version(reader: Any, organisation: None) -> None:
    client = reader("administrator")
    sent = {"code": "v2", "effective_from": "2027-01-01", "based_on": "v1", "note": "New law"}
    response = client.post("/admin/matrix/new/", sent)
    assert response["Location"] == DRAFT
    draft = MatrixVersion.objects.get(code="v2")
    assert (cells_of(draft), draft.note, draft.published_at) == (
        cells_of(MatrixVersion.objects.get(code="v1")),
        "New law",
        None,
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"code": "v1"}, "There is a version v1 already."),
        ({"effective_from": "2024-01-01"}, "v1 is published from 2024-01-01 on. Choose another day."),
        ({"effective_from": "soon"}, "is not a day"),
        ({"code": "a/b"}, "no slash"),
        ({"based_on": "v9"}, "Select a valid choice"),
    ],
)
def test_what_a_draft_cannot_be_is_said_beside_the_field(
    reader: Any, organisation: None, values: dict[str, str], words: str
) -> None:
    sent = {"code": "v2", "effective_from": "2027-01-01", "note": "Kept"} | values
    response = reader("administrator").post("/admin/matrix/new/", sent)
    assert response.status_code == 422
    assert words in text(parsed(response))
    assert "Kept" in text(parsed(response))
    assert MatrixVersion.objects.count() == 1


def test_details_are_changed_and_not_over_what_somebody_saved(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    sent = {"code": "v3", "effective_from": "2027-02-01", "note": "Because", "revision": "0"}
    assert client.post(f"{DRAFT}details/", sent)["Location"] == "/admin/matrix/versions/v3/"
    response = client.post("/admin/matrix/versions/v3/details/", sent | {"note": "No"})
    assert response.status_code == 422
    assert "has been saved by somebody meanwhile." in text(parsed(response))
    draft.refresh_from_db()
    assert (draft.effective_from, draft.note, draft.revision) == (date(2027, 2, 1), "Because", 1)


def test_a_draft_is_discarded_once_it_is_confirmed(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    assert "its 3 requirements" in text(page_of(client, f"{DRAFT}discard/"))
    assert client.post(f"{DRAFT}discard/", {"revision": "9"}).status_code == 409
    assert client.post(f"{DRAFT}discard/", {"revision": "0"})["Location"] == "/admin/matrix/"
    assert not MatrixVersion.objects.filter(code="v2").exists()


def test_the_list_tells_drafts_from_what_is_in_force(reader: Any, draft: MatrixVersion) -> None:
    page = page_of(reader("administrator"), "/admin/matrix/")
    assert "v1 in force" in text(page)
    assert {DRAFT, "/admin/matrix/versions/v1/", "/admin/matrix/new/?from=v1"} <= links(page)
    assert "none against v1" in text(page)
    assert "/admin/matrix/" in links(page_of(reader("administrator"), "/admin/"))


def test_two_versions_are_compared_on_the_page_and_in_a_file(reader: Any, draft: MatrixVersion) -> None:
    key = (Role.objects.get(code="ENG").pk, Competency.objects.get(code="C-1").pk)
    set_requirements(draft=draft, cells={key: Asked(4, 2)}, revision=0)
    client = reader("auditor")
    page = page_of(client, "/admin/matrix/compare/?before=v1&after=v2")
    assert "1 Raised" in text(page)
    assert "ENG Engineer C-1 Prompts & traps ▲ Raised 3×2 4×2" in text(page)
    content = client.get("/admin/matrix/compare/?before=v1&after=v2&format=csv").content.decode()
    assert list(csv.DictReader(io.StringIO(content))) == [
        {
            "role": "ENG",
            "competency": "C-1",
            "change": "raised",
            "level_before": "3",
            "weight_before": "2",
            "level_after": "4",
            "weight_after": "2",
        }
    ]
    assert client.get("/admin/matrix/compare/?before=v1&after=v9").status_code == 422


ADDRESSES = [
    "/admin/matrix/",
    "/admin/matrix/compare/?before=v1&after=v2",
    DRAFT,
    f"{DRAFT}file/",
    f"{DRAFT}effect/",
]
WRITING = ["/admin/matrix/new/", f"{DRAFT}details/", f"{DRAFT}discard/", f"{DRAFT}publish/"]
SENDING = [*WRITING, DRAFT, f"{DRAFT}effect/", f"{DRAFT}upload/"]


def test_auditors_read_and_do_not_write(reader: Any, draft: MatrixVersion) -> None:
    client = reader("auditor")
    for address in ADDRESSES:
        assert client.get(address).status_code == 200, address
    for address in WRITING:
        assert client.get(address).status_code == 403, address
    for address in SENDING:
        assert client.post(address, {"revision": "0"}).status_code == 403, address
    assert having(page_of(client, DRAFT), "form", id="matrix-editor") == []
    assert (draft.requirements.count(), Job.objects.count()) == (3, 0)


@pytest.mark.parametrize("who", ["manager", "staff", "stranger", "signed out"])
def test_others_do_not_come_in(reader: Any, draft: MatrixVersion, who: str) -> None:
    client = reader(who)
    for address in [*ADDRESSES, *WRITING]:
        assert client.get(address).status_code == 302, address
    for address in SENDING:
        assert client.post(address, {"revision": "0"}).status_code == 302, address
    assert draft.requirements.count() == 3


def test_the_form_says_what_it_was_filled_with(reader: Any, draft: MatrixVersion) -> None:
    shown = json.loads(form_of(reader("administrator"))["shown"])
    assert shown == {name("ENG", "C-1"): "3×2", name("ENG", "C-2"): "2", name("LEAD", "C-3"): "1"}


def test_the_model_in_the_console_leads_to_the_sheet(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    assert client.get("/admin/roles/matrixversion/")["Location"] == "/admin/matrix/"
    assert client.get(f"/admin/roles/matrixversion/{draft.pk}/change/")["Location"] == DRAFT
    assert client.get("/admin/roles/matrixversion/none/change/").status_code == 404


def test_a_role_that_is_added_is_a_row_of_the_draft(reader: Any, draft: MatrixVersion) -> None:
    page = page_of(reader("administrator"), DRAFT)
    assert {"/admin/roles/role/add/", "/admin/roles/competency/add/"} <= links(page)
    Role.objects.create(code="NEW", title="Newcomer")
    assert "NEW Newcomer" in text(page_of(reader("administrator"), DRAFT))


def test_in_the_first_version_nothing_is_marked_as_new(reader: Any, draft: MatrixVersion) -> None:
    page = page_of(reader("administrator"), "/admin/matrix/versions/v1/")
    marks = {mark for one in having(page, "td") for mark in str(dict(one.attributes)["class"]).split()}
    assert marks <= {"l1", "l2", "l3", "nothing", "first"}
