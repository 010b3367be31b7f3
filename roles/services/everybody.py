"""What holds for everybody, changed at once for few people and in the background for many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.facts import announced_together
from roles.jobs import JobRefused, ask, does
from roles.models import EvidencePolicy, Job, Organisation, Person, Role, User
from roles.trail import one_event

from .rules import set_evidence_policy, set_role_of_everyone

#: The name of the work; see roles/jobs.py.
SET_RULES = "set_rules"
#: The standings of so many are computed while somebody waits for the answer to a form.
COMPUTED_AT_ONCE = 2_000


@one_event("rules.set")
def set_rules(*, policy: EvidencePolicy, role: Role | None) -> None:
    """Decide which result counts and which role everybody holds, for every day, past and future.

    Everybody's standings are computed once, and not at all if nothing becomes different.
    """
    with announced_together():
        if Organisation.current().evidence_policy != policy:
            set_evidence_policy(policy=policy)
        set_role_of_everyone(role=role)


def set_rules_or_ask(*, policy: EvidencePolicy, role: Role | None, by: User, at: datetime) -> Job | None:
    """Set the rules, and give None; or where there are many people, the job by which a worker does it."""
    if Person.objects.order_by()[: COMPUTED_AT_ONCE + 1].count() <= COMPUTED_AT_ONCE:
        set_rules(policy=policy, role=role)
        return None
    return ask(SET_RULES, by=by, at=at, policy=str(policy), role=role.code if role else "")


@does(SET_RULES, words=_("Computing everybody by what holds for everybody"))
def _set_rules_of(job: Job) -> dict[str, Any]:
    code = job.arguments["role"]
    role = Role.objects.filter(code=code).first()
    if code and role is None:
        raise JobRefused(gettext("The role %(role)s has been removed meanwhile.") % {"role": code})
    try:
        set_rules(policy=EvidencePolicy(job.arguments["policy"]), role=role)
    except ValidationError as refused:
        raise JobRefused(" ".join(refused.messages)) from refused
    return {"people": Person.objects.count()}
