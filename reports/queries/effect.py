"""What publishing a draft of the matrix would change, team by team, on its day of effect.

Computed by the same core as the standings: once by the rules that are in force on that day, once by those of the draft,
for the people whose requirements differ, and only in the competencies that are required differently.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db.models import Count, QuerySet

from reports.gathering import facts_of
from reports.measures import Cells, Measures
from reports.models import Standing as Stored
from reports.standings import PersonFacts, Requirement, Rules, Standing, State, Stretch, Version, standings
from roles.bulk import batches
from roles.models import MatrixVersion, Membership, Organisation, Person, Role, RoleAssignment, Team

PEOPLE_AT_A_TIME = 2_000

#: Required, not excused, and not met.
SHORT = frozenset({State.GAP, State.EXPIRED, State.NOT_ASSESSED})

#: Called with how many people have been computed, and how many there are.
Progress = Callable[[int, int], None]


def _nobody_watches(_done: int, _total: int) -> None: ...


class CellEffect(NamedTuple):
    """How somebody stands in a competency on the day, before and under the draft; None where nothing stands."""

    person: int
    team: int
    competency: int
    before: Standing | None
    after: Standing | None

    @property
    def newly_short(self) -> bool:
        """Whether they fall short under the draft and do not before."""
        return _short(self.after) and not _short(self.before)

    @property
    def no_longer_short(self) -> bool:
        """Whether they fall short before and do not under the draft."""
        return _short(self.before) and not _short(self.after)


def _short(standing: Standing | None) -> bool:
    return standing is not None and standing.state in SHORT


@dataclass
class TeamEffect:
    """What happens in a team's scope: its measures before and after, and who begins or ceases to fall short.

    `newly_short` counts people with a cell in which they newly fall short, `newly_short_cells` these cells; so the
    other two. Somebody may be among both. The measures leave out holders, of whom no requirement makes one.
    """

    people: int = 0
    before: Measures = field(default_factory=Measures)
    after: Measures = field(default_factory=Measures)
    newly_short: int = 0
    newly_short_cells: int = 0
    no_longer_short: int = 0
    no_longer_short_cells: int = 0

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many newly fall short, in how many cells; how many no longer do, in how many cells."""
        return self.newly_short, self.newly_short_cells, self.no_longer_short, self.no_longer_short_cells

    def include(self, other: TeamEffect) -> None:
        """Add what happens in another team, of which nobody is in this one."""
        self.people += other.people
        self.before.include(other.before)
        self.after.include(other.after)
        self.newly_short += other.newly_short
        self.newly_short_cells += other.newly_short_cells
        self.no_longer_short += other.no_longer_short
        self.no_longer_short_cells += other.no_longer_short_cells


class CompetencyEffect(NamedTuple):
    """In how many people's cells of a competency a shortfall begins, and in how many one ends."""

    newly_short: int
    no_longer_short: int


@dataclass(frozen=True)
class Effect:
    """What the draft does: to the whole organisation, to each team's scope by its key, and by competency.

    `concerned` is how many people it asks something else of. Competencies in which nobody begins or ceases to fall
    short are left out.
    """

    concerned: int
    total: TeamEffect
    teams: dict[int, TeamEffect]
    competencies: dict[int, CompetencyEffect]


RoleCells = Mapping[int, Mapping[int, Requirement]]


@dataclass(frozen=True)
class Comparison:
    """The rules on a day without the draft and with it, and the roles and competencies in which they differ."""

    day: date
    in_force: MatrixVersion | None
    before: Rules
    after: Rules
    roles: frozenset[int]
    competencies: frozenset[int]

    @property
    def concerns_everyone(self) -> bool:
        """Whether the role that everybody holds asks for something else."""
        return self.after.everyone in self.roles

    def people(self, *, team: Team | None = None) -> QuerySet[Person]:
        """Who counts on the day, in the team's scope if there is one, and is asked for something else."""
        stays = Membership.objects.within(team) if team is not None else Membership.objects.all()
        counting = stays.in_force(on=self.day).order_by().values("person")
        found = Person.objects.employed(on=self.day).filter(pk__in=counting)
        if not self.concerns_everyone:
            holding = RoleAssignment.objects.in_force(on=self.day).filter(role__in=self.roles).order_by()
            found = found.filter(pk__in=holding.values("person"))
        return found


def comparison(*, draft: MatrixVersion) -> Comparison:
    """The version in force on the draft's day, and the draft; five queries."""
    day = draft.effective_from
    in_force = MatrixVersion.objects.in_force(on=day)
    before, after = _cells(in_force) if in_force else {}, _cells(draft)
    policy = Organisation.current().evidence_policy
    everyone = Role.objects.filter(held_by_everyone=True).values_list("pk", flat=True).first()
    differing: dict[int, set[int]] = {}
    for role in before.keys() | after.keys():
        was, becomes = before.get(role, {}), after.get(role, {})
        cells = {key for key in was.keys() | becomes.keys() if was.get(key) != becomes.get(key)}
        if cells:
            differing[role] = cells
    return Comparison(
        day,
        in_force,
        Rules(policy, [Version(day, before)], everyone),
        Rules(policy, [Version(day, after)], everyone),
        frozenset(differing),
        frozenset().union(*differing.values()),
    )


