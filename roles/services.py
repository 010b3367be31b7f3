"""Writes of several rows, each whole or not at all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from .facts import announced_together
from .locks import hold_rules, hold_tree
from .models import EvidencePolicy, MatrixVersion, Organisation, Role, Team


class TeamBelowItself(Exception):
    """A move would put a team below itself."""


class AlreadyPublished(Exception):
    """A published matrix version never changes."""


class NothingRequired(Exception):
    """A matrix version without a single requirement would ask nothing of anybody."""


@transaction.atomic
def move_team(*, team: Team, parent: Team) -> None:
    """Put the team with all below it under another parent; no standing changes.

    Only the team itself is told as changed, not those below, whose place in it stays what it was. Raises
    TeamBelowItself, and changes nothing, if the parent is the team itself or below it.
    """
    hold_tree()
    team.refresh_from_db()
    parent.refresh_from_db()
    if team.parent_id == parent.pk:
        return
    if parent.path.startswith(team.path):
        raise TeamBelowItself(f"{parent.code} is {team.code} itself or below it.")
    path = parent.path + team.step
    below = Substr("path", len(team.path) + 1)
    Team.objects.within(team).update(path=Concat(Value(path), below))
    Team.objects.filter(pk=team.pk).update(parent=parent)
    team.refresh_from_db()


def publish_version(*, version: MatrixVersion, at: datetime) -> None:
    """Put a draft into force from its day on, for good, and compute everybody's standings by it.

    Raises AlreadyPublished or NothingRequired, and changes nothing.
    """
    with announced_together():
        hold_rules()
        if not version.requirements.exists():
            raise NothingRequired(version.code)
        if not MatrixVersion.objects.filter(pk=version.pk, published_at__isnull=True).update(published_at=at):
            raise AlreadyPublished(version.code)
        version.refresh_from_db()


def set_evidence_policy(*, policy: EvidencePolicy) -> None:
    """Decide which of several results counts, for every day, past and future."""
    with announced_together():
        hold_rules()
        organisation = Organisation.current()
        organisation.evidence_policy = policy
        organisation.save()


def set_role_of_everyone(*, role: Role | None) -> None:
    """Switch one role on for everyone, in place of the one that was, if any; or with None, switch that off."""
    with announced_together():
        hold_rules()
        for former in Role.objects.filter(held_by_everyone=True).exclude(pk=role.pk if role else 0):
            former.held_by_everyone = False
            former.save()
        if role is not None and not role.held_by_everyone:
            role.held_by_everyone = True
            role.save()
