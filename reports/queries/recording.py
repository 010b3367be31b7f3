"""What a manager records on and takes back: the grid of a team, what was recorded lately, what a withdrawal does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet

from assessments.models import AssessmentResult
from reports.gathering import current_rules, facts_of
from reports.models import Standing
from reports.standings import PersonFacts, Rules, State, last_to_count, standings
from roles.models import Competency, MatrixVersion, Person, Role, RoleFamily, Team

from .find import narrowed
from .lapsed import lapsed

#: More competencies than this side by side are no longer a grid that somebody fills in.
MOST_COMPETENCIES = 40
MOST_PEOPLE = 50

#: A team of more people than _MANY looks for what was recorded lately among the last _LATELY results only.
_MANY, _LATELY = 2_000, 5_000

#: The fields of a form beside those of its cells: the token and the like once, and the details of each person.
_FIELDS_ONCE, _FIELDS_OF_A_PERSON = 20, 4


class Held(NamedTuple):
    """How somebody stands in a competency; for an expired level, `level` is what it was, None if that is not known."""

    required: int | None
    level: int | None
    verified: bool | None
    state: State


@dataclass(frozen=True)
class RecordingGrid:
    """People down, competencies across, and how they stand by the keys of both; nothing where neither is the case."""

    people: list[Person]
    competencies: list[Competency]
    held: dict[tuple[int, int], Held]


@dataclass(frozen=True)
class RecordingPage:
    """One page of a team's grid: which of the pages it is, and how many competencies found no room on any."""

    grid: RecordingGrid
    page: Page[Person]
    left_out: int


def recording_page(
    *,
    team: Team,
    as_of: date,
    role: Role | None = None,
    family: RoleFamily | None = None,
    chosen: Collection[Competency] = (),
    words: str = "",
    page: int = 1,
    most_fields: int = 1_000,
) -> RecordingPage:
    """The people who count for the team on the day, by name, and the competencies to record; at most nine queries.

    Only those with the role, or whose name or employee id has all the words, where these are given. The competencies
    are the `chosen` ones; without any, those that the role, or else somebody in the team, is required to have, of one
    family if one is given. There are as many people on a page as the cells and details of which make at most
    `most_fields` fields; a page beyond the last is the last.
    """
    competencies = list(chosen) or _required(team, as_of, role, family)
    columns = competencies[:MOST_COMPETENCIES]
    people = _people(team, as_of, role, words)
    found = Paginator(people, people_per_page(len(columns), most_fields)).get_page(page)
    shown = list(found)
    grid = RecordingGrid(shown, columns, _held(shown, columns, as_of))
    return RecordingPage(grid, found, len(competencies) - len(columns))


def people_per_page(competencies: int, most_fields: int) -> int:
    """How many people with so many competencies fit into a form of `most_fields` fields; one at least."""
    fitting = (most_fields - _FIELDS_ONCE) // (competencies + _FIELDS_OF_A_PERSON)
    return max(min(fitting, MOST_PEOPLE), 1)


def recording_grid(*, team: Team, as_of: date, employee_ids: Collection[str], codes: Collection[str]) -> RecordingGrid:
    """The grid of those of the people who count for the team on the day, and those of the competencies that there are.

    Five queries at most. Who is elsewhere is left out just like somebody who does not exist.
    """
    people = list(_people(team, as_of, None, "").filter(employee_id__in=employee_ids))
    competencies = list(_in_order(Competency.objects.filter(code__in=codes)))
    return RecordingGrid(people, competencies, _held(people, competencies, as_of))


def recorded_lately(*, team: Team, as_of: date, most: int = 20) -> list[AssessmentResult]:
    """The results recorded last for people who count for the team on the day, whoever recorded them.

    For a team of many thousands only what is among the last results of the whole organisation is looked at. Two
    queries, or four for such a team.
    """
    people = Person.objects.within(team, on=as_of).order_by()
    rows = AssessmentResult.objects.select_related("person", "competency", "recorded_by__person")
    if people[: _MANY + 1].count() > _MANY:
        return list(rows.filter(pk__in=_last_of(people, most)).order_by("-pk"))
    # Not by the bare key: a planner would go through everybody's results from the last one back, to find those of a few
    # people, where an index leads to these straight.
    return list(rows.filter(person__in=people.values("pk")).order_by((F("pk") + 0).desc())[:most])


