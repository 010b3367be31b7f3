"""Setting Django up, in this process and in those that it starts. Nothing here needs it to be set up already."""

from __future__ import annotations

import os

import django

from tests import environment


def settle(address: str) -> None:
    """Have this process, and those that it starts, use a database, set up as on a developer's machine."""
    os.environ[environment.DATABASE] = address
    environment.settle(os.environ)
    os.environ["DJANGO_SETTINGS_MODULE"] = "aiskills.settings"
    django.setup()


def begin() -> None:
    """Begin in a process that another one has started."""
    django.setup()
