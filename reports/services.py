"""Keeping the standings what the facts make them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.db import connection, transaction

from roles.bulk import batches, delete_rows, insert_rows, read_by_index, worked_behind
from roles.locks import hold_people, share_rules
from roles.models import Competency, Membership, Person, RoleAssignment, Team
from roles.progress import report

from .computing import Batch, Difference, differences
from .gathering import STANDING_COLUMNS, current_rules, facts_of, stored_standings
from .models import Standing
from .standings import OPEN, Rules, State
from .standings import Standing as Computed

PEOPLE_AT_A_TIME = 2_000
#: For so many a planner finds rows by an index without being told to.
FEW_PEOPLE = 50


def refresh_after_change(*, people: frozenset[int] | None, **_: Any) -> None:
    """Answer `facts_changed`: bring the standings of these people, or of everybody, up to date at once."""
    refresh_standings(people)


@transaction.atomic
def refresh_standings(people: Collection[int] | None = None) -> int:
    """Compute the standings of these people (None: of everybody) and write what differs from what is stored.

    Gives how many people's standings changed. A fixed number of queries for each 2,000 people. The people stay locked
    until the transaction ends, so that of two writers the second computes from what the first recorded.
    """
    share_rules()
    if people is None:
        people = {*Person.objects.values_list("pk", flat=True), *_nobody()}
    chosen = sorted(people)
    many = len(chosen) > PEOPLE_AT_A_TIME
    rules = current_rules(roles=None if many else _roles_of(chosen))
    with read_by_index() if len(chosen) > FEW_PEOPLE else nullcontext():
        changed = _write_all(_gathered(chosen, hold=True), rules)
    if many and changed * 5 > Person.objects.count():
        # Only then can figures be read from the index alone. It cannot be done inside a transaction, and takes longer
        # than a change of few people; after such the database does it by itself.
        transaction.on_commit(_vacuum, robust=True)
    return changed


def _vacuum() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Standing, Membership, Person, RoleAssignment, Team):
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")


def _write_all(batches_of_people: Iterator[Batch], rules: Rules) -> int:
    """Write what differs, each batch while the next is computed; gives how many people differed."""
    changed = 0
    with worked_behind() as behind:
        differing: list[Difference] = []
        for batch in batches_of_people:
            finish = behind(partial(_write, differing))
            differing = differences(batch, rules)
            finish()
            changed += len(differing)
        _write(differing)
    return changed


def _nobody() -> Iterable[int]:
    """The keys of people who have standings and do not exist."""
    strays = Standing.objects.exclude(person__in=Person.objects.all()).order_by()
    return strays.values_list("person_id", flat=True).distinct()


def _roles_of(people: Collection[int]) -> set[int]:
    return set(RoleAssignment.objects.filter(person__in=people).order_by().values_list("role_id", flat=True))


def _gathered(people: list[int], *, hold: bool) -> Iterator[Batch]:
    """What is to be compared, 2,000 people at a time."""
    done = 0
    for chunk in batches(people, PEOPLE_AT_A_TIME):
        if hold:
            hold_people(chunk)
        yield Batch(list(facts_of(chunk)), stored_standings(chunk))
        done += len(chunk)
        if len(people) > PEOPLE_AT_A_TIME:
            report("Standings", done, len(people))


def _write(differing: list[Difference]) -> None:
    """Write the standings of these people anew, of each only the competencies in which they differ."""
    rows: list[Computed] = []
    whole: list[int] = []
    parts: list[tuple[int, int]] = []
    for person, computed, stored in differing:
        competencies = {row.competency for row in set(computed) ^ set(stored)} if stored else set()
        held = {row.competency for row in stored}
        if len(competencies) * 2 > len(held) or not stored:
            whole += [person] if stored else []
            rows += computed
        else:
            parts += [(person, competency) for competency in sorted(competencies & held)]
            rows += [row for row in computed if row.competency in competencies]
    delete_rows(Standing, ["person_id"], [(person,) for person in whole])
    delete_rows(Standing, ["person_id", "competency_id"], parts)
    if rows:
        insert_rows(Standing, STANDING_COLUMNS, rows)


def disagreements() -> Iterator[str]:
    """Where what is derived from the facts is not what the facts make it, one line for each difference."""
    rules = current_rules()
    names = _Names()
    everybody = {*Person.objects.values_list("pk", flat=True), *_nobody()}
    for batch in _gathered(sorted(everybody), hold=False):
        for _, computed, stored in differences(batch, rules):
            yield from (names.line("missing", row) for row in computed if row not in stored)
            yield from (names.line("wrong", row) for row in stored if row not in computed)
    yield from misplaced_teams()


def misplaced_teams() -> Iterator[str]:
    """Teams whose path does not follow from their parents, one line for each."""
    teams = {team.pk: team for team in Team.objects.all()}
    for team in teams.values():
        above = teams[team.parent_id].path if team.parent_id else ""
        if team.path != above + team.step:
            yield f"team {team.code}: its path is {team.path!r} and should be {above + team.step!r}"


class _Names:
    """Codes in place of keys, for people who read differences."""

    def __init__(self) -> None:
        self.competencies = dict(Competency.objects.values_list("pk", "code"))
        self.teams = dict(Team.objects.values_list("pk", "code"))

    def line(self, what: str, row: Computed) -> str:
        """One standing and what is the matter with it."""
        person = Person.objects.filter(pk=row.person).values_list("employee_id", flat=True).first()
        until = "open" if row.until_on == OPEN else row.until_on
        return (
            f"{what}: {person or f'person {row.person}'}"
            f" {self.competencies.get(row.competency, f'competency {row.competency}')}"
            f" from {row.from_on} until {until}: team {self.teams.get(row.team, row.team)},"
            f" required {row.required}, weight {row.weight}, level {row.level}, verified {row.verified},"
            f" {State(row.state).word}, result {row.result}"
        )
