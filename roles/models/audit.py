"""The audit trail: what was changed, by whom and from where, in a chain that shows whatever is done to it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from roles.querysets import AuditEventQuerySet


class Surface(models.TextChoices):
    """The way by which a change came."""

    PAGE = "page", _("Page")
    CONSOLE = "console", _("Console")
    REST = "rest", _("REST")
    IMPORT = "import", _("Import")
    COMMAND = "command", _("Command")
    OTHER = "other", _("Other")


def digest(*parts: object) -> str:
    """SHA-256, in hexadecimal, of the parts as JSON in one fixed form."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class AuditEvent(models.Model):
    """One change, in its place in the chain. Written by `roles.audit`, never edited and never removed (guards.py).

    What may name people is not in the hash itself but stands behind a `seal`, a hash of it and of a random salt, so
    that it could be forgotten one day without breaking the chain.
    """

    #: What the seal stands for.
    SEALED: ClassVar[tuple[str, ...]] = ("actor", "origin", "subject", "before", "after")

    number = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("when"), db_index=True)
    #: What was done, as `result.recorded`.
    action = models.CharField(_("action"), max_length=60, db_index=True)
    surface = models.CharField(_("surface"), max_length=10, choices=Surface)
    request_id = models.CharField(max_length=64, blank=True)
    #: Who did it, by user name; empty where nobody was signed in, as in a command.
    actor = models.CharField(max_length=150, blank=True, db_index=True)
    #: From which address.
    origin = models.CharField(max_length=45, blank=True)
    #: What it was done to, by its code.
    subject = models.CharField(_("subject"), max_length=300, blank=True, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    salt = models.CharField(max_length=32)
    seal = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="audit_numbers_from_1"),
            models.CheckConstraint(condition=Q(surface__in=Surface.values), name="audit_known_surface"),
            models.UniqueConstraint(fields=["previous"], name="audit_never_forks"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.subject}"

    def seal_of_it(self) -> str:
        """What the seal has to be, by what stands behind it."""
        return digest(self.salt, {name: getattr(self, name) for name in self.SEALED})

    def hash_of_it(self) -> str:
        """What the hash has to be, by the event and the one before it."""
        instant = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return digest(self.previous, self.number, instant, self.action, self.surface, self.request_id, self.seal)


class AuditHead(models.Model):
    """The end of the chain, one row: how many events there are, and the hash of the last.

    Who adds an event holds this row until their transaction ends, so that of two writers the second goes on from what
    the first has added.
    """

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="audit_only_one_head")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


def plain(value: Any) -> Any:
    """A value as JSON can hold it: days and instants as ISO writes them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
