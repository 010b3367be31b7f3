"""Models that tell what becomes of their rows: what counts as a change, and what of it is told.

That each way of the ORM tells is in tests/aiskills/test_audit_everywhere.py.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from roles.models import (
    AuditEvent,
    Competency,
    CompetencyIndicator,
    CompetencyStage,
    Membership,
    Person,
    Role,
    Team,
    Threat,
    User,
)

from .conftest import Cast


@pytest.fixture
def told(cast: Cast) -> Any:
    """What the events since the last call say was before and after."""
    last = [AuditEvent.objects.count()]

    def since() -> list[tuple[Any, Any]]:
        events = [*AuditEvent.objects.filter(number__gt=last[0]).order_by("number")]
        last[0] += len(events)
        return [(event.before, event.after) for event in events]

    return since


def test_only_what_differs_is_told_of_a_changed_row(cast: Cast, told: Any) -> None:
    cast.ada.name = "Ada"
    cast.ada.save()
    assert told() == [({"person ada": {"name": "ada"}}, {"person ada": {"name": "Ada"}})]


def test_all_is_told_of_a_new_row_and_of_one_that_is_gone(cast: Cast, told: Any) -> None:
    role = Role.objects.create(code="R9", title="New")
    [(before, after)] = told()
    assert (before, after["role R9"]["title"], after["role R9"]["origin"]) == (None, "New", "organisation")
    role.delete()
    assert told() == [(after, None)]


def test_what_others_say_they_wrote_is_told_as_it_is_stored(cast: Cast, told: Any) -> None:
    """A row that was read before and is saved now takes back what somebody else has written meanwhile."""
    Person.objects.filter(pk=cast.ada.pk).update(email="ada@example.org")
    cast.ada.name = "Ada"
    cast.ada.save()
    assert told()[1] == (
        {"person ada": {"name": "ada", "email": "ada@example.org"}},
        {"person ada": {"name": "Ada", "email": ""}},
    )


def test_a_day_that_is_written_as_a_text_is_told_as_the_day(cast: Cast, told: Any) -> None:
    cast.ada.left_on = "2026-01-01"
    cast.ada.save()
    cast.ada.left_on = date(2026, 1, 1)
    cast.ada.save()
    assert told() == [({"person ada": {"left_on": None}}, {"person ada": {"left_on": "2026-01-01"}})]


def test_an_expression_is_told_as_what_it_became(cast: Cast, told: Any) -> None:
    Person.objects.filter(pk=cast.ada.pk).update(name=Concat(F("name"), Value("!")))
    cast.bo.name = Concat(F("name"), Value("?"))
    cast.bo.save()
    assert [after for _, after in told()] == [{"person ada": {"name": "ada!"}}, {"person bo": {"name": "bo?"}}]


def test_only_the_fields_that_are_written_are_told(cast: Cast, told: Any) -> None:
    cast.ada.name, cast.ada.email = "Ada", "ada@example.org"
    cast.ada.save(update_fields=["name"])
    assert told() == [({"person ada": {"name": "ada"}}, {"person ada": {"name": "Ada"}})]


def test_what_follows_or_comes_of_use_is_not_told(cast: Cast, told: Any) -> None:
    user = User.objects.create(username="cy")
    told()
    user.last_login = AuditEvent.objects.latest("number").at
    user.save(update_fields=["last_login"])
    Team.objects.filter(code="AAA").update(path="x")
    assert told() == []


def test_a_row_takes_the_place_of_another_with_its_key(cast: Cast, told: Any) -> None:
    Person(pk=cast.ada.pk, employee_id="ada", name="Another", joined_on=cast.ada.joined_on).save()
    assert told() == [({"person ada": {"name": "ada"}}, {"person ada": {"name": "Another"}})]


def test_what_goes_with_a_row_is_told_in_the_same_event(cast: Cast, told: Any) -> None:
    competency = Competency.objects.create(code="C-9", title="New")
    CompetencyStage.objects.create(competency=competency, stage="design")
    CompetencyIndicator.objects.create(competency=competency, level=1, text="Knows")
    told()
    competency.delete()
    [(before, after)] = told()
    assert {*before} == {"competency C-9", "competencystage C-9 design", "competencyindicator C-9 1"}
    assert after is None


def test_rows_of_a_related_manager_are_told(cast: Cast, told: Any) -> None:
    stay = Membership(team=cast.teams["A"], from_on=date(2025, 1, 1))
    cast.ada.memberships.add(stay, bulk=False)
    cast.ada.memberships.update(until_on=date(2026, 1, 1))
    assert [{*after} for _, after in told()] == [{"membership ada 2025-01-01"}] * 2


def test_sets_are_told_from_either_side_by_codes(cast: Cast, told: Any) -> None:
    threat = Threat.objects.create(code="T-1", title="Bad")
    told()
    cast.competency.threats.add(threat)
    cast.competency.threats.add(threat)
    threat.competencies.set([cast.other])
    threat.competencies.clear()
    assert told() == [
        ({"competency C-1": {"threats": []}}, {"competency C-1": {"threats": ["T-1"]}}),
        ({"threat T-1": {"competencies": ["C-1"]}}, {"threat T-1": {"competencies": ["C-2"]}}),
        ({"threat T-1": {"competencies": ["C-2"]}}, {"threat T-1": {"competencies": []}}),
    ]


def test_what_is_gone_takes_its_sets_with_it(cast: Cast, told: Any) -> None:
    for how in ("delete", "delete by a query"):
        threat = Threat.objects.create(code="T-1", title="Bad")
        threat.competencies.add(cast.competency, cast.other)
        told()
        _ = threat.delete() if how == "delete" else Threat.objects.filter(pk=threat.pk).delete()
        [(before, _)] = told()
        assert before["threat T-1"]["competencies"] == ["C-1", "C-2"], how
