"""Building the organisation: files by a seed, then `import_org` into the empty database, against a bare COPY."""

from __future__ import annotations

import csv
import time
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from fixtures.demo import write_organisation

from .figures import Target
from .running import RESULTS_EACH, SEED, TODAY, Run, manage

#: What a million people may take (issue 6), and as many times less what fewer may.
A_MILLION, MINUTES, GIGABYTES = 1_000_000, 12, 2
#: What the start of the process may take beside, which counts for little but in a small organisation.
SECONDS_TO_START = 5


def build(run: Run, *, thoroughly: bool) -> None:
    """Write the files and import them; `thoroughly` also against a bare COPY, and a second time."""
    call_command("migrate", verbosity=0)
    call_command("load_matrix", stdout=Path("/dev/null").open("w"))  # noqa: SIM115
    write_files(run)
    bare = bare_copy(run.folder) if thoroughly and connection.vendor == "postgresql" else None
    measure_import(run, bare)
    if thoroughly:
        seconds, memory = manage("import_org", str(run.folder))
        run.table.row("the same files again, which changes nothing", f"{seconds:.1f} s", f"{memory} MB at most")


def write_files(run: Run) -> None:
    """Write the files of the organisation, unless they are there."""
    written = run.folder.with_suffix(".written")
    if written.exists():
        return
    begun = time.perf_counter()
    write_organisation(run.folder, people=run.people, seed=SEED, until=TODAY, results_each=RESULTS_EACH)
    megabytes = sum(file.stat().st_size for file in run.folder.iterdir()) / 1024**2
    run.table.row("writing the files", f"{time.perf_counter() - begun:.1f} s", f"{megabytes:,.0f} MB of CSV")
    written.touch()


def measure_import(run: Run, bare: float | None) -> None:
    """Import everything into the empty database."""
    seconds, megabytes = manage("import_org", str(run.folder))
    allowed = SECONDS_TO_START + MINUTES * 60 * run.people / A_MILLION
    # Asked of PostgreSQL alone.
    targets = (
        (Target(f"{MINUTES} minutes a million", most=allowed), seconds),
        (Target(f"under {GIGABYTES} GB", most=GIGABYTES * 1024), megabytes),
    )
    run.table.judged(
        "import_org into an empty database, standings included",
        f"{seconds:.1f} s",
        f"{megabytes} MB at most; {run.people * RESULTS_EACH / seconds:,.0f} results a second",
        *(targets if connection.vendor == "postgresql" else ()),
    )
    if bare is not None:
        run.table.row(
            "  a bare COPY of the same files", f"{bare:.1f} s", f"the import takes {seconds / bare:.0f} x as long"
        )


def bare_copy(folder: Path) -> float:
    """Seconds that PostgreSQL takes to read all the files into tables of texts without an index."""
    spent = 0.0
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as source:
            columns = ", ".join(f'"{name}" text' for name in next(csv.reader(source)))
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE bare ({columns})")
            begun = time.perf_counter()
            with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as content:
                while chunk := content.read(1024**2):
                    copy.write(chunk)
            spent += time.perf_counter() - begun
            cursor.execute("DROP TABLE bare")
    return spent
