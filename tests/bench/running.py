"""What the parts of the benchmark share: the run, commands in processes of their own, and who is measured."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import NamedTuple

from django.db import connection

from reports.models import Standing
from roles.models import Team, User

from .figures import Table

TODAY = date(2026, 11, 1)
PAST, FUTURE = date(2025, 10, 1), date(2027, 5, 1)
SEED = 1
RESULTS_EACH = 10
#: So many of a million people are 100,000, the department that is moved and those whom a new version touches.
SHARE_TOUCHED = 10
#: The heatmap that is measured. Teams of as many people have few or many competencies, and cost accordingly.
CROWD_PEOPLE, CROWD_COMPETENCIES = 200, 25
HEATMAP_WORDS = f"about {CROWD_PEOPLE} people x {CROWD_COMPETENCIES}"


class Sized(NamedTuple):
    """A team, and how many people are in its scope."""

    team: Team
    people: int


def database_said() -> str:
    """The database and, of a server, what figures depend on there: memory, and what is written until a checkpoint."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    names = "shared_buffers", "max_wal_size", "wal_compression"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        (version,) = cursor.fetchone()
        cursor.execute(f"SELECT {', '.join('current_setting(%s)' for _ in names)}", names)
        told = ", ".join(f"{name} {value}" for name, value in zip(names, cursor.fetchone(), strict=True))
    return f"PostgreSQL {version} with {told}"


@dataclass
class Run:
    """One run: the organisation's size, where its files are, and how thoroughly it is measured."""

    people: int
    table: Table
    folder: Path
    quick: bool = False

    def rounds(self, usual: int) -> int:
        """How often something is measured."""
        return 1 if self.quick else usual

    @property
    def touched(self) -> int:
        """A tenth of everybody: 100,000 of a million."""
        return max(self.people // SHARE_TOUCHED, 1)

    @cached_property
    def scopes(self) -> dict[int, int]:
        """How many people are in the scope of each team today, by its key."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT t.path, count(*) FROM roles_membership m JOIN roles_team t ON t.id = m.team_id"
                " WHERE m.from_on <= %s AND (m.until_on IS NULL OR m.until_on > %s) GROUP BY t.path",
                [TODAY, TODAY],
            )
            below: Counter[str] = Counter()
            for path, people in cursor.fetchall():
                for end in range(Team.STEP, len(path) + 1, Team.STEP):
                    below[path[:end]] += people
        paths = dict(Team.objects.order_by("pk").values_list("pk", "path"))
        return {pk: below[path] for pk, path in paths.items()}

    def team_of(self, size: int) -> Sized:
        """The team whose scope is nearest to a size."""
        pk = min(self.scopes, key=lambda pk: (abs(self.scopes[pk] - size), pk))
        return Sized(Team.objects.get(pk=pk), self.scopes[pk])

    @cached_property
    def crowd(self) -> Sized:
        """A team whose heatmap is of about CROWD_PEOPLE x CROWD_COMPETENCIES, as one of any size may have it.

        Of the teams of about as many people that in whose scope the number of standings is nearest to that.
        """
        alike = [pk for pk, people in self.scopes.items() if 0.75 <= people / CROWD_PEOPLE <= 1.25] or [
            self.team_of(CROWD_PEOPLE).team.pk
        ]
        standings = Standing.objects.in_force(on=TODAY)
        cells = {team.pk: standings.within(team).count() for team in Team.objects.filter(pk__in=alike).order_by("pk")}
        pk = min(cells, key=lambda pk: abs(cells[pk] - CROWD_PEOPLE * CROWD_COMPETENCIES))
        return Sized(Team.objects.get(pk=pk), self.scopes[pk])

    @property
    def root(self) -> Sized:
        """The whole organisation."""
        team = Team.objects.get(parent=None)
        return Sized(team, self.scopes[team.pk])

    @cached_property
    def auditor(self) -> User:
        """Somebody who may read everything."""
        return User.objects.get_or_create(username="bench-auditor", defaults={"is_auditor": True})[0]

    @cached_property
    def administrator(self) -> User:
        """Somebody who may do everything."""
        return User.objects.get_or_create(username="bench-administrator", defaults={"is_superuser": True})[0]


def manage(*arguments: str) -> tuple[float, int]:
    """Run a command of manage.py in a process of its own: seconds, and the most memory it held, in MB.

    On Linux with that of the process beside it, if it begins one, as they were together at one moment.
    """
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "manage.py", *arguments], stdout=subprocess.DEVNULL)
    ended = Event()
    with ThreadPoolExecutor(1) as watch:
        together = watch.submit(_most_together, process.pid, ended)
        _, status, usage = os.wait4(process.pid, 0)
        ended.set()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"manage.py {arguments[0]} ended with status {process.returncode}")
    kilobytes = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024
    return time.perf_counter() - begun, max(kilobytes, together.result()) // 1024


def _most_together(pid: int, ended: Event) -> int:
    """The most kilobytes that a process and its children held at one moment, looked at every half second, on Linux."""
    most = 0
    while not ended.wait(0.5):
        with suppress(OSError, StopIteration):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
            most = max(most, sum(map(_held, [pid, *map(int, children)])))
    return most


def _held(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
