"""The demo, from the command that loads it to the one that `make run` runs."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from aiskills.management.commands.run_demo import _free_port, _password, _worker
from reports.services import disagreements
from roles.models import Person, Team, User


def load_demo(**options: Any) -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


def test_the_demo_has_four_accounts_that_sign_in(matrix: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISKILLS_DEMO_PASSWORD", "quite a long one")

    said = load_demo(people=60)

    assert said.count("quite a long one") == 4
    for username in ("admin", "manager", "auditor", "staff"):
        assert User.objects.get(username=username).check_password("quite a long one")
    manager = User.objects.get(username="manager")
    assert [team.parent for team in manager.managed_teams] == [Team.objects.get(parent=None)]
    assert User.objects.get(username="admin").reads_everything
    assert User.objects.get(username="auditor").reads_everything
    assert not manager.reads_everything
    assert User.objects.get(username="staff").managed_teams == []
    assert list(disagreements()) == []


def test_a_password_is_made_up_and_told_where_none_is_set(matrix: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AISKILLS_DEMO_PASSWORD", raising=False)

    said = load_demo(people=5)

    [password] = {line.split()[1] for line in said.splitlines() if line.startswith("  ")}
    assert len(password) >= 12
    assert User.objects.get(username="staff").check_password(password)


def test_the_same_seed_gives_the_same_report(matrix: Any) -> None:
    load_demo(people=40, seed=9)
    root = Team.objects.get(parent=None).code

    def report() -> dict[str, Any]:
        out = io.StringIO()
        call_command("gap_report", root, format="json", stdout=out)
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    before = report()
    assert before["people"] > 30
    load_demo(people=40, seed=9)
    assert report() == before
    assert Person.objects.count() == 40


def test_the_demo_never_joins_an_organisation(matrix: Any) -> None:
    Person.objects.create(employee_id="E1", name="Ours", joined_on="2020-01-01")

    with pytest.raises(CommandError, match="an organisation here already"):
        load_demo()

    assert Person.objects.count() == 1
    assert not User.objects.exists()


def test_the_demo_asks_for_the_matrix_first(db: None) -> None:
    with pytest.raises(CommandError, match="Run load_matrix first"):
        load_demo()


def test_a_port_in_use_is_said_and_another_one_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} is in use. Take another: make run PORT={port + 1}"):
            _free_port(str(port))


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_said(text: str) -> None:
    with pytest.raises(CommandError, match="from 1 to 65535"):
        _free_port(text)


def test_the_made_up_password_is_kept_and_nobody_else_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AISKILLS_DEMO_PASSWORD", raising=False)
    file = tmp_path / "local" / "demo-password"

    password = _password(file)

    assert _password(file) == password
    assert file.stat().st_mode & 0o077 == 0


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that other processes take for their database."""
    file = tmp_path / "db.sqlite3"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    return file


def test_the_demo_has_a_worker_that_ends_with_it(database: Path) -> None:
    with _worker() as worker:
        until = monotonic() + 30
        while not list(database.parent.glob(f"{database.name}-background/worker-*.json")):
            assert worker.poll() is None, "It ended at once."
            assert monotonic() < until, "It never said that it is alive."
            sleep(0.1)
    assert worker.returncode == 0
    assert not list(database.parent.glob(f"{database.name}-background/worker-*.json"))


def test_a_worker_ends_if_the_process_that_started_it_is_gone(database: Path) -> None:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--while", "999999999"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "has ended." in done.stdout
