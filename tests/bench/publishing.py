"""Publishing a matrix version that asks something else of about a tenth of everybody."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from itertools import combinations

from django.db import transaction
from django.db.models import Count, Max
from django.utils.timezone import now

from roles.models import MatrixVersion, RoleAssignment
from roles.services import begin_draft, publish_version, set_requirements
from roles.services.drafts import Asked

from .figures import Target
from .running import TODAY, Run

TOUCHED = Target("90 s for 100,000 people", most=90)


def measure(run: Run) -> None:
    """Print what publishing takes, from the call to the commit, and what is tidied up after it."""
    roles, touched = roles_of_about(run.touched)
    draft = draft_for(roles)
    begun = committed = time.perf_counter()

    def note() -> None:
        nonlocal committed
        committed = time.perf_counter()

    with transaction.atomic():
        transaction.on_commit(note)
        publish_version(version=draft, at=now())
    seconds, after = committed - begun, time.perf_counter() - committed
    run.table.judged(
        f"publishing a version that touches {touched:,} people",
        f"{seconds:.1f} s",
        f"VACUUM after that {after:.1f} s",
        (TOUCHED, seconds),
    )


def roles_of_about(people: int) -> tuple[tuple[int, ...], int]:
    """The roles, up to three, that about so many people hold together today, and how many those are."""
    held = RoleAssignment.objects.in_force(on=TODAY).order_by().values_list("role")
    holders = dict(held.annotate(people=Count("person", distinct=True)))
    some = [roles for size in (1, 2, 3) for roles in combinations(sorted(holders), size)]
    chosen = min(some, key=lambda roles: abs(sum(holders[role] for role in roles) - people))
    return chosen, RoleAssignment.objects.in_force(on=TODAY).filter(role__in=chosen).values("person").distinct().count()


def draft_for(roles: tuple[int, ...]) -> MatrixVersion:
    """A draft that asks one level more, or at the top one less, of these roles in all that they require."""
    latest = MatrixVersion.objects.published().aggregate(day=Max("effective_from"))["day"]
    day = max(latest, TODAY) + timedelta(days=30)
    stands = MatrixVersion.objects.in_force(on=day)
    draft = begin_draft(code=f"bench-{secrets.token_hex(4)}", effective_from=day, based_on=stands)
    cells = {
        (cell.role_id, cell.competency_id): Asked(
            cell.required_level + 1 if cell.required_level < 4 else 3, cell.weight
        )
        for cell in draft.requirements.filter(role__in=roles)
    }
    return set_requirements(draft=draft, cells=dict(cells), revision=draft.revision)