def _last_of(people: QuerySet[Person], most: int) -> list[int]:
    """The keys of the last results of these people, of the last ones of all."""
    last = list(AssessmentResult.objects.order_by("-pk").values_list("pk", "person_id")[:_LATELY])
    here = set(people.filter(pk__in={person for _, person in last}).values_list("pk", flat=True))
    return [pk for pk, person in last if person in here][:most]


@dataclass(frozen=True)
class Withdrawal:
    """What taking a result back does: how the person stands with it and without it, and what would decide then.

    Both are None where the person does not count on the day, or nothing is required of them or held.
    """

    now: Held | None
    then: Held | None
    decides: AssessmentResult | None

    @property
    def changes_nothing(self) -> bool:
        return self.now == self.then


def withdrawal(*, result: AssessmentResult, as_of: date) -> Withdrawal:
    """What withdrawing the result would do to how the person stands on the day; twelve queries at most.

    Computed by the rule of the gap from the facts without the result. Nothing is written.
    """
    [facts] = facts_of([result.person_id])
    rules = current_rules()
    own = [one for one in facts.results if one.competency == result.competency_id]
    now, _ = _held_by(facts._replace(results=own), rules, result.competency_id, as_of)
    others = [one for one in own if one.order != result.pk]
    then, order = _held_by(facts._replace(results=others), rules, result.competency_id, as_of)
    return Withdrawal(now, then, AssessmentResult.objects.filter(pk=order).first() if order else None)


def _held_by(facts: PersonFacts, rules: Rules, competency: int, as_of: date) -> tuple[Held | None, int | None]:
    """How these facts have the person stand in the competency on the day, and the key of the result that decides."""
    for row in standings(facts, rules):
        if row.competency == competency and row.from_on <= as_of < row.until_on:
            level = row.level
            if row.state == State.EXPIRED:
                expired = [one for one in facts.results if not one.withdrawn and one.assessed_on <= as_of]
                last = last_to_count(expired, rules.policy)
                level = last.level if last else None
            return Held(row.required, level, row.verified, row.state), row.result
    return None, None


def _people(team: Team, as_of: date, role: Role | None, words: str) -> QuerySet[Person]:
    people = narrowed(Person.objects.within(team, on=as_of), as_of=as_of, role=role, words=words)
    return people.order_by("name", "employee_id")


def _required(team: Team, as_of: date, role: Role | None, family: RoleFamily | None) -> list[Competency]:
    """What the role requires, or else what is required of somebody in the team's scope."""
    if role is not None:
        version = MatrixVersion.objects.in_force(on=as_of)
        competencies = Competency.objects.filter(requirements__version=version, requirements__role=role)
    else:
        required = Standing.objects.in_force(on=as_of).within(team).filter(required__isnull=False)
        keys = required.order_by().values_list("competency_id", flat=True).distinct()
        competencies = Competency.objects.filter(pk__in=list(keys))
    if family is not None:
        competencies = competencies.filter(family=family)
    return list(_in_order(competencies))


def _in_order(competencies: QuerySet[Competency]) -> QuerySet[Competency]:
    """By family, those without one last; then by code."""
    return competencies.select_related("family").order_by(F("family__pk").asc(nulls_last=True), "code")


def _held(people: Sequence[Person], competencies: Sequence[Competency], as_of: date) -> dict[tuple[int, int], Held]:
    rows = Standing.objects.in_force(on=as_of).filter(
        person__in=[person.pk for person in people], competency__in=[one.pk for one in competencies]
    )
    columns = ("person_id", "competency_id", "required", "level", "verified", "state")
    found = {
        (person, competency): Held(required, level, verified, State(state))
        for person, competency, required, level, verified, state in rows.order_by().values_list(*columns)
    }
    expired = lapsed([cell for cell, held in found.items() if held.state == State.EXPIRED], as_of=as_of)
    return {cell: held._replace(level=expired[cell].level) if cell in expired else held for cell, held in found.items()}
