"""People, the teams they are placed in, and the roles they are given."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, Unpack

from django.utils.translation import gettext

from roles.locks import share_rules
from roles.models import Membership, Person, Role, RoleAssignment, Team
from roles.trail import one_event

from .checking import InTheWay, added, change, check, check_order, days, end_stretch


class PersonValues(TypedDict, total=False):
    """What can change about a person."""

    name: str
    email: str
    joined_on: date
    left_on: date | None


@one_event("person.added")
def add_person(*, employee_id: str, name: str, joined_on: date, email: str = "", left_on: date | None = None) -> Person:
    """Add a person, who is in no team yet. Raises ValidationError by field, or InTheWay if the employee id is taken."""
    person = Person(employee_id=employee_id, name=name, email=email, joined_on=joined_on, left_on=left_on)
    check_order("left_on", left_on, "joined_on", joined_on)
    check(person)
    if Person.objects.filter(employee_id=employee_id).exists():
        raise InTheWay(gettext("There is a person %(employee_id)s already.") % {"employee_id": employee_id})
    person.save()
    return person


@one_event("person.changed")
def change_person(*, person: Person, **values: Unpack[PersonValues]) -> None:
    """Change what is told of a person. Raises ValidationError by field, and changes nothing."""
    # Whoever changes the rules waits for the people after holding the rules; so does this.
    share_rules()
    joined_on, left_on = values.get("joined_on", person.joined_on), values.get("left_on", person.left_on)
    check_order("left_on" if "left_on" in values else "joined_on", left_on, "joined_on", joined_on)
    change(person, **values)


@one_event("person.placed")
def place_person(*, person: Person, team: Team, from_on: date, until_on: date | None = None) -> Membership:
    """Have the person be in the team from a day until a day, or on.

    Raises ValidationError by field, or InTheWay, naming the membership that holds on some of these days.
    """
    stay = Membership(person=person, team=team, from_on=from_on, until_on=until_on)
    check_order("until_on", until_on, "from_on", from_on)
    _refuse_overlap(stay)
    words = gettext("%(employee_id)s is placed") % {"employee_id": person.employee_id}
    return added(stay, key=("person", "from_on"), words=words)


@one_event("membership.ended")
def end_membership(*, membership: Membership, until_on: date | None) -> None:
    """Have the membership end on the day; on its first day it is voided and kept, with None it holds on.

    Raises ValidationError by field, or InTheWay, naming the membership that holds on some of its new days.
    """
    ended = Membership(
        pk=membership.pk, person=membership.person, from_on=membership.from_on, until_on=until_on, team=membership.team
    )
    _refuse_overlap(ended)
    end_stretch(membership, until_on)


def _refuse_overlap(stay: Membership) -> None:
    other = Membership.objects.overlapping(stay).select_related("team").first()
    if other is not None:
        words = gettext("%(employee_id)s is in team %(team)s %(days)s. A person is in one team at a time.")
        values = {"employee_id": stay.person.employee_id, "team": other.team.code, "days": days(other)}
        raise InTheWay(words % values)


@one_event("role.assigned")
def assign_role(*, person: Person, role: Role, from_on: date, until_on: date | None = None) -> RoleAssignment:
    """Have the person hold the role from a day until a day, or on.

    Raises ValidationError by field, or InTheWay if they are given the role from that day already.
    """
    assignment = RoleAssignment(person=person, role=role, from_on=from_on, until_on=until_on)
    words = gettext("%(employee_id)s has the role %(role)s") % {"employee_id": person.employee_id, "role": role.code}
    return added(assignment, key=("person", "role", "from_on"), words=words)


@one_event("assignment.ended")
def end_assignment(*, assignment: RoleAssignment, until_on: date | None) -> None:
    """Have the assignment end on the day; on its first day it is voided and kept, with None it holds on.

    Raises ValidationError by field.
    """
    end_stretch(assignment, until_on)
