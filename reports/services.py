"""Keeping what is derived what the facts make it: standings, presence, and the counters of large teams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef

from roles.bulk import (
    InTurn,
    batches,
    column_types,
    delete_rows,
    insert_copied,
    insert_rows,
    read_ahead,
    read_by_index,
    worked_behind,
)
from roles.filling import filled_at_once
from roles.locks import hold_people, share_rules
from roles.models import Competency, Membership, Person, RoleAssignment, Team
from roles.processes import computed_beside, rarely_collected, shared_out
from roles.progress import report
from roles.reach import Reach

from .computing import Batch, differences
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
    fact_columns,
    facts_of,
    stored_columns,
    stored_presences,
    stored_standings,
)
from .models import CounterBlock, Presence, Standing
from .presence import Presence as Present
from .rewriting import FactColumns, Rewritten, Stored, Types, anew, rewritten
from .standings import OPEN, Rules, State
from .standings import Standing as Computed

PEOPLE_AT_A_TIME = 2_000
#: Of so many people another process saves more time than it takes to begin it.
PEOPLE_FOR_A_PROCESS = 10_000
#: Where more of everybody than this share changes, counters are built anew rather than changed.
ANEW = 0.2
#: For so many a planner finds rows by an index without being told to.
FEW_PEOPLE = 50


def refresh_after_change(*, people: frozenset[int] | None, reach: Reach | None = None, **_: Any) -> None:
    """Answer `facts_changed`: bring the standings of these people, or of everybody, up to date at once."""
    refresh_standings(people, reach=reach)


def refresh_standings(people: Collection[int] | None = None, *, reach: Reach | None = None) -> int:
    """Compute the standings of these people (None: of everybody) and write what differs from what is stored.

    With a `reach`, many people's are computed no further than that. Gives how many people's standings changed. A fixed
    number of queries for each 2,000 people. The people stay locked until the transaction ends, so that of two writers
    the second computes from what the first recorded.
    """
    changed, _ = _refresh(people, reach)
    return changed


@transaction.atomic
def rebuild() -> tuple[int, int]:
    """Compute everybody's standings, and all counters anew.

    Gives how many people's standings were not what they are now, and how many teams are counted.
    """
    changed, counted = _refresh(None, None)
    return changed, build() if counted is None else counted


@transaction.atomic
def _refresh(people: Collection[int] | None, reach: Reach | None) -> tuple[int, int | None]:
    """How many people's standings changed, and how many teams are counted if all counters were built anew."""
    share_rules()
    if people is None:
        people = {*Person.objects.values_list("pk", flat=True), *(() if reach else _nobody())}
    if len(people) <= PEOPLE_AT_A_TIME:
        return _refresh_few(sorted(people)), None
    with rarely_collected():
        return _refresh_many(people, reach)


def _refresh_few(people: list[int]) -> int:
    rules = current_rules(roles=_roles_of(people))
    share_counters()
    with read_by_index() if len(people) > FEW_PEOPLE else nullcontext():
        return _write(people, rules, tell=ledger.anything_counted())


def _refresh_many(people: Collection[int], reach: Reach | None) -> tuple[int, int | None]:
    """Bring counters up to date here as well, past the ledger; nobody else writes meanwhile."""
    if not _anything_stored():
        reach = None  # what it does not touch is not there either
    anew_from = Person.objects.count() * ANEW
    # In the order of people lies what is found by them, which is most of what is written where it is not written anew.
    chosen = _by_team(people) if len(people) > anew_from else sorted(people)
    rules = current_rules(competencies=reach.competencies if reach else None)
    hold_counters()
    counters = ManyChanges()
    with read_by_index():
        changed = _rewrite(chosen, rules, reach, counters, up_to=anew_from if ledger.anything_counted() else -1)
    if changed > anew_from:
        del counters  # what it keeps is not needed any more
        counted = build()
        _vacuum_after(Standing, Presence, CounterBlock, Membership, Person, RoleAssignment, Team)
        return changed, counted
    counters.apply()
    fold_all()
    if changed >= PEOPLE_FOR_A_PROCESS:
        _vacuum_after(Standing, CounterBlock)
    return changed, None


def _by_team(people: Collection[int]) -> list[int]:
    """These people in the order of teams, in which what is written of them is read again."""
    placed = Membership.objects.order_by("team__path", "person_id").values_list("person_id", flat=True)
    wanted = {*people}
    found = [person for person in dict.fromkeys(placed.iterator()) if person in wanted]
    return found + sorted(wanted.difference(found))


