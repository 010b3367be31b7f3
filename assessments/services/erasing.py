"""Erasing a person: nothing tells any more who they were, and every figure stays what it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import AssessmentResult, Exemption, new_result_id
from roles import forgetting
from roles.bulk import update_rows
from roles.identity import Identity
from roles.jobs import JobRefused, ask, does
from roles.locks import hold_people, share_rules
from roles.models import AuditHead, Job, Person, User
from roles.services.access import refuse_without_administrator
from roles.services.checking import InTheWay
from roles.services.erasing import (
    ERASED,
    forget_in_files,
    forget_in_texts,
    forget_person,
    identity_of,
    person_erased,
    quietly,
)
from roles.trail import one_event

#: The name of the work; see roles/jobs.py.
ERASE = "erase_person"
#: So many events of the trail are read while somebody waits for the answer to a form.
ERASED_AT_ONCE = 50_000


def erase_person(*, person: Person, by: User | None, at: datetime, still_here: bool = False) -> str:
    """Put a random pseudonym, which is given back, in place of all that tells who the person is; not to be undone.

    Their account ends with its sessions and tokens; what was written about them in words is gone, also from the audit
    trail; levels and days stay, and so every figure. One event, which names only the pseudonym, lists the events it
    changed. Raises InTheWay, and erases nothing, for who still works here (unless `still_here`), who is erased already,
    for oneself and for the last administrator.
    """
    with one_event("person.erased", by=by) as told:
        share_rules()
        hold_people([person.pk])
        person.refresh_from_db()
        _refuse(person, by, at, still_here=still_here)
        new_ids = {one: new_result_id() for one in _results(person).values_list("result_id", flat=True)}
        identity = identity_of(person, new_ids)
        user = User.objects.filter(person=person).values_list("pk", flat=True).first()
        forget_person(person, identity, at=at)
        _forget_results(person, new_ids, at)
        exemptions = quietly(Exemption).filter(person=person).update(reason="", updated_at=at)
        for room in ("roles", "assessments"):
            forget_in_texts(room, identity, at=at, beside={AssessmentResult: {"pseudonymised_at": at}})
        forget_in_files(identity)
        person_erased.send(Person, identity=identity, person=person.pk, user=user, at=at)
        told.action, told.subject = "person.erased", identity.pseudonym
        told.facts = {"results": len(new_ids), "exemptions": exemptions, forgetting.LISTED: _forget_events(identity)}
    person.refresh_from_db()
    return identity.pseudonym


def erase_or_ask(*, person: Person, by: User, at: datetime, still_here: bool = False) -> str | Job:
    """Erase the person, and give the pseudonym; or where the trail is long, the job by which a worker does it.

    Raises InTheWay, and erases nothing, as `erase_person` does.
    """
    length = AuditHead.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    if length <= ERASED_AT_ONCE:
        return erase_person(person=person, by=by, at=at, still_here=still_here)
    _refuse(person, by, at, still_here=still_here)
    return ask(ERASE, by=by, at=at, person=person.pk, still_here=still_here)


@does(ERASE, words=_("Erasing a person"))
def _erase_of(job: Job) -> dict[str, Any]:
    person = Person.objects.filter(pk=job.arguments["person"]).first()
    if person is None:
        raise JobRefused(gettext("They have been erased already."))
    try:
        pseudonym = erase_person(person=person, by=job.asked_by, at=now(), still_here=job.arguments["still_here"])
    except InTheWay as refused:
        raise JobRefused(str(refused)) from refused
    return {"pseudonym": pseudonym}


def _refuse(person: Person, by: User | None, at: datetime, *, still_here: bool) -> None:
    today = localdate(at)
    if person.erased_at is not None:
        raise InTheWay(gettext("They have been erased already."))
    if by is not None and by.person_id == person.pk:
        raise InTheWay(gettext("Nobody erases themselves: the record of it would name them. Ask somebody else."))
    if not still_here and (person.left_on is None or person.left_on > today):
        raise InTheWay(
            gettext("%(employee_id)s still works here. Enter the day on which they leave, or say that they stay.")
            % {"employee_id": person.employee_id}
        )
    refuse_without_administrator(person)


def _results(person: Person) -> QuerySet[AssessmentResult]:
    return quietly(AssessmentResult).filter(person=person).order_by("pk")


def _forget_results(person: Person, new_ids: dict[str, str], at: datetime) -> None:
    columns = ["result_id", "assessor", "evidence", "withdrawn_reason", "pseudonymised_at"]
    rows = _results(person).values_list("pk", "result_id", "withdrawn_at")
    # All at once, because the words of a result change only together with the instant at which they do (guards.py).
    update_rows(
        AssessmentResult,
        columns,
        [(pk, (new_ids[one], "", "", ERASED if withdrawn else "", at)) for pk, one, withdrawn in rows],
    )


def _forget_events(identity: Identity) -> dict[str, str]:
    return forgetting.rewritten(forgetting.events_about(identity), forgetting.without(identity))
