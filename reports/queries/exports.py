"""What can be exported: gaps, standings, results and people, each as a table whose rows come in one order always.

Codes are put in the order of their bytes in UTF-8, whatever the collation of the database: SQLite's own order, and
PostgreSQL's "C".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, Expression, FilteredRelation, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate, NullIf

from assessments.models import VERIFIED_METHODS, AssessmentResult
from reports.measures import MEASURES
from reports.models import Standing
from reports.standings import OPEN, State
from roles.models import Person, Team, User

from .counted import deficit_of
from .report import GAP_COLUMNS, gap_rows, team_report


class Kind(Enum):
    """What stands in a column. Only a TEXT is anybody's own words; a WORD is one of ours."""

    TEXT = auto()
    WORD = auto()
    INTEGER = auto()
    SHARE = auto()
    BOOLEAN = auto()
    DAY = auto()
    INSTANT = auto()


@dataclass(frozen=True)
class Column:
    """A column, and if it could name a person, under which name assessments.pseudonyms knows it."""

    name: str
    kind: Kind
    hidden_as: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows of values in the order of the columns: those of a query, or computed one after the other."""

    columns: tuple[Column, ...]
    query: QuerySet[Any, tuple[Any, ...]] | None = None
    computed: Callable[[], Iterator[tuple[Any, ...]]] | None = None


@dataclass(frozen=True)
class Asked:
    """What an export is asked for.

    `reader` is who will see it, None for who runs commands and sees everything. Without a `team` it is all that they
    may see. `each` is for gaps alone: a report for every team of the scope. `since` is for results alone: only those
    recorded or withdrawn since.
    """

    as_of: date
    reader: User | None = None
    team: Team | None = None
    each: bool = False
    since: datetime | None = None


GAPS = (
    Column("team", Kind.TEXT),
    Column("as_of", Kind.DAY),
    Column("competency", Kind.TEXT),
    Column("title", Kind.TEXT),
    *(
        Column(name, Kind.SHARE if name in {"coverage", "verified_coverage", "readiness"} else Kind.INTEGER)
        for name in GAP_COLUMNS
        if name in {"people", *MEASURES, "holders"}
    ),
)

STANDINGS = (
    Column("team", Kind.TEXT),
    Column("team_name", Kind.TEXT),
    Column("employee_id", Kind.TEXT, "employee_id"),
    Column("name", Kind.TEXT, "people.name"),
    Column("competency", Kind.TEXT),
    Column("title", Kind.TEXT),
    Column("required", Kind.INTEGER),
    Column("weight", Kind.INTEGER),
    Column("level", Kind.INTEGER),
    Column("verified", Kind.BOOLEAN),
    Column("state", Kind.WORD),
    Column("deficit", Kind.INTEGER),
    Column("from", Kind.DAY),
    Column("until", Kind.DAY),
    Column("result_id", Kind.TEXT, "result_id"),
    Column("method", Kind.WORD),
    Column("assessed_on", Kind.DAY),
    Column("expires_on", Kind.DAY),
)

RESULTS = (
    Column("result_id", Kind.TEXT, "result_id"),
    Column("employee_id", Kind.TEXT, "employee_id"),
    Column("name", Kind.TEXT, "people.name"),
    Column("team", Kind.TEXT),
    Column("competency", Kind.TEXT),
    Column("title", Kind.TEXT),
    Column("level", Kind.INTEGER),
    Column("method", Kind.WORD),
    Column("verified", Kind.BOOLEAN),
    Column("assessed_on", Kind.DAY),
    Column("expires_on", Kind.DAY),
    Column("assessor", Kind.TEXT, "assessor"),
    Column("evidence", Kind.TEXT, "evidence"),
    Column("recorded_at", Kind.INSTANT),
    Column("withdrawn_at", Kind.INSTANT),
    Column("withdrawn_reason", Kind.TEXT, "reason"),
)

PEOPLE = (
    Column("employee_id", Kind.TEXT, "employee_id"),
    Column("name", Kind.TEXT, "people.name"),
    Column("email", Kind.TEXT, "email"),
    Column("joined_on", Kind.DAY),
    Column("left_on", Kind.DAY),
    Column("team", Kind.TEXT),
    Column("team_name", Kind.TEXT),
    Column("roles", Kind.TEXT),
)


def gaps(asked: Asked) -> Table:
    """The rows of the gap reports of the teams asked for, in the order of their paths; of no team, no rows."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for team in _reported(asked):
            yield from gap_rows(team_report(team=team, as_of=asked.as_of))

    return Table(GAPS, computed=rows)


def _reported(asked: Asked) -> list[Team]:
    """The teams whose reports are asked for: the one, or the highest that the reader sees, or each below these."""
    reader = asked.reader
    if asked.each:
        teams = Team.objects.all() if reader is None else Team.objects.visible_to(reader)
        return list((teams.within(asked.team) if asked.team else teams).order_by("path"))
    if asked.team:
        return [asked.team]
    if reader is None or reader.reads_everything:
        return list(Team.objects.filter(parent=None))
    return reader.managed_teams


