"""Strict reading of the environment: what is not understood is an error, never a default."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: Every variable that aiskills reads (the check in aiskills/checks.py warns of others that look like ours).
KNOWN = {
    "AISKILLS_ALLOWED_HOSTS",
    "AISKILLS_API_REQUESTS_A_MINUTE",
    "AISKILLS_COUNTERS_FROM",
    "AISKILLS_DEBUG",
    "AISKILLS_DEMO_PASSWORD",
    "AISKILLS_IMPORT_MEGABYTES",
    "AISKILLS_MIN_GROUP",
    "AISKILLS_POOLED",
    "AISKILLS_RETENTION_MONTHS",
    "AISKILLS_SECRET_KEY",
    "AISKILLS_TEST_CHROMIUM",
    "AISKILLS_TEST_DATABASE_URL",
    "AISKILLS_TRUST_PROXY",
    "AISKILLS_UNPREPARED",
}

#: libpq parameters that may stand behind the question mark of a postgresql:// address.
LIBPQ_PARAMETERS = {
    "application_name",
    "connect_timeout",
    "host",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
}

#: Compiling a query costs more than these queries take; and a page out of order costs little more than the next one
#: where the data lie in memory or on flash, which the planner's default does not believe.
PLANNING = "-c jit=off -c random_page_cost=1.1"

SECONDS_TO_WAIT_FOR_A_CONNECTION = 3
SECONDS_TO_WAIT_FOR_THE_SQLITE_WRITER = 30


def flag(name: str) -> bool:
    """The truth value of a variable; unset or empty is false. Raises ImproperlyConfigured for anything unclear."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"true", "1"}:
        return True
    if value in {"", "false", "0"}:
        return False
    raise ImproperlyConfigured(f"{name} is {os.environ[name]!r}: set it to 'true' or 'false'.")


def whole_number(name: str, *, default: int, least: int) -> int:
    """The number in a variable; the default if it is unset or empty. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number from {least} up.")
    return int(value)


def secret_key(*, debug: bool) -> str:
    """The signing key; with debug on and none set, one that lasts as long as the process."""
    key = os.environ.get("AISKILLS_SECRET_KEY", "")
    if key:
        return key
    if debug:
        return secrets.token_urlsafe(50)
    raise ImproperlyConfigured(
        "AISKILLS_SECRET_KEY is not set. Set it to a long random text that stays the same between starts"
        " (or AISKILLS_DEBUG=true on your own machine)."
    )


def allowed_hosts(*, debug: bool) -> list[str]:
    """The host names this installation answers to, from a list with commas."""
    hosts = [host.strip() for host in os.environ.get("AISKILLS_ALLOWED_HOSTS", "").split(",") if host.strip()]
    if "*" in hosts and not debug:
        raise ImproperlyConfigured("AISKILLS_ALLOWED_HOSTS is '*': name the hosts this installation answers to.")
    for host in hosts:
        if "/" in host or " " in host:
            raise ImproperlyConfigured(
                f"AISKILLS_ALLOWED_HOSTS: {host!r} is not a host name; leave out scheme and path."
            )
    if hosts:
        return hosts
    if debug:
        return ["127.0.0.1", "localhost", "[::1]"]
    raise ImproperlyConfigured(
        "AISKILLS_ALLOWED_HOSTS is not set. Set it to the host names users type, with commas between them"
        " (or AISKILLS_DEBUG=true on your own machine)."
    )


def database(*, default: Path) -> dict[str, Any]:
    """Django's settings for the database that DATABASE_URL names, or for the SQLite file `default`."""
    url, pooled = os.environ.get("DATABASE_URL", "").strip(), flag("AISKILLS_POOLED")
    if not url:
        return sqlite(str(default))
    parts, port = _taken_apart(url)
    if parts.scheme == "sqlite":
        if parts.netloc or not parts.path.startswith("/") or parts.path == "/":
            raise ImproperlyConfigured("DATABASE_URL: write sqlite:////absolute/path.sqlite3, with four slashes.")
        return sqlite(unquote(parts.path[1:] if parts.path.startswith("//") else parts.path))
    if parts.scheme in {"postgresql", "postgres"}:
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        return postgresql(
            name=unquote(parts.path.lstrip("/")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=options.pop("host", unquote(parts.hostname or "")),
            port=str(port or ""),
            options=options,
            pooled=pooled,
        )
    raise ImproperlyConfigured(
        f"DATABASE_URL has the scheme {parts.scheme!r}: write sqlite:////absolute/path.sqlite3"
        " or postgresql://user@host:5432/name."
    )


def _taken_apart(url: str) -> tuple[SplitResult, int | None]:
    """The parts of an address, and the port in it."""
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        # Not what the parser says: it could quote a part of the password.
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read: write postgresql://user:password@host:5432/name,"
            " with special characters of the password percent-encoded."
        ) from None


def sqlite(path: str) -> dict[str, Any]:
    """The embedded default: WAL lets readers read on while one writes, IMMEDIATE makes writers queue, not fail."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": SECONDS_TO_WAIT_FOR_THE_SQLITE_WRITER,
            # What is deleted is overwritten in the file: Debian's SQLite does so by itself, others don't.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;"
            " PRAGMA secure_delete=ON;",
        },
    }


def postgresql(
    *, name: str, user: str, password: str, host: str, port: str, options: dict[str, str], pooled: bool
) -> dict[str, Any]:
    """A PostgreSQL database behind psycopg's pool, whose connections are checked before they are used.

    Where they are `pooled` nothing is asked of a connection that would outlast a transaction: a pooler in between hands
    out another one for the next, and refuses what is set when one begins.
    """
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database: write postgresql://user@host:5432/name.")
    unknown = sorted(set(options) - LIBPQ_PARAMETERS)
    if unknown:
        raise ImproperlyConfigured(f"DATABASE_URL: unknown parameter {unknown[0]!r}.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "OPTIONS": {
            **options,
            **({} if pooled else {"options": PLANNING}),
            "pool": {"min_size": 1, "max_size": 8, "timeout": SECONDS_TO_WAIT_FOR_A_CONNECTION},
        },
    }
