"""The import of an organisation's files: all of it, or nothing and every bad row named (contract, section 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.db import DataError, IntegrityError

from roles.acting import acting
from roles.facts import announce, announced_together
from roles.models import Competency, Person, Role, RoleFamily, Surface, Team
from roles.processes import rarely_collected
from roles.trail import one_event

from .matrix import MatrixTable
from .memberships import membership_table
from .organisation import SettingTable
from .problems import NAMED_AT_MOST, ImportRefused, Problems, shown
from .results import ResultTable
from .sources import CHUNK, Mends, Source
from .tables import (
    Context,
    Outcome,
    assignment_table,
    competency_table,
    exemption_table,
    manager_table,
    person_table,
    role_table,
)
from .tree import TeamTable
from .watching import Watch


class Table(Protocol):
    """Whatever takes one file."""

    def take(self, source: Source, context: Context) -> Outcome: ...


#: The files in the order in which one may refer to what another defines.
TABLES: dict[str, Callable[[Context, datetime], Table]] = {
    "roles": lambda context, _: role_table(context),
    "competencies": lambda context, _: competency_table(context),
    "matrix": MatrixTable,
    "teams": lambda _context, _at: TeamTable(),
    "people": lambda context, _: person_table(context),
    "memberships": lambda context, _: membership_table(context),
    "assignments": lambda context, _: assignment_table(context),
    "exemptions": lambda context, _: exemption_table(context),
    "results": ResultTable,
    "managers": lambda context, _: manager_table(context),
    "organisation": lambda context, _: SettingTable(context),
}

ENDINGS = (".csv", ".xlsx")


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or with a dry run would do; `ignored` are files whose names it does not know.

    `people_touched` is None for everybody; `noted` says whether there is an event of it, which there is not of nothing.
    """

    outcomes: list[Outcome]
    people_touched: int | None
    ignored: list[str]
    noted: bool = False


@dataclass(frozen=True)
class Wish:
    """How an import is done. `mends` has what stands in place of lines, by the names of the files.

    A `watch` is told of every row that is added or changed, and decides at the end whether all of it may be written.
    `called` is what is said in place of the folder's name.
    """

    watch: Watch | None = None
    mends: Mapping[str, Mends] = field(default_factory=dict)
    problems_named: int = NAMED_AT_MOST
    called: str = ""


PLAIN = Wish()


class _DryRunEnds(Exception):
    """Takes back what a dry run wrote."""


@rarely_collected()
def import_organisation(folder: Path, *, at: datetime, dry_run: bool = False, wish: Wish = PLAIN) -> ImportReport:
    """Import the files of a folder, recorded as of the instant `at`; standings included.

    Raises ImportRefused, with everything that is wrong, or DataMoved, if the wish's watch expects something else; then
    nothing is written.
    """
    context = Context(Problems(wish.problems_named), watch=wish.watch)
    sources, ignored = _sources(folder, wish.mends, context)
    outcomes: list[Outcome] = []
    try:
        with acting(surface=Surface.IMPORT), one_event("organisation.imported") as told, announced_together():
            context.told = told
            _know_what_stands(context)
            outcomes.extend(
                table(context, at).take(sources[name], context) for name, table in TABLES.items() if name in sources
            )
            _refuse_problems(context, outcomes)
            if dry_run:
                raise _DryRunEnds
            if wish.watch is not None:
                wish.watch.check()
            if told:
                told.facts["files"] = {outcome.file: _in_short(outcome, sources) for outcome in outcomes}
            if context.everyone_touched:
                announce(None)
            elif context.touched:
                announce(context.touched)
    except _DryRunEnds:
        pass
    except (IntegrityError, DataError) as error:
        # What the checks above let through the database has refused: nothing is written, and the reason is told.
        words = f"the database refused the files: {str(error).splitlines()[0]}"
        context.problems.add(wish.called or str(folder), None, None, words)
        raise ImportRefused(context.problems, outcomes) from error
    return ImportReport(outcomes, None if context.everyone_touched else len(context.touched), ignored, bool(told))


def _sources(folder: Path, mends: Mapping[str, Mends], context: Context) -> tuple[dict[str, Source], list[str]]:
    """The files to import by the name of their table, and the others."""
    if not folder.is_dir():
        context.problems.add(str(folder), None, None, "there is no such folder")
        raise ImportRefused(context.problems)
    sources: dict[str, Source] = {}
    ignored = []
    for path in sorted(folder.iterdir()):
        if path.stem not in TABLES or path.suffix not in ENDINGS or not path.is_file():
            ignored.append(path.name if path.name.isprintable() else shown(path.name))
        elif path.stem in sources:
            context.problems.add(
                path.name, None, None, f"stands beside {sources[path.stem].name}; leave only one of the two"
            )
        else:
            sources[path.stem] = Source(path, mends.get(path.name))
    if not sources and not context.problems:
        expected = ", ".join(f"{name}.csv" for name in TABLES)
        context.problems.add(
            str(folder), None, None, f"holds no file to import; known are {expected}, each also as .xlsx"
        )
    _refuse_problems(context)
    return sources, ignored


def _in_short(outcome: Outcome, sources: dict[str, Source]) -> dict[str, int | str]:
    """What the event of the import says of a file."""
    digest = hashlib.sha256()
    with sources[Path(outcome.file).stem].path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    counts = {"added": outcome.added, "changed": outcome.changed, "unchanged": outcome.unchanged}
    mended = sources[Path(outcome.file).stem].mends
    return {"sha256": digest.hexdigest(), **counts, **({"rows_mended": len(mended)} if mended else {})}


def _know_what_stands(context: Context) -> None:
    context.families.update(RoleFamily.objects.values_list("code", "pk"))
    context.roles.update(Role.objects.values_list("code", "pk"))
    context.competencies.update(Competency.objects.values_list("code", "pk"))
    context.teams.update(Team.objects.order_by().values_list("code", "pk"))
    context.people.update(Person.objects.order_by().values_list("employee_id", "pk"))


def _refuse_problems(context: Context, outcomes: Sequence[Outcome] = ()) -> None:
    if context.problems:
        raise ImportRefused(context.problems, outcomes)
