"""Keeping what is derived what the facts make it: standings, presence, and the counters of large teams."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import partial
from math import inf
from typing import Any, NamedTuple

from django.db import connection, transaction

from roles.bulk import (
    batches,
    delete_rows,
    filled_at_once,
    insert_rows,
    rarely_collected,
    read_by_index,
    worked_behind,
)
from roles.locks import hold_people, share_rules
from roles.models import Competency, Membership, Person, RoleAssignment, Team
from roles.progress import report

from .computing import Batch, Difference, differences
from .counters import ledger
from .counters.building import build
from .counters.checking import counter_differences
from .counters.folding import fold_all
from .counters.locks import hold_counters, share_counters
from .counters.many import ManyChanges
from .gathering import (
    PRESENCE_COLUMNS,
    STANDING_COLUMNS,
    current_rules,
    facts_of,
    stored_presences,
    stored_standings,
)
from .models import CounterBlock, Presence, Standing
from .presence import Presence as Present
from .standings import OPEN, Rules, State
from .standings import Standing as Computed

PEOPLE_AT_A_TIME = 2_000
#: Where more of everybody than this share changes, counters are built anew rather than changed.
ANEW = 0.2
#: For so many a planner finds rows by an index without being told to.
FEW_PEOPLE = 50


def refresh_after_change(*, people: frozenset[int] | None, **_: Any) -> None:
    """Answer `facts_changed`: bring the standings of these people, or of everybody, up to date at once."""
    refresh_standings(people)


def refresh_standings(people: Collection[int] | None = None) -> int:
    """Compute the standings of these people (None: of everybody) and write what differs from what is stored.

    Gives how many people's standings changed. A fixed number of queries for each 2,000 people. The people stay locked
    until the transaction ends, so that of two writers the second computes from what the first recorded.
    """
    changed, _ = _refresh(people)
    return changed


@transaction.atomic
def rebuild() -> tuple[int, int]:
    """Compute everybody's standings, and all counters anew.

    Gives how many people's standings were not what they are now, and how many teams are counted.
    """
    changed, counted = _refresh(None)
    return changed, build() if counted is None else counted


@transaction.atomic
def _refresh(people: Collection[int] | None) -> tuple[int, int | None]:
    """How many people's standings changed, and how many teams are counted if all counters were built anew."""
    share_rules()
    if people is None:
        people = {*Person.objects.values_list("pk", flat=True), *_nobody()}
    many = len(people) > PEOPLE_AT_A_TIME
    chosen = _by_team(people) if many else sorted(people)
    rules = current_rules(roles=None if many else _roles_of(chosen))
    # Of many the counters are brought up to date here as well, past the ledger; nobody else writes meanwhile.
    (hold_counters if many else share_counters)()
    anew_from = Person.objects.count() * ANEW if many else inf
    bulk = ManyChanges() if many else None
    some_stored = Standing.objects.exists() or Presence.objects.exists()
    with ExitStack() as stack:
        if len(chosen) > FEW_PEOPLE:
            stack.enter_context(read_by_index())
        if many:
            stack.enter_context(rarely_collected())
        if many and not some_stored:
            stack.enter_context(filled_at_once(Standing))
            stack.enter_context(filled_at_once(Presence))
        counting = _Counting(bulk.add if bulk else ledger.add, anew_from if ledger.anything_counted() else -1)
        changed = _write_all(_gathered(chosen, hold=True, some_stored=some_stored), rules, counting)
    counted = None
    if changed > anew_from:
        bulk = None  # what it keeps is not needed any more
        counted = build()
        # Only then can figures be read from the index alone. It cannot be done inside a transaction, and takes longer
        # than a change of few people; after such the database does it by itself.
        transaction.on_commit(_vacuum, robust=True)
    elif bulk:
        bulk.apply()
        fold_all()
    return changed, counted


def _by_team(people: Collection[int]) -> list[int]:
    """These people in the order of teams, in which what is written of them is read again."""
    placed = Membership.objects.order_by("team__path", "person_id").values_list("person_id", flat=True)
    wanted = {*people}
    found = [person for person in dict.fromkeys(placed.iterator()) if person in wanted]
    return found + sorted(wanted.difference(found))


