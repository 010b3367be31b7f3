"""How fast it is, on a PostgreSQL of this machine: `python -m tests.bench [--people N]`.

Prints figures and what they are measured against in the same run. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests import databases, environment
from tests.bench_exports import measure_exports
from tests.bench_posting import measure_posting

TODAY = date(2026, 11, 1)
RESULTS_EACH = 10
REPETITIONS = 21
#: How often pages take turns, and how often before that without being counted.
ROUNDS = 61
WARMING_UP = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="100,000 unless given")
    people: int = parser.parse_args().people
    with databases.postgresql() as server, bench_database(server) as address, tempfile.TemporaryDirectory() as folder:
        os.environ[environment.DATABASE] = address
        environment.settle(os.environ)
        measure(Path(folder), people, server)
    return 0


@contextmanager
def bench_database(server: databases.Server) -> Iterator[str]:
    """The address of a new database, dropped at the end."""
    name = f"{databases.new_name()}_bench"
    with databases.connect(server) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield server.database(name)
    finally:
        with databases.connect(server) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def measure(folder: Path, people: int, server: databases.Server) -> None:
    import django  # noqa: PLC0415  (once the environment is settled)

    from fixtures.demo import write_organisation  # noqa: PLC0415

    os.environ["DJANGO_SETTINGS_MODULE"] = "aiskills.settings"
    django.setup()
    print(f"{people:,} people with {RESULTS_EACH} results each, on {server.said}.\n", flush=True)
    manage("migrate", "--verbosity", "0")
    manage("load_matrix")
    write_organisation(folder, people=people, seed=1, until=TODAY, results_each=RESULTS_EACH)
    import_rate = measure_import(folder, people)
    measure_rebuild(people)
    measure_reports()
    measure_pages()
    measure_recording()
    measure_exports(TODAY, row)
    measure_posting(import_rate, manage, row)
    print_sizes()


def manage(*arguments: str) -> tuple[float, int]:
    """Run a command of manage.py in a process of its own: seconds, and the most memory it held, in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "manage.py", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"manage.py {arguments[0]} ended with status {process.returncode}")
    kilobytes = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024
    return time.perf_counter() - begun, kilobytes // 1024


def measure_import(folder: Path, people: int) -> float:
    """Print what an import takes; gives how many results a second came in by it."""
    bare = bare_copy(folder / "results.csv")
    seconds, megabytes = manage("import_org", str(folder))
    rate = people * RESULTS_EACH / seconds
    row("import_org, standings included", f"{seconds:.1f} s", f"{megabytes} MB at most")
    row("  against a bare COPY of results.csv alone", f"{seconds / bare:.0f} x", f"{bare:.1f} s")
    seconds, _ = manage("import_org", str(folder))
    row("the same files again, which changes nothing", f"{seconds:.1f} s", "")
    return rate


