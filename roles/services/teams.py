"""The team tree: adding, renaming, moving and removing teams."""

from __future__ import annotations

from django.db.models import Max, Value
from django.db.models.functions import Concat, Length, Substr
from django.dispatch import Signal
from django.utils.translation import gettext

from roles.locks import hold_tree
from roles.models import Membership, Team, TeamManager
from roles.trail import one_event

from .checking import InTheWay, change, check

#: Sent with `team` and `parent`, in the transaction that puts the one below the other, before it is there.
team_moves = Signal()

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
        raise InTheWay(gettext("There is a team %(code)s already.") % {"code": code})
    root = Team.objects.filter(parent=None).first()
    if parent is None and root is not None:
        raise InTheWay(gettext("There is one root, which is %(root)s. Name a parent.") % {"root": root.code})
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
        words = gettext("%(parent)s is %(team)s itself or below it.")
        raise TeamBelowItself(words % {"parent": parent.code, "team": team.code})
    longest = Team.objects.within(team).aggregate(longest=Max(Length("path")))["longest"]
    _refuse_depth(parent, levels=(longest - len(team.path)) // Team.STEP + 1)
    team_moves.send(Team, team=team, parent=parent)
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
        words = gettext("%(child)s is below %(team)s. Move it first.")
        raise InTheWay(words % {"child": child.code, "team": team.code})
    stay = Membership.objects.filter(team=team).select_related("person").first()
    if stay is not None:
        words = gettext("%(team)s has or had people, %(employee_id)s from %(from)s, and stays.")
        values = {"team": team.code, "employee_id": stay.person.employee_id, "from": stay.from_on}
        raise InTheWay(words % values)
    manager = TeamManager.objects.filter(team=team).select_related("person").first()
    if manager is not None:
        words = gettext("%(employee_id)s manages %(team)s. Take that back first.")
        raise InTheWay(words % {"employee_id": manager.person.employee_id, "team": team.code})
    team.delete()


def _as_it_is(team: Team) -> Team:
    """The team as it stands now that the tree is held."""
    try:
        team.refresh_from_db()
    except Team.DoesNotExist:
        raise InTheWay(gettext("%(team)s has been removed meanwhile.") % {"team": team.code}) from None
    return team


def _refuse_depth(parent: Team, *, levels: int) -> None:
    if parent.level + 1 + levels > DEEPEST:
        words = gettext("Below %(parent)s there would be more than %(deepest)s levels, the most there are.")
        raise InTheWay(words % {"parent": parent.code, "deepest": DEEPEST})
