"""Work in the background as the console shows it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils.timezone import now

from roles import beside, heartbeat, jobs
from roles.models import Job, JobState, User
from roles.progress_kept import ProgressKept, over
from tests.roles.conftest import AT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_there() -> None:
    for name in beside.names("worker-"):
        beside.forget(name)


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create(username="root", is_superuser=True))
    return client


def a_job(**values: Any) -> Job:
    return Job.objects.create(**{"kind": "test.work", "surface": "console", "asked_at": AT, **values})


def page(client: Client, job: Job, **headers: str) -> str:
    response = client.get(reverse("admin:job", args=[job.pk]), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_job_that_waits_says_if_nobody_works_and_how_to_have_somebody(admin: Client) -> None:
    job = a_job()
    assert "No worker is running." in page(admin, job)

    heartbeat.beat("one", at=now() - timedelta(minutes=3))
    assert "No worker has been seen for 3\xa0minutes." in page(admin, job)
    assert "manage.py worker" in page(admin, job)

    heartbeat.beat("one", at=now())
    assert "No worker" not in page(admin, job)


def test_the_first_page_says_that_jobs_wait_and_nobody_works(admin: Client) -> None:
    a_job()
    words = "jobs that wait, with no worker running"
    assert words in admin.get("/admin/").content.decode()

    heartbeat.beat("one", at=now())
    assert words not in admin.get("/admin/").content.decode()


def test_the_list_of_jobs_says_so_too_as_long_as_one_waits(admin: Client) -> None:
    job = a_job()
    heartbeat.beat("one", at=now() - timedelta(minutes=3))
    assert "No worker has been seen for 3\xa0minutes." in admin.get("/admin/roles/job/").content.decode()

    heartbeat.beat("one", at=now())
    assert "No worker" not in admin.get("/admin/roles/job/").content.decode()

    heartbeat.leave("one")
    assert "No worker is running." in admin.get("/admin/roles/job/").content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=AT)
    assert "No worker" not in admin.get("/admin/roles/job/").content.decode()


def test_a_probe_is_told_whether_a_worker_is_there(client: Client) -> None:
    answer = client.get("/health/worker/")
    assert (answer.status_code, answer.content) == (503, b"no worker is running")
    heartbeat.beat("one", at=now() - timedelta(minutes=3))
    assert client.get("/health/worker/").status_code == 503
    heartbeat.beat("one", at=now())
    answer = client.get("/health/worker/")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_the_list_shows_that_a_job_is_being_done_wherever_that_is_kept(admin: Client) -> None:
    if beside.folder() is None:
        a_job(state=JobState.RUNNING)
    else:
        with ProgressKept(a_job().pk) as kept:
            kept.begun()
    assert 'class="field-state_now">Running</td>' in admin.get("/admin/roles/job/").content.decode()
    over(Job.objects.get().pk)


def test_a_job_that_is_being_done_shows_how_far_it_is_and_asks_again(admin: Client) -> None:
    if beside.folder() is None:
        job = a_job(state=JobState.RUNNING, started_at=AT, doing="Adding people", done=1200, total=3000)
    else:
        job = a_job()
        with ProgressKept(job.pk) as kept:
            kept.begun()
            kept.report("Adding people", 1200, 3000)

    shown = page(admin, job)

    assert "Adding people: 1,200 of 3,000" in " ".join(shown.split())
    assert '<progress max="3000" value="1200"' in shown
    assert f'hx-get="/admin/jobs/{job.pk}/" hx-trigger="load delay:1s"' in shown
    over(job.pk)


def test_the_part_that_asks_again_is_answered_alone(admin: Client) -> None:
    part = page(admin, a_job(), **{"HX-Request": "true"})
    assert part.lstrip().startswith('<div class="job"')
    assert "<html" not in part


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        pytest.param(JobState.DONE, "", "All of it is done.", id="done"),
        pytest.param(JobState.REFUSED, "The data have moved.", "The data have moved.", id="refused"),
        pytest.param(JobState.FAILED, "Something went wrong.", "Something went wrong.", id="failed"),
    ],
)
def test_a_job_that_is_finished_says_what_came_of_it_and_asks_no_more(
    admin: Client, state: JobState, reason: str, said: str
) -> None:
    shown = page(admin, a_job(state=state, reason=reason, finished_at=AT))
    assert said in shown
    assert "hx-get" not in shown
    assert "No worker" not in shown


@pytest.mark.parametrize("state", [JobState.REFUSED, JobState.FAILED])
def test_only_what_failed_is_to_be_asked_for_again_as_it_is(admin: Client, state: JobState) -> None:
    job = a_job(state=state, reason="Something went wrong.", finished_at=AT)
    said = "Ask for it again." in page(admin, job), f"“Job {job.pk} failed”" in page(admin, job)
    assert said == (state == JobState.FAILED,) * 2


def test_jobs_of_every_kind_lead_to_where_they_were_asked_for(admin: Client) -> None:
    arguments = {"upload": 7, "version": 7, "person": 7, "code": "v2", "policy": "latest", "role": ""}
    for kind in [kind for kind in jobs.kinds() if not kind.startswith("test.")]:
        job = a_job(kind=kind, arguments=arguments, state=JobState.FAILED, finished_at=AT)
        [address] = re.findall('<a href="([^"]*)">Where it was asked for, and can be again</a>', page(admin, job))
        assert resolve(address).namespace == "admin", kind


def test_jobs_are_found_by_what_they_do_in_words(admin: Client) -> None:
    jobs_of_both = [a_job(kind=kind) for kind in ("set_rules", "verify_audit")]
    listed: Any = admin.get("/admin/roles/job/", {"kind": "verify_audit"})
    assert list(listed.context["cl"].result_list) == jobs_of_both[1:]
    assert "Computing everybody by what holds for everybody</a></li>" in listed.content.decode()


def test_the_list_leads_to_each_job(admin: Client) -> None:
    job = a_job(asked_by=User.objects.get())
    listed = admin.get("/admin/roles/job/").content.decode()
    assert f"/admin/roles/job/{job.pk}/change/" in listed
    assert admin.get(f"/admin/roles/job/{job.pk}/change/").headers["Location"] == f"/admin/jobs/{job.pk}/"


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        pytest.param({"is_auditor": True}, 200, id="an auditor"),
        pytest.param({}, 302, id="staff"),
        pytest.param({"is_superuser": True, "is_active": False}, 302, id="an administrator who is deactivated"),
    ],
)
def test_who_reads_everything_sees_jobs(client: Client, rights: dict[str, bool], status: int) -> None:
    client.force_login(User.objects.create(username="somebody", **rights))
    assert client.get(reverse("admin:job", args=[a_job().pk])).status_code == status
