"""Every way of the ORM by which a row is written, and for each model that is recorded rows to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from assessments.models import AssessmentResult, Exemption
from roles.models import (
    ApiToken,
    Competency,
    CompetencyIndicator,
    CompetencyStage,
    Deputy,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    RoleRequirement,
    ScaleLevel,
    Team,
    TeamManager,
    Threat,
    ThreatReference,
    User,
)
from roles.recorded import Recorded

from .way import person

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: Days on which nobody of the organisation is anywhere yet.
FIRST, THEN = date(2020, 1, 1), date(2021, 1, 1)

Values = Mapping[str, Any]


def _competency(number: int = 1) -> Competency:
    return Competency.objects.get(code=f"C-{number}")


def _draft() -> MatrixVersion:
    return MatrixVersion.objects.get_or_create(code="draft", defaults={"effective_from": date(2030, 1, 1)})[0]


#: For each model the values of a first and a second new row, and what changes it.
ROWS: dict[type[Recorded], Callable[[], tuple[Values, Values, Values]]] = {
    ApiToken: lambda: (
        {"user": User.objects.earliest("pk"), "name": "one", "digest": "1", "token_key": "1"},
        {"user": User.objects.earliest("pk"), "name": "two", "digest": "2", "token_key": "2"},
        {"writes_results": True},
    ),
    AssessmentResult: lambda: (
        _result(level=1, person=person("S1")),
        _result(level=2, person=person("S2")),
        {"withdrawn_at": AT, "withdrawn_reason": "Wrong"},
    ),
    Competency: lambda: ({"code": "C-8", "title": "A"}, {"code": "C-9", "title": "B"}, {"title": "Other"}),
    CompetencyIndicator: lambda: (
        {"competency": _competency(), "level": 1, "text": "A"},
        {"competency": _competency(), "level": 2, "text": "B"},
        {"text": "Other"},
    ),
    CompetencyStage: lambda: (
        {"competency": _competency(), "stage": "design"},
        {"competency": _competency(2), "stage": "design"},
        {"competency": _competency(3)},
    ),
    Deputy: lambda: (
        {"manager": person("M1"), "person": person("S1"), "from_on": FIRST, "until_on": FIRST},
        {"manager": person("M1"), "person": person("F1"), "from_on": FIRST, "until_on": FIRST},
        {"until_on": THEN},
    ),
    Exemption: lambda: (
        {"person": person("S1"), "competency": _competency(), "from_on": FIRST},
        {"person": person("S2"), "competency": _competency(), "from_on": FIRST},
        {"until_on": THEN},
    ),
    MatrixVersion: lambda: (
        {"code": "v8", "effective_from": date(2031, 1, 1)},
        {"code": "v9", "effective_from": date(2032, 1, 1)},
        {"note": "Other"},
    ),
    Membership: lambda: (
        {"person": person("S1"), "team": Team.objects.get(code="OPS"), "from_on": FIRST, "until_on": FIRST},
        {"person": person("S2"), "team": Team.objects.get(code="OPS"), "from_on": FIRST, "until_on": FIRST},
        {"until_on": THEN},
    ),
    Organisation: lambda: (_no_organisation_yet(), {}, {"evidence_policy": "latest"}),
    Person: lambda: (
        {"employee_id": "N1", "name": "A", "joined_on": FIRST},
        {"employee_id": "N2", "name": "B", "joined_on": FIRST},
        {"name": "Other"},
    ),
    Role: lambda: ({"code": "R8", "title": "A"}, {"code": "R9", "title": "B"}, {"title": "Other"}),
    RoleAssignment: lambda: (
        {"person": person("S1"), "role": Role.objects.get(code="LEAD"), "from_on": FIRST},
        {"person": person("S2"), "role": Role.objects.get(code="LEAD"), "from_on": FIRST},
        {"until_on": THEN},
    ),
    RoleFamily: lambda: ({"code": "F8", "title": "A"}, {"code": "F9", "title": "B"}, {"title": "Other"}),
    RoleRequirement: lambda: (
        {"version": _draft(), "role": Role.objects.get(code="LEAD"), "competency": _competency(), "required_level": 1},
        {"version": _draft(), "role": Role.objects.get(code="ENG"), "competency": _competency(), "required_level": 2},
        {"required_level": 4},
    ),
    ScaleLevel: lambda: ({"value": 3, "name": "A", "summary": "A"}, {"value": 4, "name": "B", "summary": "B"},
                         {"name": "Other"}),
    Team: lambda: (
        {"code": "N1", "name": "A", "parent": Team.objects.get(code="ORG")},
        # As a bulk writes it, which says itself where it is.
        {"code": "N2", "name": "B", "parent": Team.objects.get(code="ORG")},
        {"name": "Other"},
    ),
    TeamManager: lambda: (
        {"team": Team.objects.get(code="OPS"), "person": person("F1")},
        {"team": Team.objects.get(code="RED"), "person": person("F1")},
        {"person": person("S3")},
    ),
    Threat: lambda: ({"code": "T-8", "title": "A"}, {"code": "T-9", "title": "B"}, {"title": "Other"}),
    ThreatReference: lambda: (
        {"threat": Threat.objects.get(code="T-1"), "framework": "F", "identifier": "1", "title": "A"},
        {"threat": Threat.objects.get(code="T-1"), "framework": "F", "identifier": "2", "title": "B"},
        {"title": "Other"},
    ),
    User: lambda: ({"username": "u8"}, {"username": "u9"}, {"password": make_password("another")}),
}  # fmt: skip


def _no_organisation_yet() -> Values:
    """The only row that there can be, once there is none."""
    Organisation.objects.all().delete()
    return {"pk": 1}


def _result(**values: Any) -> Values:
    return {"competency": _competency(), "method": "exam", "assessed_on": FIRST, "recorded_at": AT, **values}


def _rows(model: Any) -> Any:
    """All rows, by the manager that the model gives for writing."""
    return model._base_manager.all()


def _there(model: Any, values: Values) -> Any:
    """The first new row, as it is stored."""
    row = model(**values)
    row.save(force_insert=True)
    return model._base_manager.get(pk=row.pk)


def _saved(model: Any, first: Values, _: Values, __: Values) -> None:
    model(**first).save()


def _created(model: Any, first: Values, _: Values, __: Values) -> None:
    _rows(model).create(**first)


def _created_if_missing(model: Any, first: Values, _: Values, __: Values) -> None:
    _rows(model).get_or_create(**first)
    _rows(model).get_or_create(**first)


def _created_in_bulk(model: Any, first: Values, second: Values, _: Values) -> None:
    _rows(model).bulk_create([model(**values) for values in (first, second) if values])


NEW = {"save": _saved, "create": _created, "get_or_create": _created_if_missing, "bulk_create": _created_in_bulk}


def _saved_again(row: Any, change: Values) -> None:
    for name, value in change.items():
        setattr(row, name, value)
    row.save()


def _saved_in_part(row: Any, change: Values) -> None:
    for name, value in change.items():
        setattr(row, name, value)
    row.save(update_fields=[*change])


def _updated(row: Any, change: Values) -> None:
    _rows(type(row)).filter(pk=row.pk).update(**change)


def _updated_or_created(row: Any, change: Values) -> None:
    _rows(type(row)).update_or_create(pk=row.pk, defaults=change)


def _updated_in_bulk(row: Any, change: Values) -> None:
    for name, value in change.items():
        setattr(row, name, value)
    _rows(type(row)).bulk_update([row], [*change])


CHANGED: dict[str, Callable[[Any, Values], None]] = {
    "save": _saved_again,
    "save in part": _saved_in_part,
    "update": _updated,
    "update_or_create": _updated_or_created,
    "bulk_update": _updated_in_bulk,
}


def _deleted(row: Any, _: Values) -> None:
    row.delete()


def _deleted_by_query(row: Any, _: Values) -> None:
    _rows(type(row)).filter(pk=row.pk).delete()


REMOVED: dict[str, Callable[[Any, Values], None]] = {"delete": _deleted, "delete by a query": _deleted_by_query}


def there(model: type[Recorded]) -> tuple[Any, Values]:
    """A row of the model, stored, and what changes it."""
    first, _, change = ROWS[model]()
    return _there(model, first), change
