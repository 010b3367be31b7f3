"""Files that were uploaded to be imported, what came of looking at them, and what came of importing them.

Work in progress, so none of it is told to the audit trail: that has the import itself, as one event. What the files say
is kept until they are imported, and for a week at most; what remains are names, sizes, digests and counts.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.querysets import ImportQuerySet
from roles.models import Job, JobState


class ImportState(models.TextChoices):
    """How far an import has come."""

    CHECKING = "checking", _("Being checked")
    BAD = "bad", _("Has bad rows")
    READY = "ready", _("Ready to be imported")
    COMMITTING = "committing", _("Being imported")
    COMMITTED = "committed", _("Imported")
    DISCARDED = "discarded", _("Discarded")
    FAILED = "failed", _("Failed")


class Import(models.Model):
    """Files that somebody sent together, to be imported together.

    A worker looks at them (`checking`), which leaves them `bad` or `ready`; when asked to, it imports them
    (`committing`), and nothing else than what it had seen before (`digest`).
    """

    #: States in which a worker has something to do.
    BUSY = frozenset({ImportState.CHECKING, ImportState.COMMITTING})
    #: States in which there is nothing to be done any more, and the files are gone.
    ENDED = frozenset({ImportState.COMMITTED, ImportState.DISCARDED})

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), db_index=True)
    #: What it is now is said by `stage`, which knows of work that has failed too.
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.CHECKING)
    #: What was asked for last.
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    #: Over every change that the import would make, in order; empty where it cannot be made.
    digest = models.CharField(max_length=64, blank=True)
    #: Whose figures it changes; None for everybody.
    people_touched = models.PositiveIntegerField(null=True)
    problems = models.PositiveIntegerField(_("problems"), default=0)
    #: Where the data have moved between the preview and the import: what differs, row by row, up to a hundred of them.
    moved = models.JSONField(default=list)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("ended by")
    )
    #: The number of its event in the audit trail; None where it changed nothing.
    event = models.BigIntegerField(_("event"), null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_known_state"),
            models.CheckConstraint(
                condition=~Q(state=ImportState.COMMITTED) | Q(ended_at__isnull=False), name="import_committed_at"
            ),
        ]

    def __str__(self) -> str:
        return _("Import %(number)s") % {"number": self.pk}

    @property
    def stage(self) -> ImportState:
        """Its state, or that it has failed: then nobody is at it any more and it can be checked again."""
        state = ImportState(self.state)
        if state in self.BUSY and (self.job is None or self.job.state in {JobState.FAILED, JobState.REFUSED}):
            return ImportState.FAILED
        return state

    @property
    def busy(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.stage in self.BUSY

    @property
    def ended(self) -> bool:
        """Whether its files are gone."""
        return self.state in self.ENDED


class ImportFile(models.Model):
    """One file of an import, named as the importer knows it (contract, section 4)."""

    upload = models.ForeignKey(Import, models.CASCADE, related_name="files")
    name = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    #: What it would add, change and leave as it is, or has; None while nobody has looked.
    added = models.PositiveIntegerField(null=True)
    changed = models.PositiveIntegerField(null=True)
    unchanged = models.PositiveIntegerField(null=True)
    problems = models.PositiveIntegerField(default=0)
    #: The header of the file itself, as far as rows of it have to be mended.
    header = models.JSONField(default=list)
    #: The columns of its changes, of which the leading `key` name a row.
    columns = models.JSONField(default=list)
    key = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["upload", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "name"], name="import_file_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def changes(self) -> int:
        """How many rows it adds or changes."""
        return (self.added or 0) + (self.changed or 0)


class FilePart(models.Model):
    """A part of what a file holds. In parts, no process ever has the whole file in memory."""

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["file", "number"]
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="file_part_once")]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.number}"


class MendedRow(models.Model):
    """What stands in place of a line of a file: its cells in the order of the header, or None where it is gone."""

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="mended", db_index=False)
    line = models.PositiveIntegerField()
    cells: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        ordering = ["file", "line"]
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="mended_row_once")]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.line}"


class BadRow(models.Model):
    """A row that cannot be imported, or without a line a whole file, and why.

    `said` has the column (None: the whole row) and the message of each problem; `cells` what stands in the row, None
    where it cannot be mended by itself, such as a header or what is no CSV.
    """

    upload = models.ForeignKey(Import, models.CASCADE, related_name="bad_rows", db_index=False)
    file = models.ForeignKey(ImportFile, models.CASCADE, null=True, related_name="bad_rows")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(null=True)
    said = models.JSONField()
    cells: models.JSONField[Any, Any] = models.JSONField(null=True)

    class Meta:
        ordering = ["upload", "number"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="bad_row_once"),
            models.CheckConstraint(
                condition=Q(cells__isnull=True) | Q(file__isnull=False, line__isnull=False),
                name="bad_row_with_cells_has_a_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}: {self.number}"


class ChangePage(models.Model):
    """Some changes that a file would make, in their order (assessments/importing/watching.py)."""

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["file", "number"]
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="change_page_once")]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.number}"
