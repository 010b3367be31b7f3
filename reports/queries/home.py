"""What somebody should look at first: the teams they manage, and how their own team stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value

from reports.counters.reading import counted_on
from reports.measures import HOLDER_LEVEL, Measures
from reports.models import Standing
from reports.standings import State
from roles.models import Competency, Deputy, Membership, Person, Team, User

from .forecast import expiring_counts
from .trend import Trend, months, trends

#: How many months the small trend of a team shows.
MONTHS = 12
#: More teams than this hold some ten thousand people.
LARGE = 1_000


@dataclass(frozen=True)
class TeamCard:
    """A team at a glance on a day: its trend up to the day, and what is to be done there.

    `expiring` counts the results that decide on the day and expire within 90 days, `unassessed` the people who were
    never assessed in something that is required of them. `alone` are the competencies required in the team that one
    person alone holds at level 3 or more, `held_by_nobody` those that nobody does.
    """

    team: Team
    trend: Trend
    people: int
    expiring: int
    unassessed: int
    alone: list[Competency]
    held_by_nobody: list[Competency]

    @property
    def totals(self) -> Measures:
        """The totals of the team on the day, which is the last of the trend."""
        return self.trend.points[-1].totals


def team_cards(*, teams: Sequence[Team], as_of: date) -> list[TeamCard]:
    """A card for each of the teams on the day, in their order; ten queries, however many and large they are."""
    if not teams:
        return []
    found = trends(teams=teams, days=months(as_of, MONTHS))
    expiring = expiring_counts(teams=teams, as_of=as_of)
    people, unassessed, holders = _at_a_glance(teams, as_of)
    competencies = {competency.pk: competency for competency in Competency.objects.order_by("code")}

    def held_by(number: int, count: int) -> list[Competency]:
        return [competency for pk, competency in competencies.items() if holders[number].get(pk) == count]

    return [
        TeamCard(
            team,
            found[team.pk],
            people.get(number, 0),
            expiring[team.pk],
            unassessed.get(number, 0),
            alone=held_by(number, 1),
            held_by_nobody=held_by(number, 0),
        )
        for number, team in enumerate(teams)
    ]


def scope_is_large(teams: Sequence[Team]) -> bool:
    """Whether there are so many teams in the scope of these that their figures take a reader's patience; one query."""
    within = reduce(or_, (Q(path__startswith=team.path) for team in teams), Q(pk__in=[]))
    return Team.objects.filter(within).count() > LARGE


def team_average(*, team: Team, as_of: date, user: User, least: int) -> Measures | None:
    """The totals of the team's scope on the day, as far as the user may know them; four queries at most.

    Who may not see the people of the team is told nothing of fewer than `least` of them: from the average of a few,
    one could tell what each can do. None then.
    """
    if not Team.objects.visible_to(user).filter(pk=team.pk).exists():
        required = _in_scope(team, as_of).filter(required__isnull=False).exclude(state=State.EXEMPT)
        if required.aggregate(people=Count("person", distinct=True))["people"] < least:
            return None
    return trends(teams=[team], days=[as_of])[team.pk].points[-1].totals


def _at_a_glance(
    teams: Sequence[Team], as_of: date
) -> tuple[dict[int, int], dict[int, int], dict[int, dict[int, int]]]:
    """People, those never assessed, and holders by competency, by the team's number; by counters where it has some."""
    counted = counted_on(teams, as_of)
    others = {number: team for number, team in enumerate(teams) if team.pk not in counted}
    people, unassessed, holders = _people(others, as_of), _unassessed(others, as_of), _holders(others, as_of)
    for number, team in enumerate(teams):
        if team.pk in counted:
            people[number], unassessed[number] = counted[team.pk].people()
            measured = {pk: Measures.counted(counts) for pk, counts in counted[team.pk].competencies().items()}
            holders[number] = {pk: one.holders for pk, one in measured.items() if one.concerns_somebody}
    return people, unassessed, holders


def _in_scope(team: Team, as_of: date) -> QuerySet[Standing]:
    return Standing.objects.in_force(on=as_of).filter(team__in=Team.objects.within(team).order_by()).order_by()


def _people(teams: Mapping[int, Team], as_of: date) -> dict[int, int]:
    """How many people count for each team's scope, by the team's number."""
    return dict(
        _together(
            Membership.objects.in_force(on=as_of)
            .filter(team__in=Team.objects.within(team).order_by(), person__in=Person.objects.employed(on=as_of))
            .order_by()
            .values(number=Value(number))
            .annotate(people=Count("pk"))
            .values_list("number", "people")
            for number, team in teams.items()
        )
    )


def _unassessed(teams: Mapping[int, Team], as_of: date) -> dict[int, int]:
    """How many people of each team's scope were never assessed in something required, by the team's number."""
    return dict(
        _together(
            _in_scope(team, as_of)
            .filter(state=State.NOT_ASSESSED)
            .values(number=Value(number))
            .annotate(people=Count("person", distinct=True))
            .values_list("number", "people")
            for number, team in teams.items()
        )
    )


def _holders(teams: Mapping[int, Team], as_of: date) -> dict[int, dict[int, int]]:
    """How many people hold each competency required in a team's scope at level 3 or more, by the team's number."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows = _together(
        _in_scope(team, as_of)
        .values("competency_id", number=Value(number))
        .annotate(holders=Count("pk", filter=Q(level__gte=HOLDER_LEVEL)), required=Count("required"))
        .values_list("number", "competency_id", "holders", "required")
        for number, team in teams.items()
    )
    for number, competency, holders, required in rows:
        if required:
            found[number][competency] = holders
    return found


def _together(querysets: Iterable[QuerySet[Any, Any]]) -> list[Any]:
    """The rows of all of them, in one query; none of none."""
    first, *others = [*querysets] or [Team.objects.none()]
    return list(first.union(*others, all=True) if others else first)


def stands_in(*, user: User, on: date) -> list[Deputy]:
    """For whom the user stands in on the day, with the teams that are theirs to see by it."""
    held = Deputy.objects.in_force(on=on).filter(person=user.person_id) if user.person_id else Deputy.objects.none()
    return list(held.select_related("manager").prefetch_related("manager__manages__team"))


def deputies(*, user: User, on: date) -> list[Deputy]:
    """Who stands in for the user on the day, or is going to."""
    if user.person_id is None:
        return []
    held = Deputy.objects.filter(manager=user.person_id, until_on__gt=on).exclude(until_on=F("from_on"))
    return list(held.select_related("person").order_by("from_on"))
