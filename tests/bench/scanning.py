"""The organisation's report against DuckDB's scan of the same standings, which it holds in memory."""

from __future__ import annotations

from pathlib import Path

import duckdb
from django.db import connection

from reports.models import Standing
from reports.queries import team_report
from reports.standings import State

from .figures import Target
from .running import TODAY, Run
from .timing import alternating

ROUNDS = 21
THREADS = 2
COLUMNS = {
    "competency_id": "INTEGER",
    "from_on": "DATE",
    "until_on": "DATE",
    "required": "TINYINT",
    "weight": "TINYINT",
    "level": "TINYINT",
    "verified": "BOOLEAN",
    "state": "TINYINT",
}
LEAST = Target("at least 40 x faster at a million", least=40)

#: The measures of each competency on a day (contract, section 3), without roles, threats and teams.
SCAN = f"""
    SELECT competency_id,
        count(*) FILTER (required IS NOT NULL AND state <> {State.EXEMPT}),
        count(*) FILTER (state = {State.MET}),
        count(*) FILTER (state = {State.MET} AND verified),
        count(*) FILTER (state = {State.GAP}),
        count(*) FILTER (state = {State.NOT_ASSESSED}),
        count(*) FILTER (state = {State.EXPIRED}),
        count(*) FILTER (state = {State.EXEMPT}),
        sum(greatest(required - coalesce(level, 0), 0)) FILTER (required IS NOT NULL AND state <> {State.EXEMPT}),
        sum(weight * least(coalesce(level, 0), required)) FILTER (required IS NOT NULL AND state <> {State.EXEMPT}),
        sum(weight * required) FILTER (required IS NOT NULL AND state <> {State.EXEMPT}),
        count(*) FILTER (level >= 3)
    FROM standing WHERE from_on <= ? AND until_on > ? GROUP BY competency_id
"""  # noqa: S608  (numbers of states)


def measure(run: Run) -> None:
    """Print how often as fast as the scan the report is, from its call to its end."""
    scanner = in_memory(run.folder)
    root = run.root.team

    def scan() -> object:
        return scanner.execute(SCAN, [TODAY, TODAY]).fetchall()

    report = team_report(team=root, as_of=TODAY)
    found = sum(row[1] for row in scan())  # type: ignore[attr-defined]
    if found != report.totals.required:
        raise SystemExit(f"DuckDB counts {found} required and the report {report.totals.required}.")
    scanned, reported = alternating([scan, lambda: team_report(team=root, as_of=TODAY)], run.rounds(ROUNDS))
    rows = Standing.objects.count()
    run.table.row(f"DuckDB's scan of {rows:,} standings in memory", f"{scanned:.1f} ms", f"{THREADS} threads")
    run.table.judged(
        "the organisation's report, the whole call",
        f"{reported:.1f} ms",
        f"{scanned / reported:.1f} x as fast as the scan",
        (LEAST, scanned / reported),
    )


def in_memory(folder: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that holds all standings."""
    file = folder / "standings.csv"
    statement = f"COPY (SELECT {', '.join(COLUMNS)} FROM reports_standing) TO STDOUT (FORMAT csv)"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(statement) as copy, file.open("wb") as target:
        for chunk in copy:
            target.write(chunk)
    scanner = duckdb.connect(config={"threads": THREADS})
    scanner.execute(f"CREATE TABLE standing AS FROM read_csv('{file}', header = false, columns = {COLUMNS})")
    file.unlink()
    return scanner
