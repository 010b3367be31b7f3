"""A thing of each list of REST, of the organisation that tests are about (tests/reports/pages.py)."""

from __future__ import annotations

from assessments.models import AssessmentResult, BadRow, Exemption, Import, ImportFile, ImportState
from roles.models import Competency, Job, JobState, Membership, Person, RoleAssignment, Threat
from tests.organisation import AT

#: What is whose: the manager has SEC and RED below it, so S1 and S2 are theirs, and F1 in OPS is not.
OWN, FOREIGN = "S2", "F1"


def things(person: str) -> dict[str, object]:
    """A thing of each list, by the list's name in addresses; of those about somebody, one about the person."""
    someone = Person.objects.get(employee_id=person)
    return {
        "teams": someone.memberships.latest("from_on").team.code,
        "people": person,
        "memberships": Membership.objects.filter(person=someone).latest("from_on").pk,
        "assignments": RoleAssignment.objects.filter(person=someone).latest("from_on").pk,
        "exemptions": Exemption.objects.filter(person=someone).latest("from_on").pk,
        "results": AssessmentResult.objects.filter(person=someone).latest("pk").result_id,
        "roles": "ENG",
        "competencies": "C-1",
        "threats": Threat.objects.earliest("code").code,
        "matrix-versions": "v1",
        "exports": "standings",
        "imports": Import.objects.earliest("pk").pk,
    }


#: For each list what is not there.
MISSING: dict[str, object] = {
    "teams": "NONE",
    "people": "NONE",
    "memberships": 0,
    "assignments": 0,
    "exemptions": 0,
    "results": "NONE",
    "roles": "NONE",
    "competencies": "NONE",
    "threats": "NONE",
    "matrix-versions": "NONE",
    "exports": "nothing",
    "imports": 0,
}


def add_the_rest() -> None:
    """Add to the organisation of the files what they have none of: a threat, and exemptions of OWN and FOREIGN."""
    threat = Threat.objects.create(code="T-1", title="Something bad")
    threat.competencies.add(Competency.objects.get(code="C-1"))
    for employee_id in (OWN, FOREIGN):
        person = Person.objects.get(employee_id=employee_id)
        competency = Competency.objects.get(code="C-3")
        Exemption.objects.create(person=person, competency=competency, from_on="2024-01-01", reason="On leave")
    add_an_import()


def add_an_import() -> None:
    """Add an import that has a bad row, as a worker leaves it."""
    job = Job.objects.create(kind="preview_import", state=JobState.DONE, asked_at=AT, surface="rest")
    upload = Import.objects.create(uploaded_at=AT, state=ImportState.BAD, job=job, problems=1)
    file = ImportFile.objects.create(
        upload=upload, name="people.csv", size=1, sha256="0" * 64, added=0, changed=0, unchanged=1, problems=1,
        header=["employee_id", "name"],
    )  # fmt: skip
    said = [["name", "is empty, and a text is needed"]]
    BadRow.objects.create(upload=upload, file=file, number=1, line=2, said=said, cells=["E9", ""])