def standings(asked: Asked) -> Table:
    """How everybody who counts on the day stands in each competency, by employee_id and then by competency."""
    rows = Standing.objects.all() if asked.reader is None else Standing.objects.visible_to(asked.reader)
    rows = rows.in_force(on=asked.as_of)
    rows = rows.within(asked.team) if asked.team else rows
    query = rows.order_by(_bytewise("person__employee_id"), _bytewise("competency__code")).values_list(
        "team__code",
        "team__name",
        "person__employee_id",
        "person__name",
        "competency__code",
        "competency__title",
        "required",
        "weight",
        "level",
        "verified",
        Case(*(When(state=state, then=Value(state.word)) for state in State), output_field=TextField()),
        RawSQL(deficit_of("reports_standing"), []),  # noqa: S611 - the statement is ours
        "from_on",
        NullIf("until_on", Value(OPEN)),
        "result__result_id",
        "result__method",
        "result__assessed_on",
        "result__expires_on",
    )
    return Table(STANDINGS, query)


def results(asked: Asked) -> Table:
    """The results of the people in scope on the day that were assessed by then, withdrawn ones too, as recorded."""
    query = (
        _results(asked)
        .alias(stay=_stay(asked.as_of, of="person__"))
        .order_by("pk")
        .values_list(
            "result_id",
            "person__employee_id",
            "person__name",
            "stay__team__code",
            "competency__code",
            "competency__title",
            "level",
            "method",
            Case(When(method__in=VERIFIED_METHODS, then=True), default=False, output_field=BooleanField()),
            "assessed_on",
            "expires_on",
            "assessor",
            "evidence",
            "recorded_at",
            "withdrawn_at",
            "withdrawn_reason",
        )
    )
    return Table(RESULTS, query)


def _results(asked: Asked) -> QuerySet[AssessmentResult]:
    """The results that are asked for, each once."""
    rows = AssessmentResult.objects.filter(assessed_on__lte=asked.as_of)
    if asked.reader is not None:
        rows = rows.visible_to(asked.reader, on=asked.as_of)
    if asked.team is not None or not _sees_everything(asked):
        # By their keys, so that nobody's results come twice. What a person was assessed at before they came into the
        # scope is told with them; what others were assessed at who have left it is not told here.
        rows = rows.filter(person__in=_people(asked).values("pk"))
    if asked.since is not None:
        rows = rows.filter(Q(recorded_at__gte=asked.since) | Q(withdrawn_at__gte=asked.since))
    return rows


def people(asked: Asked) -> Table:
    """The people in scope on the day with their team and roles then, by employee_id.

    Who sees everything and asks for no team gets everybody, also who does not count on the day; they have no team.
    """
    query = (
        _people(asked)
        .alias(stay=_stay(asked.as_of))
        .order_by(_bytewise("employee_id"))
        .values_list(
            "employee_id",
            "name",
            "email",
            "joined_on",
            "left_on",
            "stay__team__code",
            "stay__team__name",
            _roles(asked.as_of),
        )
    )
    return Table(PEOPLE, query)


#: What can be exported, by name.
TABLES: dict[str, Callable[[Asked], Table]] = {
    "gaps": gaps,
    "standings": standings,
    "results": results,
    "people": people,
}


def _sees_everything(asked: Asked) -> bool:
    return asked.reader is None or asked.reader.reads_everything


def _people(asked: Asked) -> QuerySet[Person]:
    """The people that are asked for, each once."""
    rows = Person.objects.all()
    if asked.reader is not None:
        rows = rows.visible_to(asked.reader, on=asked.as_of)
    if asked.team is not None:
        rows = rows.filter(pk__in=Person.objects.within(asked.team, on=asked.as_of).values("pk"))
    return rows


def _stay(day: date, *, of: str = "") -> FilteredRelation:
    """The one membership, if any, by which the person counts on the day; `of` leads to the person."""
    stay = f"{of}memberships__"
    until = Q(**{f"{stay}until_on": None}) | Q(**{f"{stay}until_on__gt": day})
    employed = Q(**{f"{of}left_on": None}) | Q(**{f"{of}left_on__gt": day})
    counts = Q(**{f"{stay}from_on__lte": day, f"{of}joined_on__lte": day}) & until & employed
    return FilteredRelation(f"{of}memberships", condition=counts)


def _bytewise(field: str) -> Expression:
    """The order of the bytes of a text in UTF-8."""
    return Collate(field, "C" if connection.vendor == "postgresql" else "BINARY")


_ROLES = {
    "postgresql": """(SELECT string_agg(code, ' ' ORDER BY code COLLATE "C") FROM ({held}) held)""",
    "sqlite": "(SELECT group_concat(code, ' ') FROM (SELECT code FROM ({held}) ORDER BY code))",
}
_HELD = """
    SELECT DISTINCT r.code FROM roles_roleassignment a JOIN roles_role r ON r.id = a.role_id
    WHERE a.person_id = roles_person.id AND a.from_on <= %s AND (a.until_on IS NULL OR a.until_on > %s)
"""


def _roles(day: date) -> RawSQL:
    """The codes of the roles that the person is given on the day, in order, with spaces between them."""
    statement = _ROLES[connection.vendor].format(held=_HELD)
    return RawSQL(statement, [day, day], output_field=TextField())  # noqa: S611 - the statement is ours
