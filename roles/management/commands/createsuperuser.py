"""Adds an administrator: Django's own command, with the audit trail told that a command did it, and who ran it."""

from django.contrib.auth.management.commands import createsuperuser

from roles.management.recorded import RecordedCommand


class Command(RecordedCommand, createsuperuser.Command):
    """What Django's own does."""
