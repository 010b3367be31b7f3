"""Eight who write at once, each by another service: the trail stays one chain, with one event for each thing done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils.timezone import localdate, now

from assessments.models import AssessmentResult
from assessments.services import SentResult, exempt_person, record_results, record_sent, withdraw_result
from assessments.services.erasing import erase_person
from reports.services import disagreements
from roles.audit import findings
from roles.models import AuditEvent, AuditHead, Competency, MatrixVersion, Person, Role, Team, User
from roles.services import (
    Asked,
    InTheWay,
    add_person,
    assign_role,
    begin_draft,
    change_person,
    end_assignment,
    move_team,
    set_requirements,
)
from roles.services.access import change_user, deactivate_user, reactivate_user
from roles.tokens import make_token, revoke_token
from tests.aiskills.ways.way import person
from tests.organisation import AT, at_once
from tests.reports.conftest import files, organisation, people

__all__ = ["files", "organisation", "people"]

ROUNDS = 4
START = date(2026, 1, 1)


def team(code: str) -> Team:
    return Team.objects.get(code=code)


def user(name: str) -> User:
    return User.objects.get(username=name)


def day(number: int) -> date:
    return START + timedelta(days=number)


def record_and_withdraw(number: int) -> None:
    result = AssessmentResult(
        person=person("S1"), competency=Competency.objects.get(code="C-1"), level=number % 5, method="exam",
        assessed_on=day(number),
    )  # fmt: skip
    record_results(results=[result], by=user("manager"), at=AT)
    withdraw_result(result=result, by=user("manager"), reason="A slip", at=AT)


def send_results(number: int) -> None:
    sent = SentResult(f"LMS-{number}", "S2", "C-1", number % 5, "exam", day(number), None, "", "")
    record_sent(results=[sent], by=user("manager"), at=AT, today=localdate())


def move_a_team(number: int) -> None:
    # One whose people nobody else writes about: who manages it changes with each move.
    move_team(team=team("IDLE"), parent=team("OPS" if number % 2 == 0 else "SEC"))


def assign_and_end(number: int) -> None:
    assignment = assign_role(person=person("S3"), role=Role.objects.get(code="LEAD"), from_on=day(number))
    end_assignment(assignment=assignment, until_on=day(number))


def token(number: int) -> None:
    made, _ = make_token(
        owner=user("staff"), name=f"T{number}", scopes=["read"], expires_on=localdate() + timedelta(9), at=now()
    )
    revoke_token(token=made)


def hire(number: int) -> None:
    new = add_person(employee_id=f"N{number}", name="New", joined_on=START)
    change_person(person=new, name="Other")
    exempt_person(person=new, competency=Competency.objects.get(code="C-2"), from_on=START)
    with pytest.raises(InTheWay):
        add_person(employee_id=f"N{number}", name="Twice", joined_on=START)


def edit_the_draft(number: int) -> None:
    draft = MatrixVersion.objects.get(code="v2")
    key = (Role.objects.get(code="IDLE").pk, Competency.objects.get(code="C-3").pk)
    set_requirements(draft=draft, cells={key: Asked(1 + number % 4, 1)}, revision=draft.revision)


def change_an_account(number: int) -> None:
    by, account = user("administrator"), user("stranger")
    change_user(user=account, by=by, is_auditor=number % 2 == 0)
    deactivate_user(user=account, by=by)
    reactivate_user(user=account)


#: Who writes, and the events that a round of it leaves.
WRITERS: dict[Callable[[int], None], list[str]] = {
    record_and_withdraw: ["results.recorded", "result.withdrawn"],
    send_results: ["results.recorded"],
    move_a_team: ["team.moved"],
    assign_and_end: ["role.assigned", "assignment.ended"],
    token: ["token.made", "token.revoked"],
    hire: ["person.added", "person.changed", "person.exempted"],
    edit_the_draft: ["draft.changed"],
    change_an_account: ["user.changed", "user.deactivated", "user.reactivated"],
}


def in_rounds(write: Callable[[int], None]) -> None:
    for number in range(ROUNDS):
        write(number)


@pytest.mark.django_db(transaction=True)
def test_eight_services_at_once_make_one_chain(people: dict[str, User]) -> None:
    begin_draft(code="v2", effective_from=date(2030, 1, 1), based_on=MatrixVersion.objects.get(code="v1"))
    first = AuditHead.objects.get().number

    assert at_once(*(partial(in_rounds, write) for write in WRITERS)) == [None] * 8

    expected = Counter(action for actions in WRITERS.values() for action in actions * ROUNDS)
    assert Counter(AuditEvent.objects.filter(number__gt=first).values_list("action", flat=True)) == expected
    assert AuditHead.objects.get().number == first + expected.total()
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "none of them touched" in said.getvalue()
    assert list(disagreements()) == []


def write_about(late: Person, by: User) -> Callable[[int], None]:
    """What somebody goes on writing who has read a person before, whatever has become of them meanwhile."""

    def write(number: int) -> None:
        assign_role(person=late, role=Role.objects.get(code="LEAD"), from_on=day(number))
        result = AssessmentResult(
            person=late, competency=Competency.objects.get(code="C-2"), level=1, method="exam", assessed_on=day(number)
        )
        record_results(results=[result], by=by, at=AT)
        withdraw_result(result=result, by=by, reason="A slip", at=AT)

    return write


@pytest.mark.django_db(transaction=True)
def test_people_are_erased_while_others_write_about_them(people: dict[str, User]) -> None:
    """Whoever comes first: nothing names them afterwards, and the chain is whole."""
    names = ("F1", "S2", "I1")
    writers = [write_about(person(name), people["administrator"]) for name in names]

    def erase(name: str) -> None:
        erase_person(person=person(name), by=people["administrator"], at=AT, still_here=True)

    works = [*(partial(in_rounds, write) for write in writers), *(partial(erase, name) for name in names)]
    assert at_once(*works, partial(in_rounds, token)) == [None] * 7

    said = "\n".join(f"{event.subject} {event.before} {event.after}" for event in AuditEvent.objects.all())
    assert re.findall(rf"\b(?:{'|'.join(names)})\b", said) == []
    assert AuditEvent.objects.filter(action="person.erased").count() == len(names)
    assert list(findings()) == []
    assert list(disagreements()) == []