def bare_copy(file: Path) -> float:
    """Seconds that PostgreSQL takes to read the file into a table without an index."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bare (result_id text, employee_id text, competency text, level int, method text,"
            " assessed_on date, expires_on date, assessor text, evidence text)"
        )
        begun = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as source:
            while chunk := source.read(1024**2):
                copy.write(chunk)
        seconds = time.perf_counter() - begun
        cursor.execute("DROP TABLE bare")
    return seconds


def measure_rebuild(people: int) -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reports_standing")
    seconds, megabytes = manage("rebuild_standings")
    row("rebuild_standings from nothing", f"{people / seconds * 60:,.0f} people a minute", f"{megabytes} MB at most")
    seconds, _ = manage("rebuild_standings", "--check")
    row("rebuild_standings --check", f"{people / seconds * 60:,.0f} people a minute", "")


def measure_reports() -> None:
    from reports.queries import team_report  # noqa: PLC0415
    from roles.models import Team  # noqa: PLC0415

    key = Team.objects.values_list("pk", flat=True).order_by("pk")[0]
    bare = median(lambda: Team.objects.get(pk=key))
    row("a row by its primary key", f"{bare:.2f} ms", "")
    for size in (10, 1_000, None):
        team, people = team_of(size)
        repetitions = REPETITIONS if size else 3

        def report(team: Team = team) -> object:
            return team_report(team=team, as_of=TODAY)

        spent, at_the_server = median(report, repetitions), median_at_the_server(report, repetitions)
        row(
            f"report of a team of {people:,}",
            f"{spent:.1f} ms at the database",
            f"{at_the_server:.1f} ms of them executing, {spent / bare:.0f} x a row by key",
        )


def measure_pages() -> None:
    """Whole pages, from the request to the last byte, in one process without a network, set as in production.

    What they are measured against is the empty page of somebody who is signed in: the home of a user who belongs to
    nobody in the organisation. It takes all that any page takes (session, user, bars at top and bottom), shows two
    sentences and asks the database for no figure. Each page takes turns with it, so that both meet the same machine.
    """
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client, override_settings  # noqa: PLC0415

    from roles.models import User  # noqa: PLC0415

    stranger, auditor = Client(), Client()
    stranger.force_login(User.objects.create(username="stranger"))
    auditor.force_login(User.objects.create(username="auditor", is_auditor=True))
    # Templates are named for the engine to be made anew: it would keep the debugging of when it was made.
    with override_settings(DEBUG=False, TEMPLATES=settings.TEMPLATES, ALLOWED_HOSTS=["*"]):
        for size, view in ((10, ""), (200, ""), (200, "heatmap/")):
            team, people = team_of(size)
            address = f"/teams/{team.code}/{view}?as_of={TODAY}"
            empty, spent = medians_in_turn((stranger, "/"), (auditor, address))
            row(
                f"{view.rstrip('/') or 'page'} of a team of {people:,}",
                f"{spent:.1f} ms at the server",
                f"{spent / empty:.1f} x an empty signed-in page, of {empty:.1f} ms",
            )


def medians_in_turn(*pages: tuple[Any, str]) -> list[float]:
    """The medians of the milliseconds that pages take, each a client and an address, asked for in turn once warm."""
    spent: list[list[float]] = [[] for _ in pages]
    for _ in range(WARMING_UP + ROUNDS):
        for (client, address), so_far in zip(pages, spent, strict=True):
            so_far.append(time_of_page(client, address))
    return [statistics.median(of_page[WARMING_UP:]) for of_page in spent]


def time_of_page(client: Any, address: str) -> float:
    """The milliseconds that a page takes."""
    begun = time.perf_counter()
    response = client.get(address, secure=True)
    spent = (time.perf_counter() - begun) * 1000
    if response.status_code != HTTPStatus.OK:
        raise SystemExit(f"{address} answered {response.status_code}")
    return spent


def team_of(size: int | None) -> tuple[Any, int]:
    """The team whose scope is nearest to a size, or the root, and how many people it has."""
    from django.db import connection  # noqa: PLC0415

    from roles.models import Team  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, count(*) FROM roles_team t JOIN roles_team b ON b.path LIKE t.path || '%%'"
            " JOIN roles_membership m ON m.team_id = b.id"
            " AND m.from_on <= %s AND (m.until_on IS NULL OR m.until_on > %s)"
            " GROUP BY t.id ORDER BY abs(count(*) - %s), t.id LIMIT 1",
            [TODAY, TODAY, size or 10**9],
        )
        pk, people = cursor.fetchone()
    return Team.objects.get(pk=pk), people


def measure_recording() -> None:
    from django.db import connection  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from assessments.models import AssessmentResult  # noqa: PLC0415
    from assessments.services import record_results  # noqa: PLC0415

    samples = iter(AssessmentResult.objects.order_by("result_id")[: 2 * REPETITIONS])

    def copy_of_one() -> AssessmentResult:
        one = next(samples)
        return AssessmentResult(
            person_id=one.person_id, competency_id=one.competency_id, level=3, method="exam", assessed_on=TODAY
        )

    def insert() -> None:
        one = copy_of_one()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO assessments_assessmentresult (result_id, person_id, competency_id, level, method,"
                " assessed_on, assessor, evidence, recorded_at, withdrawn_reason)"
                " VALUES (%s, %s, %s, 3, 'exam', %s, '', '', now(), '')",
                [one.result_id, one.person_id, one.competency_id, TODAY],
            )

    recorded = median(lambda: record_results(results=[copy_of_one()], by=None, at=now()), REPETITIONS - 1)
    bare = median(insert, REPETITIONS - 1)
    row(
        "recording a result, standings included",
        f"{recorded:.1f} ms at the database",
        f"{recorded / bare:.1f} x a bare insert",
    )


def median(work: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """The median of the milliseconds that the database takes for a piece of work, after one go to warm up."""
    from django.db import connection  # noqa: PLC0415

    spent: list[float] = []

    def timed(execute: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spent[-1] += (time.perf_counter() - begun) * 1000

    with connection.execute_wrapper(timed):
        for _ in range(repetitions + 1):
            spent.append(0.0)
            work()
    return statistics.median(spent[1:])


def median_at_the_server(work: Callable[[], object], repetitions: int) -> float:
    """The median of the milliseconds in which PostgreSQL, as it says itself, executes the queries of a piece of work.

    Without the way there and back, and without planning them.
    """
    from django.db import connection  # noqa: PLC0415

    queries: list[tuple[str, Any]] = []

    def noted(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        queries.append((sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(noted):
        work()
    return statistics.median(sum(executing(*query) for query in queries) for _ in range(repetitions))


def executing(sql: str, params: Any) -> float:
    """The milliseconds that a query takes to execute."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", params)
        # The last line reads `Execution Time: 0.123 ms`.
        return float(cursor.fetchall()[-1][0].split()[2])


def print_sizes() -> None:
    from django.db import connection  # noqa: PLC0415

    print()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, s.n_live_tup,"
            " pg_size_pretty(pg_table_size(c.oid)), pg_size_pretty(pg_indexes_size(c.oid))"
            " FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid"
            " WHERE pg_total_relation_size(c.oid) > 1000000 ORDER BY pg_total_relation_size(c.oid) DESC"
        )
        for name, rows, table, indexes in cursor.fetchall():
            row(name, f"{rows:,} rows", f"{table} and {indexes} of indexes")


def row(what: str, figure: str, beside: str) -> None:
    print(f"{what:46} {figure:>26}  {beside}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
