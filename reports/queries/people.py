"""How one person stands, and what they should do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assessments.models import AssessmentResult
from reports.days import LAST_DAY
from reports.measures import Cells, Measures
from reports.models import Standing
from reports.standings import OPEN, State, missing_levels
from roles.models import Competency, CompetencyIndicator, Person, Role, Team, User

from .lapsed import lapsed

#: A result that expires within so many days is to be renewed by now.
SOON = timedelta(days=90)


@dataclass(frozen=True)
class PersonLine:
    """How one person stands in one competency on a day. `result` is the one that decides, if any does.

    `lapsed` is the result that decided last, where all have expired. `expires_soon` says that the deciding one expires
    within 90 days, `loses` that a requirement is then no longer met, or no longer as verified.
    """

    competency: Competency
    required: int | None
    weight: int | None
    level: int | None
    verified: bool | None
    state: State
    result: AssessmentResult | None
    lapsed: AssessmentResult | None = None
    expires_soon: bool = False
    loses: bool = False

    @property
    def last_level(self) -> int | None:
        """The level held, or the one that has expired."""
        return self.lapsed.level if self.lapsed else self.level

    @property
    def deficit(self) -> int:
        """How many levels are missing; what has expired or was never assessed counts as level 0 (section 2.4)."""
        return missing_levels(required=self.required, level=self.level, state=self.state)


@dataclass(frozen=True)
class Step:
    """What to do next in one competency: the level to show, and how somebody behaves who holds it, if that is told."""

    line: PersonLine
    level: int
    indicator: str


@dataclass(frozen=True)
class Steps:
    """What to do next: in each list the widest gap first, then the heaviest; in `expiring` what expires first."""

    gaps: list[Step]
    expired: list[Step]
    expiring: list[Step]
    not_assessed: list[Step]

    def __len__(self) -> int:
        return len(self.gaps) + len(self.expired) + len(self.expiring) + len(self.not_assessed)


@dataclass(frozen=True)
class PersonOverview:
    """One person on a day: the lines in the order of the codes, the measures over them, and what to do next."""

    lines: list[PersonLine]
    measures: Measures
    steps: Steps


@dataclass(frozen=True)
class Whereabouts:
    """Where somebody is on a day: the team in which they count, None if they do not, and the roles given to them."""

    team: Team | None
    roles: list[Role]


@dataclass(frozen=True)
class Sight:
    """The days of one person that a reader may see, as stretches from a day until a day."""

    stretches: tuple[tuple[date, date], ...]

    def sees(self, day: date) -> bool:
        return any(from_on <= day < until_on for from_on, until_on in self.stretches)


def person_report(*, person: Person, as_of: date) -> list[PersonLine]:
    """What is required of a person and what they hold on the day, in the order of the codes; four queries at most."""
    rows = Standing.objects.in_force(on=as_of).filter(person=person).select_related("competency", "result")
    found = list(rows.order_by("competency__code"))
    expired = lapsed([(person.pk, row.competency_id) for row in found if row.state == State.EXPIRED], as_of=as_of)
    coming = _coming(person, as_of)
    lines = []
    for row in found:
        ends = row.result.expires_on if row.result else None
        then = next((later for later in coming[row.competency_id] if ends and later.from_on == ends), None)
        lines.append(
            PersonLine(
                row.competency,
                row.required,
                row.weight,
                row.level,
                row.verified,
                State(row.state),
                row.result,
                lapsed=expired.get((person.pk, row.competency_id)),
                expires_soon=ends is not None and ends <= _ahead(as_of),
                loses=_loses(row, then),
            )
        )
    return lines


def person_overview(*, person: Person, as_of: date) -> PersonOverview:
    """How a person stands on the day and what they should do next; five queries at most."""
    lines = person_report(person=person, as_of=as_of)
    return PersonOverview(lines, measures_of(lines), next_steps(lines))


def measures_of(lines: Iterable[PersonLine]) -> Measures:
    """The measures of section 3 over the competencies of one person."""
    measures = Measures()
    for line in lines:
        measures.add(Cells(1, line.required, line.weight, line.level, line.verified, line.state))
    return measures


def next_steps(lines: Sequence[PersonLine]) -> Steps:
    """What a person should do next; one query."""
    texts = indicators_of([line.competency.pk for line in lines])
    urgent = sorted(lines, key=lambda line: (-line.deficit, -(line.weight or 0), line.competency.code))

    def steps(state: State) -> list[Step]:
        return [_step(line, texts) for line in urgent if line.state == state]

    expiring = [_step(line, texts) for line in lines if line.state == State.MET and line.loses]
    expiring.sort(key=lambda step: (step.line.result.expires_on if step.line.result else None) or OPEN)
    return Steps(steps(State.GAP), steps(State.EXPIRED), expiring, steps(State.NOT_ASSESSED))


def indicators_of(competencies: Collection[int]) -> dict[int, dict[int, str]]:
    """How somebody behaves who holds each of these competencies, by competency and level; one query."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = CompetencyIndicator.objects.filter(competency__in=competencies).order_by()
    for competency, level, text in rows.values_list("competency_id", "level", "text"):
        found[competency][level] = text
    return found


def next_level(*, required: int, last_level: int | None) -> int:
    """The level to show next on the way to what is required; of what was never assessed nothing is known below that."""
    return required if last_level is None else min(last_level + 1, required)


def whereabouts(*, person: Person, as_of: date) -> Whereabouts:
    """The team and the roles of a person on the day; two queries."""
    held = person.assignments.in_force(on=as_of).select_related("role").order_by("role__code")
    membership = person.memberships.in_force(on=as_of).select_related("team").first()
    employed = person.joined_on <= as_of and (person.left_on is None or as_of < person.left_on)
    return Whereabouts(membership.team if membership and employed else None, [assignment.role for assignment in held])


def sight_of(*, person: Person, user: User) -> Sight:
    """The days on which the user may see the person, as `PersonQuerySet.visible_to` says; one query at most."""
    if user.reads_everything or user.person_id == person.pk:
        return Sight(((date.min, OPEN),))
    stays = person.memberships.filter(team__in=Team.objects.visible_to(user))
    return Sight(tuple((from_on, until_on or OPEN) for from_on, until_on in stays.values_list("from_on", "until_on")))


def _ahead(as_of: date) -> date:
    return as_of + SOON if as_of < LAST_DAY - SOON else LAST_DAY


def _coming(person: Person, as_of: date) -> dict[int, list[Standing]]:
    """The person's standings that begin within 90 days after the day, by competency."""
    found: dict[int, list[Standing]] = defaultdict(list)
    for row in Standing.objects.filter(person=person, from_on__gt=as_of, from_on__lte=_ahead(as_of)).order_by():
        found[row.competency_id].append(row)
    return found


def _loses(now: Standing, then: Standing | None) -> bool:
    """Whether what is met now is not met, or not as verified, from when the deciding result expires."""
    if now.state != State.MET or then is None:
        return False
    claimed = then.state == State.MET and not then.verified
    return then.state in {State.GAP, State.EXPIRED} or (claimed and bool(now.verified))


def _step(line: PersonLine, texts: Mapping[int, Mapping[int, str]]) -> Step:
    level = next_level(required=line.required or 0, last_level=line.last_level)
    return Step(line, level, texts.get(line.competency.pk, {}).get(level, ""))
