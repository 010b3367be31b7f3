"""The same for many people at once: all of it or nothing, one event, and everybody's standings computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext

from roles.facts import announced_together
from roles.models import Membership, Person, Role, RoleAssignment, Team
from roles.trail import one_event

from .checking import InTheWay
from .people import assign_role, end_assignment, end_membership, place_person

RowT = TypeVar("RowT", bound=Model)

#: So many refusals are named; the others are counted.
NAMED_AT_MOST = 20


def for_each(rows: Iterable[RowT], do: Callable[[RowT], object], *, called: Callable[[RowT], str]) -> int:
    """Do it for each row, together; gives for how many.

    Raises ValidationError, naming the rows for which it cannot be done and why, and then does it for none.
    """
    refused: list[str] = []
    done = 0
    with announced_together():
        for row in rows:
            try:
                do(row)
            except (InTheWay, ValidationError) as error:
                refused += [f"{called(row)}: {words}" for words in _words(error)]
            done += 1
        if refused:
            raise ValidationError(_some(refused))
    return done


def _words(error: InTheWay | ValidationError) -> list[str]:
    return list(error.messages) if isinstance(error, ValidationError) else [str(error)]


def _some(refused: list[str]) -> list[str]:
    more = len(refused) - NAMED_AT_MOST
    rest = [gettext("And %(more)s more.") % {"more": more}] if more > 0 else []
    return refused[:NAMED_AT_MOST] + rest


@one_event("people.placed")
def place_people(*, people: Iterable[Person], team: Team, from_on: date) -> int:
    """Have these people be in the team from the day on; the team they are in until then ends for them on that day.

    Who is in the team on that day already stays as they are. Gives for how many it was asked, and raises as `for_each`.
    """
    return for_each(people, lambda person: _transfer(person, team, from_on), called=_employee_id)


def _transfer(person: Person, team: Team, from_on: date) -> None:
    stay = Membership.objects.filter(person=person).in_force(on=from_on).select_related("person", "team").first()
    if stay is None:
        place_person(person=person, team=team, from_on=from_on)
    elif stay.team_id != team.pk:
        until_on = stay.until_on
        end_membership(membership=stay, until_on=from_on)
        place_person(person=person, team=team, from_on=from_on, until_on=until_on)


@one_event("roles.assigned")
def assign_role_to(*, people: Iterable[Person], role: Role, from_on: date, until_on: date | None = None) -> int:
    """Give all these people the role from a day until a day, or on. Gives for how many, and raises as `for_each`."""
    return for_each(
        people,
        lambda person: assign_role(person=person, role=role, from_on=from_on, until_on=until_on),
        called=_employee_id,
    )


@one_event("assignments.ended")
def end_assignments(*, assignments: Iterable[RoleAssignment], until_on: date) -> int:
    """Have these assignments end on the day; what has ended by then stays. Gives how many, and raises as `for_each`."""
    holding = [one for one in assignments if one.until_on is None or one.until_on > until_on]
    return for_each(holding, lambda one: end_assignment(assignment=one, until_on=until_on), called=str)


@one_event("memberships.ended")
def end_memberships(*, memberships: Iterable[Membership], until_on: date) -> int:
    """Have these memberships end on the day; what has ended by then stays. Gives how many, and raises as `for_each`."""
    holding = [one for one in memberships if one.until_on is None or one.until_on > until_on]
    return for_each(holding, lambda one: end_membership(membership=one, until_on=until_on), called=str)


def _employee_id(person: Person) -> str:
    return person.employee_id
