"""Excusing people from competencies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypedDict, Unpack

from django.utils.translation import gettext

from assessments.models import Exemption
from roles.models import Competency, Person
from roles.services.checking import added, change, check_order
from roles.services.many import for_each
from roles.trail import one_event


class ExemptionValues(TypedDict, total=False):
    """What can change about an exemption."""

    until_on: date | None
    reason: str


@one_event("person.exempted")
def exempt_person(
    *, person: Person, competency: Competency, from_on: date, until_on: date | None = None, reason: str = ""
) -> Exemption:
    """Excuse the person from the competency from a day until a day, or on.

    Raises ValidationError by field, or InTheWay if they are excused from that day already.
    """
    exemption = Exemption(person=person, competency=competency, from_on=from_on, until_on=until_on, reason=reason)
    names = {"employee_id": person.employee_id, "competency": competency.code}
    words = gettext("%(employee_id)s is excused from %(competency)s") % names
    return added(exemption, key=("person", "competency", "from_on"), words=words)


@one_event("exemption.changed")
def change_exemption(*, exemption: Exemption, **values: Unpack[ExemptionValues]) -> None:
    """Give the exemption another end or reason; one that ends on its first day is voided and kept.

    Raises ValidationError by field, and changes nothing.
    """
    check_order("until_on", values.get("until_on"), "from_on", exemption.from_on)
    change(exemption, **values)


@one_event("people.exempted")
def exempt_people(
    *, people: Iterable[Person], competency: Competency, from_on: date, until_on: date | None = None, reason: str = ""
) -> int:
    """Excuse all these people from the competency. Gives how many, and raises as `for_each`."""
    return for_each(
        people,
        lambda person: exempt_person(
            person=person, competency=competency, from_on=from_on, until_on=until_on, reason=reason
        ),
        called=lambda person: person.employee_id,
    )
