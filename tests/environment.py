"""Settles the environment before Django reads it: a pytest plugin, loaded by `-p tests.environment` (pyproject.toml).

pytest-django reads the settings before any conftest.py is read, so this acts as soon as pytest has the plugin.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

#: Where tests.run writes the address of the database to use; without it, tests run on SQLite.
DATABASE = "TESTS_DATABASE_URL"
#: Where the path of the browser to use is kept for tests/browser, once AISKILLS_TEST_CHROMIUM is taken away.
CHROMIUM = "TESTS_CHROMIUM"


def settle(environ: MutableMapping[str, str]) -> None:
    """Let nothing that a developer's shell happens to hold decide how tests run.

    Tests run by the rules of a developer's machine; production's have tests of their own, in processes of their own.
    """
    if environ.get("AISKILLS_TEST_CHROMIUM"):
        environ[CHROMIUM] = environ["AISKILLS_TEST_CHROMIUM"]
    for name in [name for name in environ if name.startswith("AISKILLS_")]:
        del environ[name]
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        environ.pop(name, None)
    environ["AISKILLS_DEBUG"] = "true"
    if environ.get(DATABASE):
        environ["DATABASE_URL"] = environ[DATABASE]


def pytest_addoption() -> None:
    """Act: of all hooks, pytest calls this one first."""
    settle(os.environ)


def pytest_report_header() -> str:
    from django.db import connection  # noqa: PLC0415  (this module comes before Django is set up)

    return f"database: {connection.display_name}"
