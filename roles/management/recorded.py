"""Commands whose changes are recorded as made by a command, and by whom."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from roles.acting import acting, system_user
from roles.models import Surface


class RecordedCommand(BaseCommand):
    """A command that changes facts: the audit trail says that a command did, and which user of the system ran it."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with acting(surface=Surface.COMMAND, actor=system_user()):
            return super().execute(*args, **options)
