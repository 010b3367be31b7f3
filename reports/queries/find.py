"""Who can do something, and who somebody is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, Protocol, overload

from django.db.models import Q, QuerySet

from assessments.models import AssessmentResult
from reports.counters.reading import counted_on
from reports.measures import NOTHING, Measures, total
from reports.models import Standing, StandingQuerySet
from reports.standings import State
from roles.models import Competency, Membership, Person, Role, RoleAssignment, Team, User

from .graded import Graded


class Grade(NamedTuple):
    """How somebody stands in the competency that was asked for, with the result that decides."""

    required: int | None
    level: int
    verified: bool
    state: State
    result: AssessmentResult


@dataclass(frozen=True)
class Found:
    """Somebody who was found, where they are on the day, and how they stand, if a competency was asked for.

    `team` is None where they are in no team on the day; a reader sees their own without its being theirs to read.
    """

    person: Person
    team: Team | None
    team_is_visible: bool
    roles: list[Role]
    grade: Grade | None


class Rows(Protocol):
    """Rows in an order, of which a stretch can be read without the others."""

    def count(self) -> int:
        """How many there are."""

    def __getitem__(self, key: slice, /) -> Iterable[Any]: ...


class Findings(Sequence[Found]):
    """Those who were found, in their order, read from the database as they are asked for.

    How many there are takes three queries at most, any stretch of them three to five, and two for each grade in it.
    """

    def __init__(self, rows: Rows, found: Callable[[list[Any]], list[Found]]) -> None:
        self._rows, self._found = rows, found

    def __len__(self) -> int:
        return self._rows.count()

    @overload
    def __getitem__(self, index: int) -> Found: ...

    @overload
    def __getitem__(self, index: slice) -> list[Found]: ...

    def __getitem__(self, index: int | slice) -> Found | list[Found]:
        if isinstance(index, slice):
            return self._found(list(self._rows[index]))
        [one] = self._found(list(self._rows[index : index + 1]))
        return one


def holders(
    *,
    reader: User,
    competency: Competency,
    level: int,
    as_of: date,
    verified: bool = False,
    team: Team | None = None,
    role: Role | None = None,
    words: str = "",
) -> Findings:
    """Who of those whom the reader may see holds the competency on the day, at the level or above.

    Of them, only those with a verified result, in the scope of the team, with the role, or whose name or employee id
    has all the `words`, where these are given. Ordered by level from the top, verified before claimed, then by name.
    """
    rows = Standing.objects.in_force(on=as_of).visible_to(reader).filter(competency=competency)
    rows = _in_scope(rows.filter(verified=True) if verified else rows, team)
    if words or role is not None:
        rows = rows.filter(person__in=narrowed(Person.objects.order_by(), as_of=as_of, role=role, words=words))
    # To walk through the people by name, they must be told apart by their standings alone.
    by_standing = role is None and not words

    def holding() -> int | None:
        all_of_scope = reader.reads_everything and by_standing and not verified
        return _counted_holders(competency, as_of, team) if all_of_scope else None

    graded = Graded(rows, least=level, may_walk=by_standing, holding=holding)
    return Findings(graded, _holding(reader, as_of))


def _holding(reader: User, as_of: date) -> Callable[[list[Standing]], list[Found]]:
    """What tells the reader who is behind some standings of the day."""

    def found(shown: list[Standing]) -> list[Found]:
        roles = _roles([row.person_id for row in shown], as_of)
        visible = _visible([row.team for row in shown], reader)
        return [Found(row.person, row.team, row.team_id in visible, roles[row.person_id], _grade(row)) for row in shown]

    return found


def _in_scope(rows: StandingQuerySet, team: Team | None) -> StandingQuerySet:
    """Those of the standings that are in the team's scope, if there is a team."""
    if team is None:
        return rows
    # By the keys of the teams, as `visible_to` does it.
    return rows.filter(team__in=list(Team.objects.within(team).order_by().values_list("pk", flat=True)))