def _cells(version: MatrixVersion) -> dict[int, dict[int, Requirement]]:
    found: dict[int, dict[int, Requirement]] = defaultdict(dict)
    rows = version.requirements.order_by().values_list("role_id", "competency_id", "required_level", "weight")
    for role, competency, level, weight in rows:
        found[role][competency] = Requirement(level, weight)
    return dict(found)


def effect(*, draft: MatrixVersion, progress: Progress = _nobody_watches) -> Effect:
    """What the draft would do if it were published now; eight queries, and five for each 2,000 people concerned."""
    compared = comparison(draft=draft)
    people = sorted(compared.people().order_by().values_list("pk", flat=True))
    teams = _as_they_are(compared.day)
    by_competency = _compute(compared, people, teams, progress)
    return Effect(len(people), _sum(teams.values()), _with_those_below(teams), by_competency)


def cell_effects(compared: Comparison, people: Collection[int]) -> Iterator[CellEffect]:
    """The cells of these people that are not the same before and under the draft."""
    for facts in facts_of(people):
        relevant = _relevant(facts, compared)
        before, after = (_on_day(relevant, rules, compared) for rules in (compared.before, compared.after))
        for competency in sorted(before.keys() | after.keys()):
            was, becomes = before.get(competency), after.get(competency)
            if was == becomes:
                continue
            team = (becomes or was).team  # type: ignore[union-attr]  # one of them is there
            yield CellEffect(facts.person, team, competency, was, becomes)


def _relevant(facts: PersonFacts, compared: Comparison) -> PersonFacts:
    """The facts without what is about other competencies, each of which stands by itself, and about other days."""
    day, competencies = compared.day, compared.competencies

    def holding(stretches: Sequence[Stretch]) -> list[Stretch]:
        return [one for one in stretches if one.from_on <= day and (one.until_on is None or day < one.until_on)]

    return facts._replace(
        memberships=holding(facts.memberships),
        roles=holding(facts.roles),
        results=[one for one in facts.results if one.competency in competencies and one.assessed_on <= day],
        exemptions=holding([excuse for excuse in facts.exemptions if excuse.what in competencies]),
    )


def _on_day(facts: PersonFacts, rules: Rules, compared: Comparison) -> dict[int, Standing]:
    return {
        standing.competency: standing
        for standing in standings(facts, rules)
        if standing.competency in compared.competencies and standing.from_on <= compared.day < standing.until_on
    }


def _as_they_are(day: date) -> dict[int, TeamEffect]:
    """Each team's own people and measures on the day as it stands, before and after alike; two queries."""
    teams: dict[int, TeamEffect] = defaultdict(TeamEffect)
    counting = Membership.objects.in_force(on=day).filter(person__in=Person.objects.employed(on=day)).order_by()
    for team, people in counting.values_list("team_id").annotate(Count("person")):
        teams[team].people = people
    alike = Stored.objects.in_force(on=day).filter(required__isnull=False).order_by()
    columns = ("team_id", "required", "weight", "level", "verified", "state")
    for team, *cell, people in alike.values_list(*columns).annotate(people=Count("*")).iterator():
        teams[team].before.add(Cells(people, *cell))
    for each in teams.values():
        each.after.include(each.before)
    return teams


def _compute(
    compared: Comparison, people: list[int], teams: dict[int, TeamEffect], progress: Progress
) -> dict[int, CompetencyEffect]:
    """Change what these people's cells are counted as, in their own teams; gives the shortfalls by competency."""
    newly: Counter[int] = Counter()
    no_longer: Counter[int] = Counter()
    done = 0
    for chunk in batches(people, PEOPLE_AT_A_TIME):
        falling, rising = {}, {}
        for cell in cell_effects(compared, chunk):
            team = teams[cell.team]
            team.after.exclude(_measured(cell.before))
            team.after.include(_measured(cell.after))
            if cell.newly_short:
                newly[cell.competency] += 1
                team.newly_short_cells += 1
                falling[cell.person] = team
            elif cell.no_longer_short:
                no_longer[cell.competency] += 1
                team.no_longer_short_cells += 1
                rising[cell.person] = team
        for team in falling.values():
            team.newly_short += 1
        for team in rising.values():
            team.no_longer_short += 1
        done += len(chunk)
        progress(done, len(people))
    return {key: CompetencyEffect(newly[key], no_longer[key]) for key in newly.keys() | no_longer.keys()}


def _measured(standing: Standing | None) -> Measures:
    """The measures of one cell, if anything is required in it."""
    measures = Measures()
    if standing is not None and standing.required is not None:
        measures.add(Cells(1, *standing[5:10]))
    return measures


def _sum(parts: Collection[TeamEffect]) -> TeamEffect:
    total = TeamEffect()
    for part in parts:
        total.include(part)
    return total


def _with_those_below(own: Mapping[int, TeamEffect]) -> dict[int, TeamEffect]:
    """Each team with every team below it, also the empty ones; one query."""
    scopes: dict[int, TeamEffect] = defaultdict(TeamEffect)
    for team in Team.objects.order_by().only("pk", "path", "parent"):
        part = own.get(team.pk)
        scope = scopes[team.pk]
        if part is not None:
            scope.include(part)
            for above in team.above:
                scopes[above].include(part)
    return dict(scopes)
