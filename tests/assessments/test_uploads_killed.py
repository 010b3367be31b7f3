"""An import and its preview are killed everywhere: all or nothing, and a second run does what a first one would."""

from __future__ import annotations

import pytest

from assessments.models import Import, ImportState
from assessments.services.uploads import commit_import, upload_import
from roles import jobs
from roles.models import AuditEvent, Job, JobState, Person, User
from tests.assessments.sending import folder_sent, uploaded
from tests.contents import contents, differences
from tests.killing import assert_all_or_nothing, interrupt, spread, steps_of
from tests.organisation import AT, OrganisationFiles
from tests.own_cluster import own_cluster

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)


def asked(files: OrganisationFiles) -> Import:
    """An import of the files that somebody has seen and said yes to."""
    by = User.objects.create(username="ada", is_superuser=True)
    upload = uploaded(*folder_sent(files.folder), by=by)
    return commit_import(upload=upload, by=by, at=AT)


def test_an_import_that_is_killed_at_twenty_points_is_all_or_nothing(files: OrganisationFiles) -> None:
    upload = asked(files)
    assert upload.job is not None

    assert_all_or_nothing(upload.job.pk, points=20)

    upload.refresh_from_db()
    assert upload.state == ImportState.COMMITTED
    assert Person.objects.count() == 3
    assert AuditEvent.objects.filter(action="organisation.imported").count() == 1


def test_a_preview_that_is_killed_is_done_again(files: OrganisationFiles) -> None:
    files.change("people", 3, joined_on="yesterday")
    by = User.objects.create(username="ada", is_superuser=True)
    upload = upload_import(files=folder_sent(files.folder), by=by, at=AT)
    assert upload.job is not None

    assert_all_or_nothing(upload.job.pk, points=8)

    upload.refresh_from_db()
    assert upload.state == ImportState.BAD


def test_a_server_that_stops_in_the_middle_of_an_import_leaves_nothing(files: OrganisationFiles) -> None:
    with own_cluster() as cluster:
        upload = asked(files)
        assert upload.job is not None
        before, steps = contents(), steps_of(upload.job.pk)
        for step in spread(steps, 3):
            interrupt(upload.job.pk, at=step, by=cluster.crash)
            cluster.start()
            assert differences(before, contents()) == []
        jobs.take_up_lost()
        assert Job.objects.get(pk=upload.job.pk).state == JobState.DONE
        assert Person.objects.count() == 3
