"""Computing all that is derived anew, and proving it."""

from __future__ import annotations

from django.db import connection

from .running import Run, manage

#: The tables of what is derived, some of which an older version has not.
DERIVED = (
    "reports_standing",
    "reports_presence",
    "reports_counterblock",
    "reports_counterchange",
    "reports_countermove",
    "reports_movedblock",
)


def measure(run: Run) -> None:
    """Print how long a rebuild takes: where all is as it should be, from nothing, and as a check."""
    there = connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(name for name in DERIVED if name in there)}")
    told(run, "rebuild_standings from nothing", "rebuild_standings")
    told(run, "rebuild_standings --check", "rebuild_standings", "--check")


def told(run: Run, what: str, *command: str) -> None:
    seconds, megabytes = manage(*command)
    rate = run.people / seconds * 60
    run.table.row(what, f"{seconds:.1f} s", f"{rate:,.0f} people a minute; {megabytes} MB at most")
