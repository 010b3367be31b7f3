"""How fast exports come through the server of the site, against psql's own `\\copy` of the same query."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection

from reports.queries.exports import Asked, standings
from roles.models import ApiToken, User

from .running import TODAY, Run

ROUNDS = 3
#: Of so many people an export takes a minute, and is measured once.
LARGE = 500_000
#: How an export ends that has come whole.
ENDS = {"csv": b",sha256=", "jsonl": b'"sha256": "', "parquet": b"PAR1"}
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Site:
    """The site, served by gunicorn with one worker."""

    port: int
    process: int
    token: str

    def seconds_of(self, address: str, end: bytes) -> float:
        """How long an answer takes, to its last byte. Read as raw bytes, so that reading costs little."""
        begun, last, buffer = time.perf_counter(), b"", bytearray(1024**2)
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            headers = f"Host: 127.0.0.1\r\nAuthorization: Token {self.token}\r\nConnection: close\r\n"
            connection.sendall(f"GET {address} HTTP/1.1\r\n{headers}\r\n".encode())
            while size := connection.recv_into(buffer):
                last = (last + bytes(buffer[max(0, size - 300) : size]))[-300:]
        if end not in last or not last.endswith(b"0\r\n\r\n"):
            raise SystemExit(f"{address} did not come whole: {last!r}")
        return time.perf_counter() - begun

    @property
    def megabytes(self) -> str:
        """The most memory that the worker has held, where the system tells."""
        [worker] = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
        status = Path(f"/proc/{worker}/status").read_text()
        return f"{int(status.partition('VmHWM:')[2].split()[0]) // 1024} MB"


def measure(run: Run) -> None:
    """Print the share of psql's rate that each format has: of each the best of some rounds, in which all have a turn.

    The best, since whatever else the machine does makes a round slower and never faster.
    """
    query, rows = standings_query(TODAY)
    bare, said = (psql_seconds, "psql's \\copy") if shutil.which("psql") else (bare_seconds, "a bare loop over COPY")
    address = f"/api/v1/exports/standings/?as_of={TODAY}&format="
    with served() as site:
        site.seconds_of(address + "csv", ENDS["csv"])
        memory = site.megabytes if Path("/proc/self/status").exists() else "memory unknown"
        spent: dict[str, list[float]] = {name: [] for name in ("bare", *ENDS)}
        for number in range(run.rounds(ROUNDS if run.people < LARGE else 1) + 1):
            for name, seconds in spent.items():
                one = bare(query) if name == "bare" else site.seconds_of(address + name, ENDS[name])
                seconds.extend([one] if number else [])
    best = {name: min(seconds) for name, seconds in spent.items()}
    run.table.row(f"export of standings by {said}", f"{rows / best['bare']:,.0f} rows a second", f"{rows:,} rows")
    for name in ENDS:
        beside = f"{best['bare'] / best[name]:.0%} of that rate"
        beside += f", {memory} at most in the server's process" if name == "csv" else ""
        run.table.row(f"  the same through the server, as {name}", f"{rows / best[name]:,.0f} rows a second", beside)


def standings_query(as_of: date) -> tuple[str, int]:
    """The query of the export of standings as it is, without the guard against formulas; and how many rows it has."""
    table = standings(Asked(as_of=as_of))
    assert table.query is not None
    composed: bytes | str = connection.ops.compose_sql(*table.query.query.sql_with_params())  # type: ignore[attr-defined]
    return (composed.decode() if isinstance(composed, bytes) else composed), table.query.order_by().count()


def psql_seconds(query: str) -> float:
    """What psql says that it takes to copy the query to nowhere, with the planner set as the site sets it."""
    settings = connection.get_connection_params()
    environ = {**os.environ, "PGOPTIONS": str(settings.get("options", ""))}
    named = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    environ |= {variable: str(settings[name]) for variable, name in named.items() if settings.get(name)}
    statement = f"\\timing on\n\\copy ({query}) TO '{os.devnull}' (FORMAT csv, HEADER)\n"
    said = subprocess.run(
        ["psql", "--no-psqlrc", "--variable=ON_ERROR_STOP=1"],
        input=statement, env=environ, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    # `Time: 3232.859 ms (00:03.233)`
    return float(said.rpartition("Time: ")[2].split()[0].replace(",", ".")) / 1000


def bare_seconds(query: str) -> float:
    """The same without psql: rows taken from PostgreSQL and dropped."""
    begun = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)") as copy:
        for _ in copy:
            pass
    return time.perf_counter() - begun


@contextmanager
def served() -> Iterator[Site]:
    """The site behind gunicorn on a free port, with a token of an auditor's."""
    user = User.objects.create(username=f"exporter-{os.getpid()}", is_auditor=True)
    _, token = ApiToken.objects.create(user, name="bench")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "gunicorn", "aiskills.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "2"]
    process = subprocess.Popen([sys.executable, *command, "--no-control-socket", "--log-level", "warning"])
    try:
        wait_for(port)
        yield Site(port, process.pid, str(token))
    finally:
        process.terminate()
        process.wait()
        user.delete()


def wait_for(port: int) -> None:
    """Return when somebody listens."""
    for _ in range(SECONDS_TO_START * 10):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"gunicorn did not start within {SECONDS_TO_START} seconds.")
