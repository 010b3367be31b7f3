"""Changes somebody's password: Django's own command, recorded as every other way of setting one."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from roles.management.recorded import RecordedCommand
from roles.trail import one_event


class Command(RecordedCommand, changepassword.Command):
    """What Django's own does."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        with one_event("user.password_set"):
            return super().handle(*args, **options)
