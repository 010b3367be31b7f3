"""Reading what the core computes from: everybody's rules, and the facts of many people in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import Model

from assessments.models import VERIFIED_METHODS, AssessmentResult, Exemption
from roles.bulk import among_keys, array, number_of_day, read_numbers, select_rows
from roles.models import MatrixVersion, Membership, Organisation, Person, Role, RoleAssignment, RoleRequirement
from roles.reach import Reach

from .computing import assembled, by_person, cell_of
from .models import Presence, Standing
from .presence import Presence as Present
from .rewriting import Columns, FactColumns, Stored
from .standings import PersonFacts, Requirement, Rules, State, Version
from .standings import Standing as Computed

_VERIFIED = {str(method) for method in VERIFIED_METHODS}

STANDING_COLUMNS = (
    "person_id",
    "competency_id",
    "team_id",
    "from_on",
    "until_on",
    "required",
    "weight",
    "level",
    "verified",
    "state",
    "result_id",
)
PRESENCE_COLUMNS = ("person_id", "from_on", "until_on", "team_id", "roles")


def current_rules(*, roles: Collection[int] | None = None, competencies: Collection[int] | None = None) -> Rules:
    """The policy, the published versions (of them the cells of these roles or competencies alone), everyone's role."""
    everyone = Role.objects.filter(held_by_everyone=True).values_list("pk", flat=True).first()
    cells = RoleRequirement.objects.filter(version__published_at__isnull=False).order_by()
    if roles is not None:
        cells = cells.filter(role__in={*roles} | ({everyone} if everyone else set()))
    if competencies is not None:
        cells = cells.filter(competency__in=competencies)
    by_version: dict[int, dict[int, dict[int, Requirement]]] = defaultdict(lambda: defaultdict(dict))
    for version, role, competency, level, weight in cells.values_list(
        "version_id", "role_id", "competency_id", "required_level", "weight"
    ):
        by_version[version][role][competency] = Requirement(level, weight)
    versions = MatrixVersion.objects.published().values_list("pk", "effective_from")
    return Rules(
        policy=Organisation.current().evidence_policy,
        versions=[Version(effective_from, by_version.get(pk, {})) for pk, effective_from in versions],
        everyone=everyone,
    )


def facts_of(people: Collection[int]) -> Iterator[PersonFacts]:
    """The facts of each of these people who exists; five queries."""

    def stretches(model: type[Model], what: str) -> list[tuple[Any, ...]]:
        return select_rows(model, ["person_id", what, "from_on", "until_on"], where="person_id", among=people)

    columns = ["person_id", "id", "competency_id", "level", "method", "assessed_on", "expires_on", "withdrawn_at"]
    results = select_rows(AssessmentResult, columns, where="person_id", among=people)
    return assembled(
        select_rows(Person, ["id", "joined_on", "left_on"], where="id", among=people),
        stretches(Membership, "team_id"),
        stretches(RoleAssignment, "role_id"),
        stretches(Exemption, "competency_id"),
        (
            (person, pk, competency, level, method in _VERIFIED, assessed_on, expires_on, withdrawn_at is not None)
            for person, pk, competency, level, method, assessed_on, expires_on, withdrawn_at in results
        ),
    )


def fact_columns(people: Collection[int], reach: Reach | None = None) -> FactColumns:
    """The same as columns of numbers, of which nothing has to be read or sent by itself; five queries.

    With a `reach`, what is known of its competencies alone.
    """

    def read(model: type[Model], person: str, *columns: str) -> Columns:
        if reach and "competency_id" in columns:
            among = f" AND competency_id {among_keys()}"
            return _read_columns(model, people, person, *columns, also=among, given=[array(reach.competencies)])
        return _read_columns(model, people, person, *columns)

    stretch = _day("from_on"), _day("until_on")
    return FactColumns(
        read(Person, "id", _day("joined_on"), _day("left_on")),
        read(Membership, "person_id", "team_id", *stretch),
        read(RoleAssignment, "person_id", "role_id", *stretch),
        read(Exemption, "person_id", "competency_id", *stretch),
        read(AssessmentResult, "person_id", *_of_a_result()),
    )


def _day(column: str) -> str:
    return f"COALESCE({number_of_day(column)}, 0)"


def _of_a_result() -> list[str]:
    verified = ", ".join(f"'{method}'" for method in sorted(_VERIFIED))
    return [
        "id",
        "competency_id",
        "level",
        f"CASE WHEN method IN ({verified}) THEN 1 ELSE 0 END",
        _day("assessed_on"),
        _day("expires_on"),
        "CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END",
    ]


def stored_columns(people: Collection[int], reach: Reach | None = None) -> Stored:
    """What is stored of these people, in no order; two queries.

    With a `reach`, the standings of its competencies on its days and the day before it, and all never assessed then.
    """
    also, given = "", []
    if reach:
        also = f" AND until_on >= %s AND (competency_id {among_keys()} OR state = {State.NOT_ASSESSED:d})"
        given = [reach.from_on, array(reach.competencies)]
    standings = _read_columns(
        Standing,
        people,
        "person_id",
        "competency_id",
        "team_id",
        number_of_day("from_on"),
        number_of_day("until_on"),
        *(f"COALESCE({column}, -1)" for column in ("required", "weight", "level")),
        "CASE WHEN verified IS NULL THEN -1 WHEN verified THEN 1 ELSE 0 END",
        "state",
        "COALESCE(result_id, -1)",
        also=also,
        given=given,
    )
    return Stored(standings, _presences(people), reach)


def _read_columns(
    model: type[Model],
    people: Collection[int],
    person: str,
    *columns: str,
    also: str = "",
    given: Sequence[Any] = (),
) -> Columns:
    statement = (
        f"SELECT {', '.join((person, *columns))} FROM {model._meta.db_table}"  # noqa: S608 - names of columns
        f" WHERE {person} {among_keys()}{also}"
    )
    return read_numbers(statement, [array(people), *given], 1 + len(columns))


def stored_standings(people: Collection[int]) -> dict[int, list[Computed]]:
    """The standings as they are stored, by person, each person's in the order of competency and day; one query."""
    rows = select_rows(Standing, STANDING_COLUMNS, where="person_id", among=people)
    return by_person(map(Computed._make, rows), cell_of)


def stored_presences(people: Collection[int]) -> dict[int, list[Present]]:
    """Where people are stored to count, by person, each person's in the order of days; one query."""
    return by_person(_presences(people))


def _presences(people: Collection[int]) -> list[Present]:
    rows = select_rows(Presence, PRESENCE_COLUMNS, where="person_id", among=people)
    return [Present(person, from_on, until_on, team, bytes(roles)) for person, from_on, until_on, team, roles in rows]
