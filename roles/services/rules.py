"""What holds for everybody: matrix versions, the evidence policy, the role that everyone holds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from roles.facts import announced_together
from roles.locks import hold_rules
from roles.models import EvidencePolicy, MatrixVersion, Organisation, Role, RoleAssignment
from roles.reach import Reach
from roles.trail import one_event

from .drafts import DraftMoved, refuse_taken_day


class AlreadyPublished(Exception):
    """A published matrix version never changes."""


class NothingRequired(Exception):
    """A matrix version without a single requirement would ask nothing of anybody."""


def publish_version(*, version: MatrixVersion, at: datetime, revision: int | None = None) -> None:
    """Put a draft into force from its day on, for good, and compute the standings of those it asks something else of.

    With a `revision`, only if the draft is still that one. Raises AlreadyPublished, NothingRequired, DraftMoved, or
    ValidationError if another is published from the same day on; and changes nothing.
    """
    with one_event("matrix.published", version.code), announced_together():
        hold_rules()
        # Held, so that nobody edits it between a look and the write.
        draft: MatrixVersion | None = MatrixVersion.objects.select_for_update().filter(pk=version.pk).first()
        if draft is None or (draft.published_at is None and revision not in {None, draft.revision}):
            raise DraftMoved(version.code)
        if draft.published_at is not None:
            raise AlreadyPublished(version.code)
        if not draft.requirements.exists():
            raise NothingRequired(version.code)
        refuse_taken_day(draft)
        people, reach = _concerned(draft)
        MatrixVersion.objects.filter(pk=draft.pk).update_for(people, reach, published_at=at)
        version.refresh_from_db()


def _concerned(draft: MatrixVersion) -> tuple[set[int] | None, Reach]:
    """Who holds, on any day from the draft's on, a role of which it asks something else (None: everybody); and in what.

    Something else than the version in force on that day, in whose place it comes, up to the day of the next one.
    """
    in_force = MatrixVersion.objects.in_force(on=draft.effective_from)
    differing = _cells(draft) ^ (_cells(in_force) if in_force else set())
    roles = {role for role, *_ in differing}
    reach = Reach(frozenset(competency for _, competency, *_ in differing), draft.effective_from)
    if Role.objects.filter(held_by_everyone=True, pk__in=roles).exists():
        return None, reach
    held = RoleAssignment.objects.filter(Q(until_on__isnull=True) | Q(until_on__gt=draft.effective_from))
    return set(held.filter(role__in=roles).order_by().values_list("person_id", flat=True)), reach


def _cells(version: MatrixVersion) -> set[tuple[int, int, int, int]]:
    return set(version.requirements.order_by().values_list("role_id", "competency_id", "required_level", "weight"))


def set_evidence_policy(*, policy: EvidencePolicy) -> None:
    """Decide which of several results counts, for every day, past and future."""
    with one_event("policy.set"), announced_together():
        hold_rules()
        organisation = Organisation.current()
        organisation.evidence_policy = policy
        organisation.save()


def set_role_of_everyone(*, role: Role | None) -> None:
    """Switch one role on for everyone, in place of the one that was, if any; or with None, switch that off."""
    with one_event("everyones_role.set"), announced_together():
        hold_rules()
        for former in Role.objects.filter(held_by_everyone=True).exclude(pk=role.pk if role else 0):
            former.held_by_everyone = False
            former.save()
        if role is not None and not role.held_by_everyone:
            role.held_by_everyone = True
            role.save()
