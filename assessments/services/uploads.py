"""Uploading files to be imported, mending their bad rows, asking for the import, and forgetting what they said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

from assessments.importing.mending import Mendable, mended_rows, text_to_mend
from assessments.importing.problems import ImportRefused
from assessments.importing.unpacking import Content, Room, Sent, UploadRefused, bad_rows_of, contents
from assessments.importing.watching import Change, changes_of_page
from assessments.models import BadRow, ChangePage, FilePart, Import, ImportFile, ImportState, MendedRow
from roles.identity import Identity
from roles.jobs import ask
from roles.models import User

PREVIEW, COMMIT = "preview_import", "commit_import"
#: No name is longer, in bytes.
OVERLAP = 4_096


class NotNow(Exception):
    """What was asked of an import cannot be done as it stands now; nothing was changed. The message says why."""


@transaction.atomic
def upload_import(*, files: Sequence[Sent], by: User, at: datetime) -> Import:
    """Keep the files, and have a worker look at what importing them would do.

    Raises UploadRefused, and keeps nothing.
    """
    discard_old_imports(at=at)
    upload = Import.objects.create(uploaded_by=by, uploaded_at=at)
    for content in contents(files):
        _keep(upload, content)
    return _asked(upload, PREVIEW, ImportState.CHECKING, by=by, at=at)


@transaction.atomic
def mend_import(*, upload: Import, files: Sequence[Sent], by: User, at: datetime) -> Import:
    """Put mended rows in place of bad ones, and whole files in place of those of the same table; then look again.

    Rows are mended by a file that is named as it was downloaded, such as `results-bad-rows.csv`. Raises UploadRefused
    or NotNow, and changes nothing.
    """
    held = _held(upload, {ImportState.BAD, ImportState.READY, ImportState.FAILED})
    rows = [(one, named) for one in files if (named := bad_rows_of(one.name or ""))]
    for one, (table, ending) in rows:
        _mend(held, table, ending, one)
    whole = [one for one in files if not bad_rows_of(one.name or "")]
    if whole or not rows:
        for content in contents(whole):
            held.files.filter(name__in=[f"{Path(content.name).stem}{ending}" for ending in (".csv", ".xlsx")]).delete()
            _keep(held, content)
    return _asked(held, PREVIEW, ImportState.CHECKING, by=by, at=at)


@transaction.atomic
def preview_import(*, upload: Import, by: User, at: datetime) -> Import:
    """Have a worker look at it anew; NotNow where there is nothing to look at, or somebody is at it."""
    held = _held(upload, {ImportState.BAD, ImportState.READY, ImportState.FAILED})
    return _asked(held, PREVIEW, ImportState.CHECKING, by=by, at=at)


@transaction.atomic
def commit_import(*, upload: Import, by: User, at: datetime, digest: str = "") -> Import:
    """Have a worker import what was previewed. Raises NotNow where that cannot be.

    With a `digest`, that of the preview that somebody has seen, only if it is still the last one.
    """
    held = _held(upload, {ImportState.READY})
    if digest and digest != held.digest:
        raise NotNow(_("It has been previewed again since you saw it. Look at it once more, then import it."))
    return _asked(held, COMMIT, ImportState.COMMITTING, by=by, at=at)


@transaction.atomic
def discard_import(*, upload: Import, by: User | None, at: datetime) -> None:
    """Give it up: what the files say is forgotten, what they were called is kept. NotNow while somebody is at it."""
    held = _held(upload, {ImportState.BAD, ImportState.READY, ImportState.FAILED})
    _discard([held], by=by, at=at)


@transaction.atomic
def discard_old_imports(*, at: datetime) -> int:
    """Forget what files say that nobody has imported within the days that they are kept; gives how many imports."""
    old = Import.objects.open().filter(uploaded_at__lt=at - settings.IMPORT_KEPT)
    return _discard(_locked(old), by=None, at=at)


@transaction.atomic
def discard_uploads_naming(names: Callable[[str], bool], *, at: datetime) -> int:
    """Forget the files of every import that name somebody, as the function says of a text; gives how many imports.

    Spreadsheets are forgotten unread, since what they say is packed. Waits for a worker that is at one of them.
    """
    naming = [one for one in _locked(Import.objects.open()) if _names(one, names)]
    return _discard(naming, by=None, at=at)


def forget_erased(*, identity: Identity, at: datetime, **_: Any) -> None:
    """Answer `person_erased`: forget the uploaded files that name the person."""
    discard_uploads_naming(identity.is_in, at=at)


def held_uploads(*, identity: Identity, **_: Any) -> dict[str, list[dict[str, Any]]]:
    """Answer `person_asked`: the imports whose files name the person, by number; spreadsheets are not looked into."""
    naming = [one.pk for one in Import.objects.open().order_by("pk") if any(map(identity.is_in, _kept_texts(one)))]
    return {"uploaded files": [{"import": number} for number in naming]} if naming else {}


def forget_contents(upload: Import) -> None:
    """Forget what its files say: all but their names, sizes, digests and counts."""
    of_a_file = {"file__upload": upload}
    for model in (FilePart, ChangePage, MendedRow):
        model.objects.filter(**of_a_file).delete()
    BadRow.objects.filter(upload=upload).delete()
    upload.moved = []


def extra_cells(file: ImportFile) -> int:
    """How many cells the longest bad row of the file has beyond its header."""
    widths = (len(cells) for cells in file.bad_rows.filter(cells__isnull=False).values_list("cells", flat=True))
    return max(0, max(widths, default=0) - len(file.header))


def file_to_mend(file: ImportFile) -> Iterator[str]:
    """The bad rows of a file as CSV, piece by piece, to be mended and sent back (assessments/importing/mending.py)."""
    rows = file.bad_rows.filter(cells__isnull=False).order_by("line").values_list("line", "said", "cells")
    mendable = (
        Mendable(line, "; ".join(": ".join(filter(None, one)) for one in said), cells)
        for line, said, cells in rows.iterator(chunk_size=500)
        if line is not None
    )
    return text_to_mend(file.header, mendable, extra=extra_cells(file))


def _held(upload: Import, stages: Collection[ImportState]) -> Import:
    """The import, held until the transaction ends; NotNow unless it is at one of these stages."""
    # A worker that is at it holds it for as long as that takes: who asks meanwhile is not to wait.
    for rows in (Import.objects.all(), Import.objects.select_for_update(of=("self",))):
        found: Import = rows.select_related("job").get(pk=upload.pk)
        if found.stage not in stages:
            raise NotNow(_refusal(found.stage))
    return found


def _refusal(stage: ImportState) -> str:
    return {
        ImportState.CHECKING: _("It is being checked. Wait until that is done."),
        ImportState.COMMITTING: _("It is being imported already."),
        ImportState.COMMITTED: _("It has been imported already."),
        ImportState.DISCARDED: _("It has been discarded, and its files are gone. Upload them again."),
        ImportState.BAD: _("It has bad rows. Mend them first."),
        ImportState.FAILED: _("It has not been checked to the end. Preview it again first."),
    }[stage]


def _asked(upload: Import, kind: str, state: ImportState, *, by: User, at: datetime) -> Import:
    upload.state = state
    upload.job = ask(kind, by=by, at=at, upload=upload.pk)
    upload.save()
    return upload


def _keep(upload: Import, content: Content) -> None:
    """Keep a file, part by part."""
    file = ImportFile.objects.create(upload=upload, name=content.name, size=0, sha256="")
    digest = hashlib.sha256()
    for number, chunk in enumerate(content.chunks):
        FilePart.objects.create(file=file, number=number, content=chunk)
        digest.update(chunk)
        file.size += len(chunk)
    file.sha256 = digest.hexdigest()
    file.save()


def _mend(upload: Import, table: str, ending: str, sent: Sent) -> None:
    file = upload.files.filter(name__in=[f"{table}.csv", f"{table}.xlsx"]).first()
    lines = _mendable_lines(file) if file else set()
    if file is None or not lines:
        raise UploadRefused(_("There is no bad row in %(table)s to be mended.") % {"table": table})
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{table}-bad-rows{ending}"
        with path.open("wb") as copy:
            copy.writelines(Room().through(sent.chunks()))
        try:
            mended = mended_rows(path, file.header, extra=extra_cells(file), lines=lines)
        except ImportRefused as refused:
            raise UploadRefused(*refused.problems) from None
    rows = [MendedRow(file=file, line=line, cells=cells) for line, cells in mended.items()]
    MendedRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["file", "line"], update_fields=["cells"], batch_size=1_000
    )


def _mendable_lines(file: ImportFile) -> set[int]:
    """The lines of bad rows, and of those that have been mended before: the same file may be sent twice."""
    bad = file.bad_rows.filter(cells__isnull=False).values_list("line", flat=True)
    return {line for line in (*bad, *file.mended.values_list("line", flat=True)) if line is not None}


def _discard(uploads: Iterable[Import], *, by: User | None, at: datetime) -> int:
    count = 0
    for count, upload in enumerate(uploads, start=1):  # noqa: B007 - the number of the last one is how many
        forget_contents(upload)
        upload.state, upload.ended_at, upload.ended_by, upload.digest = ImportState.DISCARDED, at, by, ""
        upload.save()
    return count


def _locked(uploads: models.QuerySet[Import]) -> list[Import]:
    """Those of them that are still open once nobody else is at one."""
    keys = [one.pk for one in uploads.order_by("pk").select_for_update()]
    return list(Import.objects.open().filter(pk__in=keys).order_by("pk"))


def _names(upload: Import, names: Callable[[str], bool]) -> bool:
    return upload.files.filter(name__endswith=".xlsx").exists() or any(map(names, _kept_texts(upload)))


def _kept_texts(upload: Import) -> Iterator[str]:
    """All that is kept of the files, piece by piece; each begins with the end of the one before."""
    for file in upload.files.all():
        before = b""
        for part in file.parts.values_list("content", flat=True).iterator(chunk_size=1):
            yield (before + bytes(part)).decode(errors="replace")
            before = bytes(part)[-OVERLAP:]
        for page in file.pages.values_list("content", flat=True).iterator(chunk_size=10):
            yield " ".join(cell for change in changes_of_page(bytes(page)) for cell in _cells(change))
    mended = MendedRow.objects.filter(file__upload=upload).values_list("cells", flat=True)
    for kept in [*mended, *upload.bad_rows.values_list("cells", "said"), upload.moved]:
        yield json.dumps(kept, ensure_ascii=False)


def _cells(change: Change) -> Iterator[str]:
    yield from change.before or ()
    yield from change.after
