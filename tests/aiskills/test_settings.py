"""Settings read the environment strictly. Each starts in a process of its own, as an installation does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "AISKILLS_SECRET_KEY": "a-long-text-that-somebody-drew-at-random-and-keeps-to-himself",
    "AISKILLS_ALLOWED_HOSTS": "skills.example.org",
}
SHOW = """
import json
from aiskills import settings
print(json.dumps({name: value for name, value in vars(settings).items() if name.isupper()}, default=str))
"""


def start(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings with nothing in the environment but this and what Python itself needs."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AISKILLS_", "DATABASE_URL"))}
    command = [sys.executable, "-W", "error", "-c", SHOW]
    return subprocess.run(command, cwd=ROOT, env={**ours, **environ}, capture_output=True, text=True, check=False)


def settings(**environ: str) -> dict[str, Any]:
    process = start(environ)
    assert process.returncode == 0, process.stderr
    shown: dict[str, Any] = json.loads(process.stdout)
    return shown


def refusal(**environ: str) -> str:
    """The last line of what a start that is refused says."""
    process = start(environ)
    assert process.returncode != 0, "it started"
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: "), process.stderr
    return last.partition(": ")[2]


def database(url: str) -> dict[str, Any]:
    found: dict[str, Any] = settings(AISKILLS_DEBUG="true", DATABASE_URL=url)["DATABASES"]["default"]
    return found


# Starting


def test_production_is_the_default_and_is_strict_with_browsers():
    shown = settings(**PRODUCTION)
    assert shown["DEBUG"] is False
    assert shown["ALLOWED_HOSTS"] == ["skills.example.org"]
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"):
        assert shown[name], name
    assert "SECURE_PROXY_SSL_HEADER" not in shown


def test_a_developer_needs_to_set_nothing_else():
    shown = settings(AISKILLS_DEBUG="true")
    assert shown["DEBUG"] is True
    assert len(shown["SECRET_KEY"]) >= 50
    assert shown["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert "SESSION_COOKIE_SECURE" not in shown


@pytest.mark.parametrize("missing", PRODUCTION)
@pytest.mark.parametrize("debug", [{}, {"AISKILLS_DEBUG": ""}, {"AISKILLS_DEBUG": "false"}], ids=str)
def test_production_does_not_start_without(missing: str, debug: dict[str, str]):
    rest = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert refusal(**rest, **debug).startswith(f"{missing} is not set.")


def test_an_empty_value_is_a_missing_one():
    assert "AISKILLS_SECRET_KEY is not set" in refusal(**{**PRODUCTION, "AISKILLS_SECRET_KEY": ""})
    assert "AISKILLS_ALLOWED_HOSTS is not set" in refusal(**{**PRODUCTION, "AISKILLS_ALLOWED_HOSTS": " , "})


# Values


@pytest.mark.parametrize("name", ["AISKILLS_DEBUG", "AISKILLS_TRUST_PROXY", "AISKILLS_UNPREPARED", "AISKILLS_POOLED"])
@pytest.mark.parametrize("value", ["yes", "on", "2", "tru"])
def test_a_flag_that_is_not_clear_is_refused(name: str, value: str):
    assert refusal(**PRODUCTION, **{name: value}) == f"{name} is {value!r}: set it to 'true' or 'false'."


def test_a_proxy_is_trusted_only_if_that_is_said():
    shown = settings(**PRODUCTION, AISKILLS_TRUST_PROXY="true")
    assert shown["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


@pytest.mark.parametrize(("value", "prepared"), [("", True), ("false", True), ("true", False)])
def test_statements_are_prepared_unless_a_pooler_forbids_it(value: str, prepared: bool):
    assert settings(**PRODUCTION, AISKILLS_UNPREPARED=value)["PREPARED_STATEMENTS"] is prepared


def test_hosts_are_a_list_with_commas():
    shown = settings(**{**PRODUCTION, "AISKILLS_ALLOWED_HOSTS": "a.example.org, b.example.org,"})
    assert shown["ALLOWED_HOSTS"] == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize("hosts", ["*", "https://skills.example.org", "a.example.org b.example.org"])
def test_a_host_that_is_none_is_refused(hosts: str):
    assert "AISKILLS_ALLOWED_HOSTS" in refusal(**{**PRODUCTION, "AISKILLS_ALLOWED_HOSTS": hosts})


@pytest.mark.parametrize(("value", "least"), [("", 5), ("1", 1), (" 12 ", 12)])
def test_the_smallest_group_that_has_an_average_can_be_chosen(value: str, least: int):
    assert settings(AISKILLS_DEBUG="true", AISKILLS_MIN_GROUP=value)["MIN_GROUP"] == least


@pytest.mark.parametrize("value", ["0", "-1", "five", "5.0", "\uff15"])
def test_a_group_of_nobody_or_of_no_number_is_refused(value: str):
    complaint = f"AISKILLS_MIN_GROUP is {value!r}: set it to a whole number from 1 up."
    assert refusal(**PRODUCTION, AISKILLS_MIN_GROUP=value) == complaint


# The database


def test_the_database_is_a_file_beside_the_code_unless_one_is_named():
    default = settings(AISKILLS_DEBUG="true")["DATABASES"]["default"]
    assert default["ENGINE"] == "django.db.backends.sqlite3"
    assert default["NAME"] == str(ROOT / "db.sqlite3")


def test_sqlite_lets_writers_queue():
    options = database("sqlite:////srv/skills%20one.sqlite3")["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_a_named_file():
    assert database("sqlite:////srv/skills%20one.sqlite3")["NAME"] == "/srv/skills one.sqlite3"


def test_a_named_server():
    found = database("postgresql://me:p%40ss@db.example.org:5433/skills?sslmode=require")
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.org", "5433", "skills")
    assert (found["USER"], found["PASSWORD"]) == ("me", "p@ss")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["pool"]


def test_behind_a_pooler_nothing_outlasts_a_transaction():
    named = {**PRODUCTION, "DATABASE_URL": "postgresql://db.example.org/skills?sslmode=require"}
    own, pooled = (settings(**named, AISKILLS_POOLED=value)["DATABASES"]["default"] for value in ("", "true"))
    assert own["OPTIONS"].pop("options") == "-c jit=off -c random_page_cost=1.1"
    assert (own.pop("DISABLE_SERVER_SIDE_CURSORS"), pooled.pop("DISABLE_SERVER_SIDE_CURSORS")) == (False, True)
    assert own == pooled


def test_a_server_on_a_socket():
    found = database("postgresql://me@/skills?host=/run/postgresql")
    assert (found["HOST"], found["PORT"], found["USER"]) == ("/run/postgresql", "", "me")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        pytest.param("mysql://me@host/skills", "scheme 'mysql'", id="another kind of database"),
        pytest.param("db.sqlite3", "scheme ''", id="a bare path"),
        pytest.param("sqlite://skills.sqlite3", "four slashes", id="two slashes"),
        pytest.param("sqlite:///", "four slashes", id="no file"),
        pytest.param("postgresql://me@host:5432", "names no database", id="no database"),
        pytest.param("postgresql://me@host:port/skills", "cannot be read", id="a port in words"),
        pytest.param("postgresql://me@host/skills?ssl=on", "unknown parameter 'ssl'", id="an unknown parameter"),
    ],
)
def test_a_database_that_is_not_understood_is_refused(url: str, complaint: str):
    assert complaint in refusal(**PRODUCTION, DATABASE_URL=url)


def test_a_refusal_does_not_tell_the_password():
    assert "hunter2" not in refusal(**PRODUCTION, DATABASE_URL="postgresql://me:hunter2@host/skills?ssl=on")
