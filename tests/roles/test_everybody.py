"""What holds for everybody is set at once for few people, and by a worker for many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from roles import jobs
from roles.models import AuditEvent, EvidencePolicy, Job, JobState, Organisation, Role, User
from roles.services import everybody, set_rules, set_rules_or_ask

from .conftest import Cast

#: A job writes its progress by a connection of its own, which does not see what a test's transaction has asked for.
pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def administrator(cast: Cast) -> User:
    return User.objects.create(username="administrator", is_superuser=True)


@pytest.fixture
def many_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were more people than are computed while somebody waits."""
    monkeypatch.setattr(everybody, "COMPUTED_AT_ONCE", 1)


def rules() -> tuple[str, str | None]:
    """The policy, and the code of everybody's role."""
    role = Role.objects.filter(held_by_everyone=True).first()
    return Organisation.current().evidence_policy, role.code if role else None


def test_for_few_people_both_are_set_at_once_as_one_event(cast: Cast, administrator: User) -> None:
    before = AuditEvent.objects.count()
    assert set_rules_or_ask(policy=EvidencePolicy.LATEST, role=cast.role, by=administrator, at=AT) is None
    assert rules() == ("latest", "ENG")
    assert [*AuditEvent.objects.values_list("action", flat=True)][before:] == ["rules.set"]


def test_what_is_set_already_is_not_set_again(cast: Cast) -> None:
    set_rules(policy=EvidencePolicy.LATEST, role=cast.role)
    before = AuditEvent.objects.count()
    set_rules(policy=EvidencePolicy.LATEST, role=cast.role)
    assert AuditEvent.objects.count() == before


def test_for_many_people_a_worker_does_it_in_the_name_of_who_asked(
    cast: Cast, administrator: User, many_people: None
) -> None:
    job = set_rules_or_ask(policy=EvidencePolicy.HIGHEST, role=cast.role, by=administrator, at=AT)
    assert job is not None
    assert rules() == ("latest_verified", None)
    jobs.run(job.pk)
    assert rules() == ("highest", "ENG")
    assert AuditEvent.objects.latest("number").actor == "administrator"
    job.refresh_from_db()
    assert (job.state, job.outcome) == (JobState.DONE, {"people": 2})


def test_a_role_that_is_gone_meanwhile_is_said_and_nothing_set(
    cast: Cast, administrator: User, many_people: None
) -> None:
    gone = Role.objects.create(code="GONE", title="Gone")
    job = set_rules_or_ask(policy=EvidencePolicy.HIGHEST, role=gone, by=administrator, at=AT)
    assert job is not None
    gone.delete()
    jobs.run(job.pk)
    assert rules() == ("latest_verified", None)
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.reason) == (JobState.REFUSED, "The role GONE has been removed meanwhile.")
