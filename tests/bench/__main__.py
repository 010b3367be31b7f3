"""Measures how fast it is, on a PostgreSQL of this machine or on SQLite, each figure beside what it is measured against
and its target. Nothing here passes or fails. docs/performance.md tells how to read it."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests import databases
from tests.bench import databases as places
from tests.bench.figures import Table, comparison, kept
from tests.bench.starting import settle

#: The parts in their order: what only reads first, what changes much last. Each is a module with `measure(run)`.
PARTS = (
    "importing",
    "reports",
    "scanning",
    "requests",
    "exports",
    "recording",
    "posting",
    "moving",
    "publishing",
    "rebuilding",
    "sizes",
)
#: Those of them that can be measured on SQLite as well.
ON_SQLITE = ("importing", "reports", "requests", "moving", "publishing")


def main(arguments: Sequence[str] | None = None) -> int:
    wish = asked(arguments)
    if wish.compare:
        small, large = map(kept, wish.compare)
        print(comparison(small, large))
        return 0
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = None if wish.sqlite else stack.enter_context(databases.postgresql())
        try:
            if server is None:
                address = f"sqlite:///{temporary / 'bench.sqlite3'}"
            elif wish.database:
                wish.people = places.people_of(server, wish.database)
                address = server.database(wish.database)
            else:
                address = stack.enter_context(places.new(server, wish.keep))
        except places.NotOurs as refused:
            print(refused, file=sys.stderr)
            return 2
        folder = (wish.files or temporary) / f"organisation-of-{wish.people}"
        folder.mkdir(parents=True, exist_ok=True)
        settle(address)
        table = measured(wish, folder, server)
        print(f"\n{table.markdown()}")
        if wish.json:
            table.keep(wish.json)
        if wish.into:
            table.put_into(wish.into)
    return 0


def asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="how many; 100,000 unless given")
    parser.add_argument("--only", type=parts, default=PARTS, metavar="PARTS", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--keep", metavar="NAME", help="build in a new database of this name, and keep it")
    parser.add_argument("--database", metavar="NAME", help="measure in a database that was kept, building nothing")
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="write the files there, unless an earlier run has, and leave them"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures in a file for --compare")
    parser.add_argument("--into", type=Path, metavar="FILE", help="put the table into a document, in place of its last")
    parser.add_argument(
        "--compare", type=Path, nargs=2, metavar=("SMALL", "LARGE"), help="tell what grew, and by how much"
    )
    parser.add_argument("--sqlite", action="store_true", help=f"measure {','.join(ON_SQLITE)} on SQLite instead")
    parser.add_argument("--quick", action="store_true", help="each measured once: whether it works, not how fast it is")
    wish = parser.parse_args(arguments)
    if wish.keep and wish.database:
        parser.error("--keep builds, and --database does not; give one of them")
    if wish.sqlite:
        if wish.keep or wish.database:
            parser.error("--sqlite measures in a new file, which is not kept; leave out --keep and --database")
        if wish.only is not PARTS and (missing := [part for part in wish.only if part not in ON_SQLITE]):
            parser.error(f"{', '.join(missing)}: not on SQLite; there are {', '.join(ON_SQLITE)}")
        wish.only = tuple(part for part in wish.only if part in ON_SQLITE)
    return wish


def parts(text: str) -> tuple[str, ...]:
    """The parts that a text with commas names, in the order in which they are measured."""
    wanted = set(text.split(","))
    if unknown := wanted - {*PARTS}:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: no such part; there are {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in wanted)


def measured(wish: argparse.Namespace, folder: Path, server: databases.Server | None) -> Table:
    """Build the organisation, unless it was kept, and measure the parts that are asked for; no server for SQLite."""
    running = importlib.import_module("tests.bench.running")
    building = importlib.import_module("tests.bench.importing")
    processor = f"{os.cpu_count()} processors, {platform.system()}"
    who = f"{wish.people:,} people with {running.RESULTS_EACH} results each"
    where = server.said if server else "a file of its own"
    table = Table(f"{who}, on {running.database_said()} ({where}), {processor}.")
    print(f"{table.heading}\n", flush=True)
    run = running.Run(wish.people, table, folder, quick=wish.quick)
    if not wish.database:
        table.part = "importing"
        building.build(run, thoroughly="importing" in wish.only)
        if server and wish.keep:
            places.mark_built(server, wish.keep, wish.people)
    for part in wish.only:
        if part != "importing":
            table.part = part
            importlib.import_module(f"tests.bench.{part}").measure(run)
    return table


if __name__ == "__main__":
    sys.exit(main())
