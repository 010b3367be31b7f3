"""What a draft would change as it is shown and kept, and its publication by a job."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test.html import parse_html
from django.utils.timezone import now

from assessments.models import AssessmentResult
from reports import publishing
from reports.publishing import EFFECT, PUBLISH, ask_for_effect, ask_to_publish, known_effect, packed, unpacked
from reports.queries import effect_teams
from reports.queries.effect import effect
from reports.services import disagreements
from roles import jobs, seeing
from roles.models import AuditEvent, Competency, Job, JobState, MatrixVersion, Person, Role, Team, User
from roles.services import Asked, begin_draft, publish_version, set_requirements
from roles.services.access import give_team
from tests.killing import assert_all_or_nothing, interrupt, steps_of
from tests.organisation import AT, OrganisationFiles
from tests.own_cluster import own_cluster

from .pages import ORGANISATION, links, page_of, rows, text

# A job says how far it has come by a connection of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)

DRAFT = "/admin/matrix/versions/v2/"


def changed_draft() -> MatrixVersion:
    """v2 from 2026-03-01 on: of ENG, C-2 at 3 in place of 2 and C-1 no more."""
    draft = begin_draft(code="v2", effective_from=date(2026, 3, 1), based_on=MatrixVersion.objects.get(code="v1"))
    eng = Role.objects.get(code="ENG").pk
    keys = dict(Competency.objects.values_list("code", "pk"))
    cells = {(eng, keys["C-1"]): None, (eng, keys["C-2"]): Asked(3, 1)}
    return set_requirements(draft=draft, cells=cells, revision=0)


@pytest.fixture
def draft(organisation: None) -> MatrixVersion:
    return changed_draft()


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two people be too many to be looked at while somebody waits."""
    monkeypatch.setattr(publishing, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(effect_teams, "PEOPLE_AT_ONCE", 2)


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for waits until the test does it."""
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)


def done(job: Job) -> Job:
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_the_effect_is_shown_team_by_team(reader: Any, draft: MatrixVersion) -> None:
    client = reader("auditor")
    page = page_of(client, f"{DRAFT}effect/")
    assert "Everybody ORG" in text(page)
    assert rows(page, "teams") == [
        ["Security SEC", "3", "50%", "0%", "1", "1"],
        ["Idle hands IDLE", "1", "–", "–", "0", "0"],
        ["Operations OPS", "2", "25%", "50%", "0", "2"],
        ["Nobody's team VOID", "0", "–", "–", "0", "0"],
    ]
    assert rows(page, "competencies") == [["C-2 Risks", "1", "0"], ["C-1 Prompts & traps", "0", "3"]]
    assert rows(page, "people") == [
        ["Name of F1 F1", "Operations", "–", "C-1"],
        ["Name of S1 S1", "Red team", "C-2", "–"],
        ["Name of S2 S2", "Red team", "–", "C-1"],
        ["Name of S3 S3", "Operations", "–", "C-1"],
    ]
    below = page_of(client, f"{DRAFT}effect/?team=SEC")
    assert rows(below, "teams") == [["Red team RED", "2", "50%", "0%", "1", "1"]]
    assert [row[0] for row in rows(below, "people")] == ["Name of S1 S1", "Name of S2 S2"]
    assert client.get(f"{DRAFT}effect/?team=NONE").status_code == 404


def test_the_effect_on_every_team_is_a_file(reader: Any, draft: MatrixVersion) -> None:
    Team.objects.filter(code="OPS").update(name="=1+1")
    content = reader("auditor").get(f"{DRAFT}effect/?format=csv").content.decode()
    found = {row["team"]: row for row in csv.DictReader(io.StringIO(content))}
    assert set(found) == set(Team.objects.values_list("code", flat=True))
    assert (found["OPS"]["coverage_before"], found["OPS"]["coverage_after"]) == ("0.25", "0.5")
    assert found["OPS"]["name"] == "'=1+1"
    assert (found["VOID"]["coverage_before"], found["VOID"]["people"]) == ("", "0")
    assert found["RED"]["people_newly_short"] == "1"


def test_an_effect_is_kept_as_it_was_computed(draft: MatrixVersion) -> None:
    found = effect(draft=draft)
    again = unpacked(packed(found))
    assert packed(again) == packed(found)
    assert again.total.after.as_dict() == found.total.after.as_dict()
    assert again.total.counts == found.total.counts


def test_of_many_people_the_effect_is_computed_by_a_job_and_kept(
    reader: Any, draft: MatrixVersion, many: None, people: dict[str, User]
) -> None:
    client = reader("administrator")
    assert "is computed in the background" in text(page_of(client, f"{DRAFT}effect/"))
    response = client.post(f"{DRAFT}effect/")
    job = Job.objects.get(kind=EFFECT)
    assert response["Location"] == f"/admin/matrix/work/{job.pk}/"
    assert client.post(f"{DRAFT}effect/")["Location"] == response["Location"]
    assert done(job).state == JobState.DONE
    page = page_of(client, f"{DRAFT}effect/")
    assert rows(page, "teams")[0] == ["Security SEC", "3", "50%", "0%", "1", "1"]
    assert "too many people here" in text(page)
    assert "changed since" not in text(page)


MOVES = {
    "the draft": lambda draft: set_requirements(
        draft=draft,
        cells={(Role.objects.get(code="LEAD").pk, Competency.objects.get(code="C-1").pk): Asked(1, 1)},
        revision=draft.revision,
    ),
    "a result": lambda _: AssessmentResult.objects.create(
        person=Person.objects.get(employee_id="S1"),
        competency=Competency.objects.get(code="C-2"),
        level=4,
        method="exam",
        assessed_on=date(2026, 1, 1),
        recorded_at=AT,
    ),
    "a team": lambda _: Team.objects.filter(code="RED").update(name="Reds"),
    "another version": lambda _: publish_version(
        version=begin_draft(
            code="v1.5", effective_from=date(2025, 1, 1), based_on=MatrixVersion.objects.get(code="v1")
        ),
        at=AT,
    ),
}


@pytest.mark.parametrize("what", MOVES)
def test_what_was_kept_is_called_stale_once_something_has_moved(
    reader: Any, draft: MatrixVersion, many: None, people: dict[str, User], what: str
) -> None:
    done(ask_for_effect(draft=draft, by=people["administrator"], at=now()))
    # What moves no figure is none of it.
    begin_draft(code="other", effective_from=date(2030, 1, 1))
    give_team(team=Team.objects.get(code="RED"), person=Person.objects.get(employee_id="S1"))
    seeing.begin(SessionStore(), user=people["staff"], by=people["administrator"], reason="A ticket", at=now())
    known = known_effect(draft=draft, at=now())
    assert known is not None
    assert not known.stale
    MOVES[what](draft)
    page = page_of(reader("administrator"), f"{DRAFT}effect/")
    assert "has changed since: they may come out differently now." in text(page)
    assert "Compute it again" in text(page)


def test_publishing_asks_once_more_with_what_it_changes(reader: Any, draft: MatrixVersion) -> None:
    page = page_of(reader("administrator"), f"{DRAFT}publish/")
    for words in (
        "1 Raised",
        "1 Removed",
        "Newly fall short 1 in 1 requirement",
        "No longer fall short 3 in 3 require",
    ):
        assert words in text(page)
    draft.refresh_from_db()
    assert draft.published_at is None


def test_a_draft_is_published_by_a_job_as_who_asked(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    response = client.post(f"{DRAFT}publish/", {"revision": str(draft.revision)})
    job = Job.objects.get(kind=PUBLISH)
    assert response["Location"] == f"/admin/matrix/work/{job.pk}/"
    waiting = page_of(client, response["Location"])
    assert "everybody sees the figures as they were" in text(waiting)
    # Asked for again, it is the same publication.
    assert client.post(f"{DRAFT}publish/", {"revision": str(draft.revision)})["Location"] == response["Location"]
    assert done(job).state == JobState.DONE
    draft.refresh_from_db()
    assert draft.published_at is not None
    assert "is published, and in force from" in text(page_of(client, response["Location"]))
    event = AuditEvent.objects.order_by("number").last()
    assert event is not None
    assert (event.action, event.subject, event.actor, event.surface) == (
        "matrix.published",
        "v2",
        "administrator",
        "console",
    )
    assert list(disagreements()) == []


def test_to_htmx_only_the_progress_is_sent(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    address = client.post(f"{DRAFT}publish/", {"revision": str(draft.revision)})["Location"]
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'hx-get="{address}"' in part
    jobs.run(Job.objects.get().pk)
    assert "hx-get" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_what_was_changed_since_it_was_looked_at_is_not_published(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    response = client.post(f"{DRAFT}publish/", {"revision": str(draft.revision - 1)})
    assert response.status_code == 409
    assert "has been changed since you looked at it" in text(parse_html(response.content.decode()))
    assert not Job.objects.exists()


REFUSALS = {
    "changed": (MOVES["the draft"], "The draft has been changed since it was looked at."),
    "discarded": (lambda draft: draft.delete(), "The draft has been changed since it was looked at."),
    "published": (lambda draft: publish_version(version=draft, at=AT), "It has been published already."),
    "emptied": (lambda draft: draft.requirements.all().delete(), "The draft asks nothing of anybody."),
    "its day taken": (
        lambda _: publish_version(
            version=begin_draft(
                code="first", effective_from=date(2026, 3, 1), based_on=MatrixVersion.objects.get(code="v1")
            ),
            at=AT,
        ),
        "first is published from 2026-03-01 on.",
    ),
}


@pytest.mark.parametrize("meanwhile", REFUSALS)
def test_a_publication_is_refused_in_words(
    reader: Any, draft: MatrixVersion, people: dict[str, User], meanwhile: str
) -> None:
    job = ask_to_publish(draft=draft, revision=draft.revision, by=people["administrator"], at=now())
    happens, words = REFUSALS[meanwhile]
    happens(draft)
    assert done(job).state == JobState.REFUSED
    assert words in text(page_of(reader("administrator"), f"/admin/matrix/work/{job.pk}/"))


@pytest.mark.parametrize(
    ("who", "kind", "leads_to", "again"),
    [
        pytest.param("administrator", PUBLISH, DRAFT, f"{DRAFT}publish/", id="a publication"),
        pytest.param("auditor", PUBLISH, DRAFT, None, id="a publication, to who only reads"),
        pytest.param("administrator", EFFECT, f"{DRAFT}effect/", f"{DRAFT}effect/", id="an effect"),
    ],
)
def test_what_failed_leads_to_where_it_can_be_asked_for_again(
    reader: Any, draft: MatrixVersion, people: dict[str, User], who: str, kind: str, leads_to: str, again: str | None
) -> None:
    job = jobs.ask(
        kind, by=people["administrator"], at=now(), version=draft.pk, code=draft.code, revision=draft.revision
    )
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, reason="Something went wrong.", finished_at=now())
    assert leads_to in links(page_of(reader(who), f"/admin/jobs/{job.pk}/"))
    own_page = page_of(reader(who), f"/admin/matrix/work/{job.pk}/")
    assert "Ask for it again." in text(own_page)
    assert {f"{DRAFT}publish/", f"{DRAFT}effect/"} & {*links(own_page)} == ({again} if again else set())


def test_what_failed_to_be_published_and_is_published_by_now_leads_to_the_version(
    reader: Any, draft: MatrixVersion, people: dict[str, User]
) -> None:
    job = ask_to_publish(draft=draft, revision=draft.revision, by=people["administrator"], at=now())
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, finished_at=now())
    publish_version(version=draft, at=AT)
    assert f"/admin/matrix/work/{job.pk}/" in links(page_of(reader("administrator"), f"/admin/jobs/{job.pk}/"))
    own_page = page_of(reader("administrator"), f"/admin/matrix/work/{job.pk}/")
    assert DRAFT in links(own_page)
    assert f"{DRAFT}publish/" not in links(own_page)


def test_a_refusal_is_in_the_language_of_who_asked(reader: Any, draft: MatrixVersion) -> None:
    client = reader("administrator")
    client.post(f"{DRAFT}publish/", {"revision": str(draft.revision)}, headers={"Accept-Language": "de"})
    MOVES["the draft"](draft)
    assert done(Job.objects.get()).reason.startswith("Der Entwurf wurde geändert")


@pytest.mark.parametrize("spoilt", ["no requirement", "its day is taken"])
def test_what_cannot_be_published_says_why_and_has_no_button(reader: Any, draft: MatrixVersion, spoilt: str) -> None:
    if spoilt == "no requirement":
        draft.requirements.all().delete()
    else:
        REFUSALS["its day taken"][0](draft)
    client = reader("administrator")
    page = page_of(client, f"{DRAFT}publish/")
    assert "It cannot be published like this" in text(page)
    assert "Publish it for good" not in text(page)
    way_out = DRAFT if spoilt == "no requirement" else f"{DRAFT}details/"
    assert way_out in links(page)


def test_a_day_that_is_past_is_warned_of(reader: Any, draft: MatrixVersion) -> None:
    assert "This day is past" in text(page_of(reader("administrator"), f"{DRAFT}publish/"))


def test_a_publication_that_is_killed_anywhere_is_all_or_nothing(draft: MatrixVersion, people: dict[str, User]) -> None:
    job = ask_to_publish(draft=draft, revision=draft.revision, by=people["administrator"], at=now())
    assert_all_or_nothing(job.pk)
    draft.refresh_from_db()
    assert draft.published_at is not None
    assert list(disagreements()) == []


def test_a_server_that_stops_at_once_leaves_nothing_of_a_publication(tmp_path: Path) -> None:
    with own_cluster() as cluster:
        files = OrganisationFiles(tmp_path)
        for name, lines in ORGANISATION.items():
            files.put(name, *lines)
        files.as_import()
        draft = changed_draft()
        administrator = User.objects.create(username="administrator", is_superuser=True)
        job = ask_to_publish(draft=draft, revision=draft.revision, by=administrator, at=now())
        interrupt(job.pk, at=steps_of(job.pk) - 2, by=cluster.crash)
        cluster.start()
        draft.refresh_from_db()
        assert draft.published_at is None
        assert list(disagreements()) == []
        jobs.take_up_lost()
        draft.refresh_from_db()
        assert draft.published_at is not None
        assert list(disagreements()) == []