def _vacuum_after(*models: type[Model]) -> None:
    """Have these tables vacuumed once the transaction is committed.

    Only then can figures be read from the index alone. It cannot be done inside a transaction, and takes longer than a
    change of few people; after such the database does it by itself.
    """
    transaction.on_commit(partial(_vacuum, models), robust=True)


def _vacuum(models: Iterable[type[Model]]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in models:
                cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(model._meta.db_table)}")


def _rewrite(people: list[int], rules: Rules, reach: Reach | None, counters: ManyChanges, *, up_to: float) -> int:
    """Write what differs of many people; gives how many differ.

    What is known of some is read, and what is to be written of others is written, while two processes make it. Counters
    are told of people who differ until those are more than `up_to`: then counters are built anew.
    """
    stored = _anything_stored()
    types = None
    if connection.vendor == "postgresql":
        types = Types(column_types(Standing, STANDING_COLUMNS), column_types(Presence, PRESENCE_COLUMNS))
    changed = done = 0
    with ExitStack() as stack:
        if not stored:
            stack.enter_context(filled_at_once(Standing))
            stack.enter_context(filled_at_once(Presence))
        beside = stack.enter_context(computed_beside(worth_it=len(people) >= PEOPLE_FOR_A_PROCESS))
        behind = stack.enter_context(worked_behind())
        writes = InTurn(behind)
        reads = (partial(_held_columns, chunk, stored, reach) for chunk in batches(people, PEOPLE_AT_A_TIME))
        # How many have changed by then is asked as each is begun.
        calls = ((*known, rules, types, changed <= up_to) for known in read_ahead(reads, behind))
        for made in shared_out(rewritten, calls, beside):
            writes(partial(_write_rewritten, made))
            if made.counted:
                counters.add(made.counted)
            changed += made.people
            done += PEOPLE_AT_A_TIME
            report("Standings", min(done, len(people)), len(people))
        writes.wait()
    return changed


def _anything_stored() -> bool:
    return Standing.objects.exists() or Presence.objects.exists()


def _held_columns(people: list[int], stored: bool, reach: Reach | None) -> tuple[FactColumns, Stored | None]:
    """What is known of people, who stay as they are until the transaction ends."""
    hold_people(people)
    return fact_columns(people, reach), stored_columns(people, reach) if stored else None


def _write_rewritten(made: Rewritten) -> None:
    delete_rows(Standing, ["person_id", "competency_id", "from_on"], made.gone)
    delete_rows(Presence, ["person_id"], np.array([made.absent], np.int64))
    for model, columns, rows in (
        (Standing, STANDING_COLUMNS, made.standings),
        (Presence, PRESENCE_COLUMNS, made.presences),
    ):
        if isinstance(rows, bytes):
            insert_copied(model, columns, rows)
        elif rows:
            insert_rows(model, columns, rows)


def _write(people: list[int], rules: Rules, *, tell: bool) -> int:
    """Write what differs of a few people, and have counters told, where they are to be; gives how many differ."""
    hold_people(people)
    differing = differences(_gathered(people), rules)
    _write_rewritten(anew(differing))
    if tell:
        ledger.add(differing)
    return len(differing)


def _nobody() -> Iterable[int]:
    """The keys of people who have standings and do not exist."""
    for model in (Standing, Presence):
        # Not by NOT IN: of a million people PostgreSQL would compare each row with all of them.
        strays = model._default_manager.filter(~Exists(Person.objects.filter(pk=OuterRef("person_id")))).order_by()
        yield from strays.values_list("person_id", flat=True).distinct()


def _roles_of(people: Collection[int]) -> set[int]:
    return set(RoleAssignment.objects.filter(person__in=people).order_by().values_list("role_id", flat=True))


def _gathered(people: list[int]) -> Batch:
    return Batch(list(facts_of(people)), stored_standings(people), stored_presences(people))


def disagreements() -> Iterator[str]:
    """Where what is derived from the facts is not what the facts make it, one line for each difference."""
    rules = current_rules()
    names = _Names()
    everybody = {*Person.objects.values_list("pk", flat=True), *_nobody()}
    for done, people in enumerate(batches(sorted(everybody), PEOPLE_AT_A_TIME)):
        report("Standings", done * PEOPLE_AT_A_TIME, len(everybody))
        for one in differences(_gathered(people), rules):
            yield from (names.line("missing", row) for row in one.new)
            yield from (names.line("wrong", row) for row in one.gone)
            yield from (names.presence("missing", row) for row in one.present if row not in one.stored_present)
            yield from (names.presence("wrong", row) for row in one.stored_present if row not in one.present)
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
