"""What takes long about a draft of the matrix, and is done in the background: computing its effect, and publishing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.jobs import JobRefused, ask, does
from roles.models import AuditEvent, Job, JobState, MatrixVersion, User
from roles.progress import report
from roles.services import AlreadyPublished, DraftMoved, NothingRequired, publish_version

from .measures import Measures
from .queries.effect import CompetencyEffect, Effect, TeamEffect, comparison, effect
from .queries.effect_teams import PEOPLE_AT_ONCE

PUBLISH, EFFECT = "matrix.publish", "matrix.effect"

#: The beginnings of actions of the audit trail that move no figure: drafts, who may do what, and what was taken out.
_MOVES_NOTHING = (
    "draft.",
    "user.",
    "access.",
    "apitoken.",
    "token.",
    "teammanager.",
    "deputy.",
    "manager.",
    "see_as.",
    "audit.",
    "person.exported",
)


def ask_to_publish(*, draft: MatrixVersion, revision: int, by: User, at: datetime) -> Job:
    """Have the draft published, if it is still that revision then; one that is under way is not asked for anew."""
    under_way = Job.objects.filter(kind=PUBLISH, arguments__version=draft.pk).exclude(state__in=Job.FINISHED).first()
    return under_way or ask(PUBLISH, by=by, at=at, version=draft.pk, code=draft.code, revision=revision)


def ask_for_effect(*, draft: MatrixVersion, by: User, at: datetime) -> Job:
    """Have the effect of the draft computed and kept; if that is under way for it as it is, it is not asked anew."""
    asked = Job.objects.filter(kind=EFFECT, arguments__version=draft.pk, arguments__revision=draft.revision)
    under_way = asked.exclude(state__in=Job.FINISHED).first()
    return under_way or ask(EFFECT, by=by, at=at, version=draft.pk, code=draft.code, revision=draft.revision)


@does(PUBLISH, words=_("Publishing a matrix version"))
def publish(job: Job) -> dict[str, Any]:
    """Publish the draft that the job names."""
    draft = MatrixVersion.objects.filter(pk=job.arguments["version"]).first()
    try:
        if draft is None:
            raise DraftMoved(job.arguments["code"])
        publish_version(version=draft, at=now(), revision=job.arguments["revision"])
    except DraftMoved:
        reason = gettext("The draft has been changed since it was looked at. Look at it again, then publish it.")
        raise JobRefused(reason) from None
    except AlreadyPublished:
        raise JobRefused(gettext("It has been published already.")) from None
    except NothingRequired:
        raise JobRefused(gettext("The draft asks nothing of anybody. Give it a requirement first.")) from None
    except ValidationError as error:
        raise JobRefused(" ".join(error.messages)) from None
    return {"version": draft.code, "effective_from": draft.effective_from.isoformat()}


@does(EFFECT, words=_("Computing what a draft would change"))
def compute(job: Job) -> dict[str, Any]:
    """Compute the effect of the draft that the job names, and keep it with what it was computed from."""
    draft = MatrixVersion.objects.filter(pk=job.arguments["version"]).first()
    if draft is None:
        raise JobRefused(gettext("The draft has been discarded meanwhile."))
    basis = basis_of(draft)
    found = effect(draft=draft, progress=lambda done, total: report("People", done, total))
    return {"basis": basis, "effect": packed(found)}


@dataclass(frozen=True)
class KnownEffect:
    """The effect of a draft, when it was computed, and whether it would come out the same now."""

    effect: Effect
    computed_at: datetime
    stale: bool


def known_effect(*, draft: MatrixVersion, at: datetime) -> KnownEffect | None:
    """The effect of the draft: computed at once where few people are concerned, else the one that a job has kept.

    None if it is to be computed by a job, and none has done so yet.
    """
    if few_concerned(draft):
        return KnownEffect(effect(draft=draft), at, stale=False)
    done = Job.objects.filter(kind=EFFECT, arguments__version=draft.pk, state=JobState.DONE)
    job = done.order_by("-pk").first()
    if job is None or job.outcome is None or job.finished_at is None:
        return None
    return KnownEffect(unpacked(job.outcome["effect"]), job.finished_at, stale=job.outcome["basis"] != basis_of(draft))


def few_concerned(draft: MatrixVersion) -> bool:
    """Whether the draft asks something else of so few people that its effect is computed while somebody waits."""
    return comparison(draft=draft).people()[: PEOPLE_AT_ONCE + 1].count() <= PEOPLE_AT_ONCE


def basis_of(draft: MatrixVersion) -> dict[str, int]:
    """What an effect is computed from: the revision of the draft, and the last event that can move a figure."""
    harmless = Q()
    for begins in _MOVES_NOTHING:
        harmless |= Q(action__startswith=begins)
    last = AuditEvent.objects.exclude(harmless).order_by("-number").values_list("number", flat=True).first()
    return {"revision": draft.revision, "event": last or 0}


def packed(found: Effect) -> dict[str, Any]:
    """The effect as JSON holds it, each team as a list of numbers: an organisation has many."""
    return {
        "concerned": found.concerned,
        "total": _numbers(found.total),
        "teams": [[key, *_numbers(team)] for key, team in found.teams.items()],
        "competencies": [[key, *counts] for key, counts in found.competencies.items()],
    }


def unpacked(kept: dict[str, Any]) -> Effect:
    """The effect that was packed."""
    return Effect(
        kept["concerned"],
        _team(kept["total"]),
        {key: _team(numbers) for key, *numbers in kept["teams"]},
        {key: CompetencyEffect(*counts) for key, *counts in kept["competencies"]},
    )


def _numbers(team: TeamEffect) -> list[int]:
    measures = [getattr(each, name) for each in (team.before, team.after) for name in Measures.__slots__]
    return [team.people, *team.counts, *measures]


def _team(numbers: list[int]) -> TeamEffect:
    people, newly, newly_cells, no_longer, no_longer_cells, *measures = numbers
    half = len(Measures.__slots__)
    before, after = _measures(measures[:half]), _measures(measures[half:])
    return TeamEffect(people, before, after, newly, newly_cells, no_longer, no_longer_cells)


def _measures(numbers: list[int]) -> Measures:
    measures = Measures()
    for name, number in zip(Measures.__slots__, numbers, strict=True):
        setattr(measures, name, number)
    return measures
