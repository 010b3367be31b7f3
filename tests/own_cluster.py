"""A PostgreSQL server of a test's own, which it may stop as a crash would and start again.

with own_cluster(tmp_path) as cluster:      # this process now talks to it, and it holds our tables
    ...
    interrupt(job.pk, at=40, by=cluster.crash)
    cluster.start()
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections

#: Where Debian keeps what its wrappers start.
DEBIAN = Path("/usr/lib/postgresql")
DATABASE = "test_own_cluster"


class Cluster:
    """The server: its data and its socket are in one folder."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self.folder, self.programs, self.user = folder, programs, user

    def make(self) -> None:
        """Make its data and start it."""
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D", self._data)
        # What is committed has to outlive a crash of the server, not one of the machine.
        with Path(self._data, "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nfsync = off\n")
        self.start()
        self._run("createdb", "-h", str(self.folder), "-U", "postgres", DATABASE)

    def start(self) -> None:
        """Start it, after a crash too, and wait until it answers."""
        self._run("pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "start")

    def crash(self) -> None:
        """Stop it at once: every connection breaks, nothing is written out."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        # Not to a pipe: the server would keep it open.
        with (self.folder / f"{program}.out").open("w+", encoding="utf-8") as out:
            done = subprocess.run(command, user=self.user, stdout=out, stderr=out, check=False, cwd=self.folder)
            out.seek(0)
            assert done.returncode == 0, out.read()


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A server with our tables, which `connection` leads to inside the block. Skips where none can be started."""
    if connection.vendor != "postgresql":
        pytest.skip("there is no server that could be stopped: this runs on SQLite")
    programs, user = _programs()
    with tempfile.TemporaryDirectory(prefix="aiskills-cluster-") as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        cluster = Cluster(folder, programs, user)
        cluster.make()
        with _led_to(folder):
            try:
                call_command("migrate", verbosity=0)
                yield cluster
            finally:
                _leave()
                cluster.crash()


@contextmanager
def _led_to(folder: Path) -> Iterator[None]:
    settings = connection.settings_dict
    before = {name: settings[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
    _leave()
    settings.update(HOST=str(folder), PORT="", USER="postgres", PASSWORD="", NAME=DATABASE)
    try:
        yield
    finally:
        _leave()
        settings.update(before)


def _leave() -> None:
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's


def _programs() -> tuple[Path, str | None]:
    """The folder of the server's programs, and the system's user to run them as, if root may not."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    programs = found[-1].parent if found else _on_the_path()
    if os.geteuid() != 0:
        return programs, None
    try:
        return programs, pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


def _on_the_path() -> Path:
    initdb = shutil.which("initdb")
    if initdb is None:
        pytest.skip("no programs of PostgreSQL here to start a server of the test's own")
    return Path(initdb).parent
