"""What a team's totals come to if nothing is done, and what decides that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value

from assessments.models import AssessmentResult, Exemption
from reports.days import LAST_DAY
from reports.measures import Measures
from reports.models import Standing, StandingQuerySet
from reports.standings import State
from roles.models import Competency, MatrixVersion, Person, RoleAssignment, Team

from .trend import trend

#: How far ahead a forecast looks where no day is named.
AHEAD = timedelta(days=90)
#: How many results a page shows.
RESULTS_ON_A_PAGE = 200

#: A required level that is known, met or not: what an expiry takes away.
_KNOWN = (State.MET, State.GAP)


@dataclass(frozen=True)
class Afterwards:
    """What holds in a cell on the day of the forecast."""

    state: State
    required: int | None = None
    level: int | None = None
    verified: bool | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is required there any more, and nothing known."""
        return self.state == State.NOT_REQUIRED and self.level is None


@dataclass(frozen=True)
class ExpiringResult:
    """A result that decides today on what is required, and has expired by the day of the forecast."""

    person: Person
    team: Team
    competency: Competency
    required: int
    state: State
    result: AssessmentResult
    afterwards: Afterwards

    @property
    def expires_on(self) -> date:
        """The first day on which the result no longer counts."""
        return self.result.expires_on or LAST_DAY

    @property
    def level_afterwards(self) -> int | None:
        """The level to show on the day of the forecast: of one that has expired, what it was."""
        return self.result.level if self.afterwards.state == State.EXPIRED else self.afterwards.level

    @property
    def takes_away(self) -> bool:
        """Whether the requirement is met today, and no longer on the day of the forecast."""
        return self.state == State.MET and self.afterwards.state in _UNMET


#: Required, not excused, and not met.
_UNMET = (State.GAP, State.EXPIRED, State.NOT_ASSESSED)


@dataclass(frozen=True)
class Expiring:
    """A page of the results that expire, by day and person; how many there are, and how many take away what is met.

    Results of people who are no longer in the scope on the day of the forecast are not among them.
    """

    total: int
    taken_away: int
    results: list[ExpiringResult]
    page: int
    pages: int


@dataclass(frozen=True)
class Causes:
    """What else moves the totals from one day to the other.

    `leaving` and `joining` are people who are in the scope on one of the days only, `changing_roles` people who are on
    both and hold other roles. The rest are cells of people who are in the scope on both: `exempt_no_longer` and
    `newly_exempt` where an excuse ends or begins, `newly_assessed` where a result decides that was assessed in between.
    """

    versions: list[MatrixVersion]
    leaving: int
    joining: int
    changing_roles: int
    exempt_no_longer: int
    newly_exempt: int
    newly_assessed: int

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class Forecast:
    """The totals of the team's scope today and on the day of the forecast, and what moves them."""

    team: Team
    today: date
    as_of: date
    before: Measures
    after: Measures
    expiring: Expiring
    causes: Causes


def forecast(*, team: Team, today: date, as_of: date, page: int = 1, size: int = RESULTS_ON_A_PAGE) -> Forecast:
    """What the totals come to on the day if nothing is recorded after today, and why; fourteen queries.

    Today may be any day: for one that is past, what was recorded since counts as well. ValueError unless the day of the
    forecast is later.
    """
    totals = trend(team=team, days=[today, as_of])
    return Forecast(
        team=team,
        today=today,
        as_of=as_of,
        before=totals.on(today),
        after=totals.on(as_of),
        expiring=expiring(team=team, today=today, as_of=as_of, page=page, size=size),
        causes=_causes(
            _Span(team, today, as_of), [version for version in totals.versions if version.effective_from > today]
        ),
    )