def _counted_holders(competency: Competency, as_of: date, team: Team | None) -> int | None:
    """How many in the team's scope, or in every team's, hold HOLDER_LEVEL or more; None where they are not counted.

    By the counters of large teams, which are exact; two queries at most.
    """
    teams = list(Team.objects.filter(parent=None).order_by("pk")) if team is None else [team]
    counted = counted_on(teams, as_of)
    if not teams or len(counted) < len(teams):
        return None
    found = [team.competencies().get(competency.pk, NOTHING) for team in counted.values()]
    return Measures.counted(total(found)).holders


def people_named(
    *, reader: User, as_of: date, team: Team | None = None, role: Role | None = None, words: str = ""
) -> Findings:
    """Those whom the reader may see on the day, narrowed as in `holders`, by name."""
    people: QuerySet[Person] = Person.objects.visible_to(reader, on=as_of)
    if team is not None:
        people = people.filter(pk__in=Person.objects.within(team, on=as_of).order_by().values("pk"))

    def found(shown: list[Person]) -> list[Found]:
        keys = [person.pk for person in shown]
        teams, roles = _teams(keys, as_of), _roles(keys, as_of)
        visible = _visible(teams.values(), reader)
        places = [(person, teams.get(person.pk)) for person in shown]
        return [Found(one, team, team is not None and team.pk in visible, roles[one.pk], None) for one, team in places]

    return Findings(narrowed(people, as_of=as_of, role=role, words=words).order_by("name", "employee_id"), found)


def narrowed(people: QuerySet[Person], *, as_of: date, role: Role | None, words: str) -> QuerySet[Person]:
    """Those of the people who hold the role on the day and have all the words in name or id, where these are given."""
    if role is not None and not role.held_by_everyone:
        holding = RoleAssignment.objects.in_force(on=as_of).filter(role=role).order_by()
        people = people.filter(pk__in=holding.values("person"))
    return people.filter(named(words))


def named(words: str, fields: Sequence[str] = ("name", "employee_id")) -> Q:
    """The condition that each of the words stands in one of the fields, in capitals or not; else in those of people."""
    condition = Q()
    for word in words.split():
        of_word = Q()
        for spelling in _spellings(word):
            of_word |= reduce(or_, (Q(**{f"{field}__icontains": spelling}) for field in fields))
        condition &= of_word
    return condition


def _spellings(word: str) -> set[str]:
    """The word as it may be written: SQLite tells small letters from capitals where they are not ASCII."""
    return {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}


def _grade(row: Standing) -> Grade:
    """The grade of a standing that holds a level, and so has a result that decides."""
    if row.level is None or row.verified is None or row.result is None:
        raise ValueError(f"{row} holds no level")
    return Grade(row.required, row.level, row.verified, State(row.state), row.result)


def _teams(people: Collection[int], as_of: date) -> dict[int, Team]:
    """The team for which each of these people counts on the day, where they do for one."""
    counting = Person.objects.employed(on=as_of).filter(pk__in=people).order_by()
    stays = Membership.objects.in_force(on=as_of).filter(person__in=counting.values("pk")).select_related("team")
    return {stay.person_id: stay.team for stay in stays.order_by()}


def _visible(teams: Iterable[Team], reader: User) -> set[int]:
    """The keys of those of the teams whose figures the reader may read."""
    asked = {team.pk for team in teams}
    if reader.reads_everything:
        return asked
    return set(Team.objects.visible_to(reader).filter(pk__in=asked).order_by().values_list("pk", flat=True))


def _roles(people: Sequence[int], as_of: date) -> dict[int, list[Role]]:
    """The roles that each of these people holds on the day, in the order of the codes."""
    found: dict[int, list[Role]] = defaultdict(list)
    held = RoleAssignment.objects.in_force(on=as_of).filter(person__in=people).select_related("role")
    for assignment in _once(held.order_by("role__code")):
        found[assignment.person_id].append(assignment.role)
    return found


def _once(assignments: QuerySet[RoleAssignment]) -> Iterator[RoleAssignment]:
    """Of several assignments of one role to one person, the first."""
    seen: set[tuple[int, int]] = set()
    for assignment in assignments:
        key = (assignment.person_id, assignment.role_id)
        if key not in seen:
            seen.add(key)
            yield assignment
