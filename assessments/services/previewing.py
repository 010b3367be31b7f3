"""What a worker does with uploaded files: look at what importing them would do, and import just that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, NamedTuple

from django.utils.translation import override

from assessments.importing.importer import ImportReport, Wish, import_organisation
from assessments.importing.problems import ImportRefused, Problem
from assessments.importing.sources import Mends, Source
from assessments.importing.tables import Outcome
from assessments.importing.watching import Change, DataMoved, Watch, changes_of_page
from assessments.models import BadRow, ChangePage, FilePart, Import, ImportFile, ImportState, MendedRow
from roles.models import AuditHead, User

from .uploads import forget_contents

#: So many problems are kept with their words; the others are counted.
PROBLEMS_KEPT = 20_000
#: So many rows are told of, where the data have moved since the preview.
MOVED_TOLD = 100
_ROWS_AT_A_TIME = 500


class Found(NamedTuple):
    """What importing the files would do, or has done; `people` is None for everybody."""

    outcomes: list[Outcome]
    watch: Watch
    problems: list[Problem]
    problem_count: int
    people: int | None

    @property
    def totals(self) -> dict[str, int]:
        """How many rows of all files would be added, changed and left as they are, and how many problems there are."""
        counts = {name: sum(getattr(one, name) for one in self.outcomes) for name in ("added", "changed", "unchanged")}
        return {**counts, "problems": self.problem_count}


def look(*, upload: Import, at: datetime) -> dict[str, int]:
    """Write down what importing the files would do; gives its totals. The caller holds the import."""
    with _folder(upload) as folder, TemporaryFile() as file:
        found = _tried(upload, folder, Watch(file), at=at)
        _write_down(upload, folder, found)
    return found.totals


def carry_out(*, upload: Import, by: User | None, at: datetime, ended_at: datetime) -> dict[str, Any]:
    """Import the files, recorded as of `at`; gives the totals. The caller holds the import, in a transaction.

    If the data have moved, so that it would not do what was previewed, nothing is imported: what it would do now takes
    the place of the preview, with what differs.
    """
    with _folder(upload) as folder, TemporaryFile() as file:
        watch = Watch(file, expected=upload.digest)
        try:
            report = import_organisation(folder, at=at, wish=_wish(upload, watch))
        except (DataMoved, ImportRefused):
            found = _look_again(upload, folder, at=at)
            return {**found.totals, "moved": True}
    _end(upload, report, by=by, ended_at=ended_at)
    return Found(report.outcomes, watch, [], 0, report.people_touched).totals


def _look_again(upload: Import, folder: Path, *, at: datetime) -> Found:
    with TemporaryFile() as file:
        found = _tried(upload, folder, Watch(file), at=at)
        upload.moved = list(_moved(upload, found.watch))
        _write_down(upload, folder, found)
    return found


def _tried(upload: Import, folder: Path, watch: Watch, *, at: datetime) -> Found:
    """What a dry run finds."""
    try:
        report = import_organisation(folder, at=at, dry_run=True, wish=_wish(upload, watch))
    except ImportRefused as refused:
        watch.finish()
        return Found(refused.outcomes, watch, refused.found, refused.count, 0)
    watch.finish()
    return Found(report.outcomes, watch, [], 0, report.people_touched)


def _wish(upload: Import, watch: Watch) -> Wish:
    with override("en"):  # In the language of all that the importer says.
        called = str(upload)
    return Wish(watch=watch, mends=_mends(upload), problems_named=PROBLEMS_KEPT, called=called)


def _mends(upload: Import) -> dict[str, Mends]:
    mends: dict[str, dict[int, list[str] | None]] = {}
    rows = MendedRow.objects.filter(file__upload=upload).order_by("file", "line")
    for name, line, cells in rows.values_list("file__name", "line", "cells"):
        mends.setdefault(name, {})[line] = cells
    return {**mends}


@contextmanager
def _folder(upload: Import) -> Iterator[Path]:
    """A folder with the files in it, as they were uploaded."""
    with TemporaryDirectory(prefix="aiskills-import-") as name:
        folder = Path(name)
        for file in upload.files.all():
            with (folder / file.name).open("wb") as copy:
                parts = FilePart.objects.filter(file=file).order_by("number")
                copy.writelines(bytes(part) for part in parts.values_list("content", flat=True).iterator(chunk_size=1))
        yield folder


def _write_down(upload: Import, folder: Path, found: Found) -> None:
    digest = found.watch.finish()
    files = {file.name: file for file in upload.files.all()}
    ChangePage.objects.filter(file__upload=upload).delete()
    BadRow.objects.filter(upload=upload).delete()
    _write_bad_rows(upload, files, folder, found.problems)
    outcomes = {outcome.file: outcome for outcome in found.outcomes}
    for file in files.values():
        _write_outcome(file, outcomes.get(file.name), found)
    upload.state = ImportState.BAD if found.problem_count else ImportState.READY
    upload.digest = "" if found.problem_count else digest
    upload.problems, upload.people_touched = found.problem_count, found.people
    upload.save()


def _write_outcome(file: ImportFile, outcome: Outcome | None, found: Found) -> None:
    if outcome is not None:
        file.added, file.changed, file.unchanged = outcome.added, outcome.changed, outcome.unchanged
    file.problems = sum(problem.file == file.name for problem in found.problems)
    if file.name in found.watch.files:
        kept = found.watch.files[file.name]
        file.columns, file.key = kept.columns, kept.key
        pages = (ChangePage(file=file, number=number, content=page) for number, page in _numbered(found.watch, file))
        ChangePage.objects.bulk_create(pages, batch_size=_ROWS_AT_A_TIME)
    file.save()


def _numbered(watch: Watch, file: ImportFile) -> Iterable[tuple[int, bytes]]:
    return enumerate(watch.pages(file.name), start=1)


def _write_bad_rows(upload: Import, files: dict[str, ImportFile], folder: Path, problems: list[Problem]) -> None:
    """Write what is wrong, row by row in the order of the files and lines, with what stands there."""
    said: dict[tuple[str, int | None], list[tuple[str | None, str]]] = {}
    for problem in problems:
        said.setdefault((problem.file, problem.line), []).append((problem.column, problem.message))
    mends = _mends(upload)
    cells: dict[tuple[str, int | None], list[str]] = {}
    for name in {name for name, _ in said} & {*files}:
        wanted = {line for of, line in said if of == name and line is not None}
        files[name].header, found = Source(folder / name, mends.get(name)).lines(wanted)
        cells.update({(name, line): row for line, row in found.items()})
    rows = (
        BadRow(upload=upload, file=files.get(key[0]), number=number, line=key[1], said=said[key], cells=cells.get(key))
        for number, key in enumerate(sorted(said, key=_place), start=1)
    )
    BadRow.objects.bulk_create(rows, batch_size=_ROWS_AT_A_TIME)


def _place(row: tuple[str, int | None]) -> tuple[str, int]:
    return row[0], row[1] or 0


def _moved(upload: Import, watch: Watch) -> Iterator[dict[str, Any]]:
    """The rows that an import would change otherwise than it was previewed, the first of them, file by file."""
    told = 0
    for file in upload.files.all():
        pages = file.pages.order_by("number").values_list("content", flat=True).iterator(chunk_size=10)
        pages_now = watch.pages(file.name) if file.name in watch.files else ()
        for line, was, now in _differing(_by_line(map(bytes, pages)), _by_line(pages_now)):
            yield {"file": file.name, "line": line, "columns": file.columns, "previewed": was, "now": now}
            told += 1
            if told == MOVED_TOLD:
                return


def _by_line(pages: Iterable[bytes]) -> Iterator[Change]:
    for page in pages:
        yield from changes_of_page(page)


def _differing(before: Iterator[Change], after: Iterator[Change]) -> Iterator[tuple[int, Change | None, Change | None]]:
    """The lines in which the two differ, both being in the order of their lines."""
    was, now = next(before, None), next(after, None)
    while was is not None or now is not None:
        line = min(change.line for change in (was, now) if change is not None)
        one = was if was is not None and was.line == line else None
        other = now if now is not None and now.line == line else None
        if one != other:
            yield line, one, other
        was = next(before, None) if one is not None else was
        now = next(after, None) if other is not None else now


def _end(upload: Import, report: ImportReport, *, by: User | None, ended_at: datetime) -> None:
    forget_contents(upload)
    upload.state, upload.ended_at, upload.ended_by = ImportState.COMMITTED, ended_at, by
    # Its event is the last one: the chain is held until the transaction ends.
    upload.event = AuditHead.objects.get(pk=1).number if report.noted else None
    upload.save()
