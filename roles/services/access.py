"""Who may sign in, as what, and who stands in for whom. All of it is done by administrators, and each is an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from roles.models import ApiToken, Deputy, Person, Team, TeamManager, User
from roles.trail import one_event

from .checking import InTheWay, change, check, check_order


class UserValues(TypedDict, total=False):
    """What can change about an account."""

    username: str
    email: str
    person: Person | None
    is_superuser: bool
    is_auditor: bool


@one_event("user.added")
def add_user(**values: Unpack[UserValues]) -> User:
    """Add an account that nobody can sign in with yet: that takes a password, set by its owner (roles/links.py).

    Raises ValidationError by field, and adds nothing.
    """
    user = User(**values)
    user.set_unusable_password()
    _check_user(user)
    user.save()
    return user


@one_event("user.changed")
def change_user(*, user: User, by: User, **values: Unpack[UserValues]) -> None:
    """Change an account and what it may do. Raises ValidationError by field, or InTheWay, and changes nothing.

    Nobody gives themselves a right; the last administrator stays one.
    """
    administrators, held = _held_administrators(), _held(user)
    if held.is_superuser and not values.get("is_superuser", True):
        _refuse_if_last(held, administrators)
    if user.pk == by.pk and values.get("is_auditor"):
        raise InTheWay(gettext("Nobody gives themselves a right. Ask another administrator."))
    for name, value in values.items():
        setattr(held, name, value)
    _check_user(held)
    held.save()
    user.refresh_from_db()


def deactivate_user(*, user: User, by: User) -> None:
    """Let the user in no more, from this moment: their sessions end, their tokens and the links they have are void.

    Letting them in again brings back none of these. Raises InTheWay for oneself and for the last administrator.
    """
    with one_event("user.deactivated", user.username):
        administrators, held = _held_administrators(), _held(user)
        if held.pk == by.pk:
            raise InTheWay(gettext("You would shut yourself out. Ask another administrator."))
        if not held.is_active:
            return
        if held.is_superuser:
            _refuse_if_last(held, administrators)
        for token in ApiToken.tokens.filter(user=held):
            token.delete()
        held.is_active = False
        held.sessions_ended += 1
        held.save(update_fields=["is_active", "sessions_ended"])
    user.refresh_from_db()


@one_event("user.reactivated")
def reactivate_user(*, user: User) -> None:
    """Let the user in again, with the rights and the password that they had; they sign in anew."""
    held = _held(user)
    held.is_active = True
    held.save(update_fields=["is_active"])
    user.refresh_from_db()


def set_password(*, user: User, password: str) -> None:
    """Have the user sign in with this password from now on; their sessions end. Raises ValidationError."""
    validate_password(password, user)
    with one_event("user.password_set", user.username, by=user):
        held = _held(user)
        held.set_password(password)
        held.save(update_fields=["password"])
    user.refresh_from_db()


@one_event("manager.named")
def give_team(*, team: Team, person: Person) -> TeamManager:
    """Have the person manage the team. Raises InTheWay if they do already."""
    if TeamManager.objects.filter(team=team, person=person).exists():
        words = gettext("%(person)s manages %(team)s already.")
        raise InTheWay(words % {"person": person.employee_id, "team": team.code})
    return TeamManager.objects.create(team=team, person=person)


@one_event("manager.removed")
def take_team(*, manager: TeamManager) -> None:
    """Have the person manage the team no more; whoever stands in for them sees it no more either."""
    manager.delete()


@one_event("deputy.named")
def name_deputy(*, manager: Person, person: Person, from_on: date, until_on: date) -> Deputy:
    """Have the person stand in for the manager from a day until a day, on which it no longer holds.

    Raises ValidationError by field, or InTheWay, naming the days on which they stand in already.
    """
    deputy = Deputy(manager=manager, person=person, from_on=from_on, until_on=until_on)
    _check_deputy(deputy)
    there = Deputy.objects.filter(manager=manager, person=person, from_on=from_on).first()
    if there is not None:  # It was voided, and makes room.
        deputy.pk, deputy._state.adding = there.pk, False
    deputy.save()
    return deputy


@one_event("deputy.changed")
def end_deputy(*, deputy: Deputy, until_on: date) -> None:
    """Have it end on another day; on its first day it is voided and kept. Raises ValidationError or InTheWay."""
    changed = Deputy(
        pk=deputy.pk, manager=deputy.manager, person=deputy.person, from_on=deputy.from_on, until_on=until_on
    )
    _check_deputy(changed, may_be_void=True)
    change(deputy, until_on=until_on)


def refuse_without_administrator(person: Person) -> None:
    """Raise InTheWay if nobody would administer any more once the person's account has ended."""
    administrators = _held_administrators()
    held = User.objects.filter(person=person, pk__in=administrators).first()
    if held is not None:
        _refuse_if_last(held, administrators)


def _held(user: User) -> User:
    """The account as it stands, held until the transaction ends."""
    return User.objects.select_for_update().get(pk=user.pk)


def _held_administrators() -> list[int]:
    """The keys of who administers, held: of two who take that right away, the second sees what the first has left."""
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
    return [one.pk for one in administrators]


def _refuse_if_last(user: User, administrators: list[int]) -> None:
    if administrators == [user.pk]:
        words = gettext("The account %(user)s is the only administrator there is. Make somebody else one first.")
        raise InTheWay(words % {"user": user.username})


def _check_user(user: User) -> None:
    # Not the password, which is none of this; who has none cannot sign in.
    user.full_clean(exclude={"password", "person"}, validate_unique=False, validate_constraints=False)
    problems = {name: words for name, words in _taken(user) if words}
    if user.is_superuser and user.is_auditor:
        problems["is_auditor"] = gettext("An auditor writes nothing, so nobody is both. Choose one.")
    if problems:
        raise ValidationError(problems)


def _taken(user: User) -> Iterable[tuple[str, str]]:
    """What of the account somebody else has: each field and its words, which are empty if it is free."""
    others = User.objects.exclude(pk=user.pk)
    if others.filter(username__iexact=user.username).exists():
        yield "username", gettext("There is an account of this name already.")
    # People sign in by it too.
    if user.email and others.filter(email__iexact=user.email).exists():
        yield "email", gettext("There is an account with this address already.")
    holder = others.filter(person=user.person_id).first() if user.person_id else None
    if holder is not None:
        yield "person", gettext("This person has the account %(user)s already.") % {"user": holder.username}


def _check_deputy(deputy: Deputy, *, may_be_void: bool = False) -> None:
    check(deputy)
    check_order("until_on", deputy.until_on, "from_on", deputy.from_on)
    problems: dict[str, Any] = {}
    if deputy.manager_id == deputy.person_id:
        problems["person"] = gettext("Nobody stands in for themselves.")
    if deputy.until_on == deputy.from_on and not may_be_void:
        problems["until_on"] = gettext("On this day it no longer holds, so it is after the first one.")
    if problems:
        raise ValidationError(problems)
    other = Deputy.objects.overlapping(deputy).first()
    if other is not None:
        words = gettext("%(person)s stands in for %(manager)s from %(from_on)s until %(until_on)s already.")
        two = {"person": deputy.person.employee_id, "manager": deputy.manager.employee_id}
        raise InTheWay(words % {**two, "from_on": other.from_on, "until_on": other.until_on})