def _vacuum() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Standing, Presence, CounterBlock, Membership, Person, RoleAssignment, Team):
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")


class _Counting(NamedTuple):
    """How counters are told of people who differ, until those are more than `up_to`: then counters are built anew."""

    tell: Callable[[list[Difference]], None]
    up_to: float


def _write_all(batches_of_people: Iterator[Batch], rules: Rules, counting: _Counting) -> int:
    """Write what differs, each batch while the next is computed; gives how many people differed."""
    changed = 0
    with worked_behind() as behind:
        differing: list[Difference] = []
        for batch in batches_of_people:
            finish = behind(partial(_write, differing, counting.tell if changed <= counting.up_to else None))
            differing = differences(batch, rules)
            finish()
            changed += len(differing)
        _write(differing, counting.tell if changed <= counting.up_to else None)
    return changed


def _nobody() -> Iterable[int]:
    """The keys of people who have standings and do not exist."""
    for model in (Standing, Presence):
        strays = model._default_manager.exclude(person__in=Person.objects.all()).order_by()
        yield from strays.values_list("person_id", flat=True).distinct()


def _roles_of(people: Collection[int]) -> set[int]:
    return set(RoleAssignment.objects.filter(person__in=people).order_by().values_list("role_id", flat=True))


def _gathered(people: list[int], *, hold: bool, some_stored: bool = True) -> Iterator[Batch]:
    """What is to be compared, 2,000 people at a time; nothing is looked for where nothing is stored."""
    done = 0
    for chunk in batches(people, PEOPLE_AT_A_TIME):
        if hold:
            hold_people(chunk)
        facts = list(facts_of(chunk))
        yield Batch(facts, stored_standings(chunk), stored_presences(chunk)) if some_stored else Batch(facts, {}, {})
        done += len(chunk)
        if len(people) > PEOPLE_AT_A_TIME:
            report("Standings", done, len(people))


def _write(differing: list[Difference], tell: Callable[[list[Difference]], None] | None) -> None:
    """Write what differs of these people, and have counters told, where they are to be."""
    _write_standings(differing)
    _write_presences(differing)
    if tell:
        tell(differing)


def _write_presences(differing: list[Difference]) -> None:
    others = [one for one in differing if one.present != one.stored_present]
    delete_rows(Presence, ["person_id"], [(one.person,) for one in others if one.stored_present])
    rows: list[Present] = [row for one in others for row in one.present]
    if rows:
        insert_rows(Presence, PRESENCE_COLUMNS, rows)


def _write_standings(differing: list[Difference]) -> None:
    """Write the standings of these people anew, of each only the competencies in which they differ."""
    rows: list[Computed] = []
    whole: list[int] = []
    parts: list[tuple[int, int]] = []
    for person, computed, stored, *_ in differing:
        if computed == stored:
            continue
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
        for _, computed, stored, present, stored_present in differences(batch, rules):
            yield from (names.line("missing", row) for row in computed if row not in stored)
            yield from (names.line("wrong", row) for row in stored if row not in computed)
            yield from (names.presence("missing", row) for row in present if row not in stored_present)
            yield from (names.presence("wrong", row) for row in stored_present if row not in present)
    yield from misplaced_teams()
    yield from counter_differences()


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
        return (
            f"{what}: {self._person(row.person)}"
            f" {self.competencies.get(row.competency, f'competency {row.competency}')}"
            f" from {row.from_on} until {_until(row.until_on)}: team {self.teams.get(row.team, row.team)},"
            f" required {row.required}, weight {row.weight}, level {row.level}, verified {row.verified},"
            f" {State(row.state).word}, result {row.result}"
        )

    def presence(self, what: str, row: Present) -> str:
        """Where somebody counts, and what is the matter with it."""
        return (
            f"{what}: {self._person(row.person)} in team {self.teams.get(row.team, row.team)}"
            f" from {row.from_on} until {_until(row.until_on)}, roles {row.roles.decode() or 'none'}"
        )

    def _person(self, pk: int) -> str:
        return Person.objects.filter(pk=pk).values_list("employee_id", flat=True).first() or f"person {pk}"


def _until(day: date) -> str:
    return "open" if day == OPEN else day.isoformat()