def expiring(*, team: Team, today: date, as_of: date, page: int = 1, size: int = RESULTS_ON_A_PAGE) -> Expiring:
    """The results that decide today and have expired by the day, a page of them; three queries at most.

    A page beyond the last one is the last.
    """
    span = _Span(team, today, as_of)
    counted = list(
        _expiring(span)
        .annotate(afterwards=Subquery(_same_cell(as_of).values("state")[:1]))
        .values_list("state", "afterwards")
        .annotate(people=Count("*"))
    )
    total = sum(count for *_, count in counted)
    pages = max(-(-total // size), 1)
    page = min(page, pages)
    rows = _expiring(span).select_related("person", "team", "competency", "result")
    rows = rows.order_by("result__expires_on", "person__employee_id", "competency__code")
    return Expiring(
        total=total,
        taken_away=sum(count for state, later, count in counted if state == State.MET and later in _UNMET),
        results=_with_what_follows(list(rows[(page - 1) * size : page * size]), as_of) if total else [],
        page=page,
        pages=pages,
    )


def expiring_count(*, team: Team, as_of: date, days: int = AHEAD.days) -> int:
    """How many results decide on the day and expire within so many days, as `expiring` counts them; one query."""
    return expiring_counts(teams=[team], as_of=as_of, days=days)[team.pk]


def expiring_counts(*, teams: Sequence[Team], as_of: date, days: int = AHEAD.days) -> dict[int, int]:
    """The same for several teams, by their keys; one query however many they are."""
    if not teams:
        return {}
    first, *others = (
        _expiring(_Span(team, as_of, days_later(as_of, days)))
        .values(scope=Value(team.pk))
        .annotate(results=Count("*"))
        .values_list("scope", "results")
        for team in teams
    )
    return dict.fromkeys((team.pk for team in teams), 0) | dict(first.union(*others, all=True) if others else first)


def days_later(day: date, days: int) -> date:
    """The day so many days later, or the last one that can be asked for."""
    return min(day, LAST_DAY - timedelta(days=days)) + timedelta(days=days)


@dataclass(frozen=True)
class _Span:
    """Two days of a team's scope, and who is in it."""

    team: Team
    today: date
    as_of: date

    def people(self, on: date) -> QuerySet[Any, Any]:
        return Person.objects.within(self.team, on=on).order_by().values("pk")

    def standings(self, on: date) -> StandingQuerySet:
        """The standings on one of the days of those who are in the scope on both."""
        other = self.as_of if on == self.today else self.today
        return Standing.objects.in_force(on=on).within(self.team).filter(person__in=self.people(other)).order_by()


def _expiring(span: _Span) -> StandingQuerySet:
    """The standings today whose result has expired by the day. They end by then, which the index knows."""
    return span.standings(span.today).filter(
        state__in=_KNOWN, until_on__lte=span.as_of, result__expires_on__lte=span.as_of
    )


def _same_cell(on: date) -> StandingQuerySet:
    """How the person of an outer standing stands in its competency on the day."""
    same = {"person": OuterRef("person"), "competency": OuterRef("competency")}
    return Standing.objects.in_force(on=on).filter(**same).order_by()


def _with_what_follows(rows: list[Standing], as_of: date) -> list[ExpiringResult]:
    later = Standing.objects.in_force(on=as_of).filter(
        person__in={row.person_id for row in rows}, competency__in={row.competency_id for row in rows}
    )
    follows = {
        (row.person_id, row.competency_id): Afterwards(State(row.state), row.required, row.level, row.verified)
        for row in later.order_by()
    }
    nothing = Afterwards(State.NOT_REQUIRED)
    return [
        ExpiringResult(
            person=row.person,
            team=row.team,
            competency=row.competency,
            required=row.required or 0,
            state=State(row.state),
            result=row.result,
            afterwards=follows.get((row.person_id, row.competency_id), nothing),
        )
        for row in rows
        if row.result is not None
    ]


def _causes(span: _Span, versions: list[MatrixVersion]) -> Causes:
    today, as_of = (set(span.people(day).values_list("pk", flat=True)) for day in (span.today, span.as_of))
    changing = set(_giving_up_a_role(span)) | set(_taking_up_a_role(span))
    excused_today = span.standings(span.today).filter(state=State.EXEMPT, until_on__lte=span.as_of)
    begun = span.standings(span.as_of).filter(from_on__gt=span.today)
    return Causes(
        versions=versions,
        leaving=len(today - as_of),
        joining=len(as_of - today),
        changing_roles=len(changing & today & as_of),
        exempt_no_longer=excused_today.filter(~_excused(span.as_of)).count(),
        newly_exempt=begun.filter(~_excused(span.today), state=State.EXEMPT).count(),
        newly_assessed=begun.filter(state__in=_KNOWN, result__assessed_on__gt=span.today).count(),
    )


def _excused(on: date) -> Exists:
    """Whether the person of an outer standing is excused from its competency on the day."""
    same = {"person": OuterRef("person"), "competency": OuterRef("competency")}
    return Exists(Exemption.objects.in_force(on=on).filter(**same))


def _giving_up_a_role(span: _Span) -> QuerySet[Any, Any]:
    """Who no longer holds a role that they hold today."""
    ending = RoleAssignment.objects.in_force(on=span.today).filter(until_on__lte=span.as_of)
    return _people_of(ending.filter(~_holds_role(span.as_of), person__in=span.people(span.today)))


def _taking_up_a_role(span: _Span) -> QuerySet[Any, Any]:
    """Who holds a role that they do not hold today."""
    beginning = RoleAssignment.objects.in_force(on=span.as_of).filter(from_on__gt=span.today)
    return _people_of(beginning.filter(~_holds_role(span.today), person__in=span.people(span.as_of)))


def _people_of(assignments: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    return assignments.order_by().values_list("person", flat=True)


def _holds_role(on: date) -> Exists:
    """Whether the person of an outer assignment holds its role on the day."""
    same = {"person": OuterRef("person"), "role": OuterRef("role")}
    return Exists(RoleAssignment.objects.in_force(on=on).filter(**same))
