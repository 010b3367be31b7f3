"""The team tree: adding, renaming, moving and removing teams."""

from __future__ import annotations

from django.db.models import Max, Value
from django.db.models.functions import Concat, Length, Substr

from roles.locks import hold_tree
from roles.models import Membership, Team, TeamManager
from roles.trail import one_event

from .checking import InTheWay, change, check

#: How many levels a path has room for.
DEEPEST: int = Team._meta.get_field("path").max_length // Team.STEP  # type: ignore[operator]


class TeamBelowItself(InTheWay):
    """A move would put a team below itself."""


@one_event("team.added")
def add_team(*, code: str, name: str, parent: Team | None) -> Team:
    """Add a team below another; without one, as the root, if there is none yet.

    Raises ValidationError by field, or InTheWay, and adds nothing.
    """
    hold_tree()
    team = Team(code=code, name=name, parent=parent)
    check(team)
    if Team.objects.filter(code=code).exists():
        raise InTheWay(f"There is a team {code} already.")
    root = Team.objects.filter(parent=None).first()
    if parent is None and root is not None:
        raise InTheWay(f"There is one root, which is {root.code}. Name a parent.")
    if parent is not None:
        _refuse_depth(_as_it_is(parent), levels=1)
    team.save()
    return team


@one_event("team.renamed")
def change_team(*, team: Team, name: str) -> None:
    """Give the team another name. Raises ValidationError, and changes nothing."""
    change(team, name=name)


@one_event("team.moved")
def move_team(*, team: Team, parent: Team) -> None:
    """Put the team with all below it under another parent; no standing changes.

    Only the team itself is told as changed, not those below, whose place in it stays what it was. Raises
    TeamBelowItself if the parent is the team itself or below it, or InTheWay, and changes nothing.
    """
    hold_tree()
    _as_it_is(team)
    _as_it_is(parent)
    if team.parent_id == parent.pk:
        return
    if parent.path.startswith(team.path):
        raise TeamBelowItself(f"{parent.code} is {team.code} itself or below it.")
    longest = Team.objects.within(team).aggregate(longest=Max(Length("path")))["longest"]
    _refuse_depth(parent, levels=(longest - len(team.path)) // Team.STEP + 1)
    path = parent.path + team.step
    below = Substr("path", len(team.path) + 1)
    Team.objects.within(team).update(path=Concat(Value(path), below))
    Team.objects.filter(pk=team.pk).update(parent=parent)
    team.refresh_from_db()


@one_event("team.removed")
def remove_team(*, team: Team) -> None:
    """Remove a team that nothing is in or below, nor ever was. Raises InTheWay, naming what is, and removes nothing."""
    hold_tree()
    _as_it_is(team)
    child = team.children.order_by("code").first()
    if child is not None:
        raise InTheWay(f"{child.code} is below {team.code}. Move it first.")
    stay = Membership.objects.filter(team=team).select_related("person").first()
    if stay is not None:
        raise InTheWay(f"{team.code} has or had people, {stay.person.employee_id} from {stay.from_on}, and stays.")
    manager = TeamManager.objects.filter(team=team).select_related("person").first()
    if manager is not None:
        raise InTheWay(f"{manager.person.employee_id} manages {team.code}. Take that back first.")
    team.delete()


def _as_it_is(team: Team) -> Team:
    """The team as it stands now that the tree is held."""
    try:
        team.refresh_from_db()
    except Team.DoesNotExist:
        raise InTheWay(f"{team.code} has been removed meanwhile.") from None
    return team


def _refuse_depth(parent: Team, *, levels: int) -> None:
    if parent.level + 1 + levels > DEEPEST:
        raise InTheWay(f"Below {parent.code} there would be more than {DEEPEST} levels, the most there are.")
