"""The effect of a draft as it is read: a team, those directly below it, and the people it is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.measures import Measures
from roles.models import Competency, MatrixVersion, Person, Team

from .effect import Comparison, Effect, TeamEffect, cell_effects, comparison

#: Of so many people who are asked for something else, each is looked at while somebody waits.
PEOPLE_AT_ONCE = 2_000


@dataclass(frozen=True)
class TeamLine:
    """A team and what happens in its scope."""

    team: Team
    effect: TeamEffect


@dataclass(frozen=True)
class CompetencyLine:
    """A competency, in how many people's cells of it a shortfall begins, and in how many one ends."""

    competency: Competency
    newly_short: int
    no_longer_short: int


@dataclass
class PersonLine:
    """Somebody in whose standing a shortfall begins or ends, and in which competencies."""

    person: Person
    team: Team
    newly_short: list[Competency] = field(default_factory=list)
    no_longer_short: list[Competency] = field(default_factory=list)


@dataclass(frozen=True)
class EffectPage:
    """A team with what happens in its scope, in each team directly below, and in each competency.

    `people` is None where there are too many to look at; `competencies` is of the whole organisation, the most new
    shortfalls first.
    """

    team: Team
    above: list[Team]
    line: TeamEffect
    teams: list[TeamLine]
    competencies: list[CompetencyLine]
    people: list[PersonLine] | None

    @property
    def moves(self) -> list[tuple[str, Measures]]:
        """The measures before and after."""
        return [("before", self.line.before), ("after", self.line.after)]


def effect_page(*, effect: Effect, draft: MatrixVersion, team: Team) -> EffectPage:
    """The effect as it is read of the team; the most new shortfalls first, then by code."""
    lines = [TeamLine(child, effect.teams.get(child.pk) or TeamEffect()) for child in team.children.order_by("code")]
    return EffectPage(
        team=team,
        above=list(Team.objects.filter(pk__in=team.above).order_by("path")),
        line=effect.teams.get(team.pk) or TeamEffect(),
        teams=sorted(lines, key=lambda line: -line.effect.newly_short),
        competencies=_competency_lines(effect),
        people=people_of(compared=comparison(draft=draft), team=team),
    )


def people_of(*, compared: Comparison, team: Team) -> list[PersonLine] | None:
    """Who in the team's scope begins or ceases to fall short, by employee id; None if too many would be looked at."""
    people = list(compared.people(team=team).order_by("employee_id")[: PEOPLE_AT_ONCE + 1])
    if len(people) > PEOPLE_AT_ONCE:
        return None
    teams, competencies = Team.objects.in_bulk(), Competency.objects.in_bulk()
    by_key = {person.pk: person for person in people}
    found: dict[int, PersonLine] = {}
    for cell in cell_effects(compared, list(by_key)):
        if cell.newly_short or cell.no_longer_short:
            line = found.setdefault(cell.person, PersonLine(by_key[cell.person], teams[cell.team]))
            among = line.newly_short if cell.newly_short else line.no_longer_short
            among.append(competencies[cell.competency])
    lines = [found[key] for key in by_key if key in found]
    for line in lines:
        line.newly_short.sort(key=lambda one: one.code)
        line.no_longer_short.sort(key=lambda one: one.code)
    return lines


def _competency_lines(effect: Effect) -> list[CompetencyLine]:
    competencies = Competency.objects.in_bulk(list(effect.competencies))
    lines = [CompetencyLine(competencies[key], *counts) for key, counts in effect.competencies.items()]
    return sorted(lines, key=lambda line: (-line.newly_short, -line.no_longer_short, line.competency.code))
