"""Fill the table of presence from the facts; from now on it is kept with the standings."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import migrations

from reports.presence import presences
from reports.standings import PersonFacts, Stretch

PEOPLE_AT_A_TIME = 2_000


def fill(apps: Any, _editor: Any) -> None:
    """Compute where each person counts, and in which roles."""
    person, presence = apps.get_model("roles", "Person"), apps.get_model("reports", "Presence")
    everyone = apps.get_model("roles", "Role").objects.filter(held_by_everyone=True).values_list("pk", flat=True)
    keys = list(person.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), PEOPLE_AT_A_TIME):
        chunk = keys[start : start + PEOPLE_AT_A_TIME]
        memberships = _stretches(apps.get_model("roles", "Membership"), chunk, "team_id")
        roles = _stretches(apps.get_model("roles", "RoleAssignment"), chunk, "role_id")
        presence.objects.bulk_create(
            presence(
                person_id=row.person, from_on=row.from_on, until_on=row.until_on, team_id=row.team, roles=row.roles
            )
            for pk, joined_on, left_on in person.objects.filter(pk__in=chunk).values_list("pk", "joined_on", "left_on")
            for row in presences(
                PersonFacts(pk, joined_on, left_on, memberships[pk], roles[pk], [], []), everyone.first()
            )
        )


def _stretches(model: Any, people: list[int], what: str) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    rows = model.objects.filter(person__in=people).values_list("person_id", what, "from_on", "until_on")
    for pk, *stretch in rows:
        found[pk].append(Stretch(*stretch))
    return found


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_counters"), ("roles", "0009_access")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
