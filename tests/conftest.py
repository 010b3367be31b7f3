"""What tests of every room share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.test import override_settings
from django.utils import translation
from django.utils.timezone import now

from roles import guards
from roles.shipped import load_shipped_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.operations import BaseDatabaseOperations

    from roles.shipped import LoadReport


@pytest.fixture(scope="session", autouse=True)
def fast_passwords() -> Iterator[None]:
    """Hash passwords quickly: slow on purpose is for production, and tests sign in often."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """Begin in English, whatever language the request of an earlier test has left behind."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test database in a file, as users have it: in memory there is no WAL and no waiting for a lock."""
    if connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Let a flush between tests delete what SQLite's guards protect; they are back in place right after it."""
    flush = SQLite.ops_class.execute_sql_flush

    def flush_without_guards(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        guards.lift(using=self.connection.alias)
        flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLite.ops_class, "execute_sql_flush", flush_without_guards)
        yield


@pytest.fixture
def matrix(db: None) -> LoadReport:
    """The shipped matrix, loaded."""
    return load_shipped_matrix(folder=settings.BASE_DIR / "fixtures" / "matrix", at=now())
