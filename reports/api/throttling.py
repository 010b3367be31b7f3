"""How often somebody may call, counted in the database, so that it is the same whichever process answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

SECONDS = 60

# A count is not worth waiting for the disk. Said in the statement itself, which is its own transaction, it takes one
# round trip to the database instead of four, and holds for nothing else.
_COUNTED_FROM = {"postgresql": "FROM (SELECT set_config('synchronous_commit', 'off', true)) unhurried", "sqlite": ""}
# `WHERE true` tells SQLite that what follows a SELECT is no join.
_COUNT = """
    INSERT INTO reports_apiuse (caller, minute, requests) SELECT %s, %s, 1 {source} WHERE true
    ON CONFLICT (caller) DO UPDATE SET
        requests = CASE WHEN reports_apiuse.minute = excluded.minute THEN reports_apiuse.requests + 1 ELSE 1 END,
        minute = excluded.minute
    RETURNING requests
"""


class UserThrottle(BaseThrottle):
    """So many requests a user and minute, with whatever tokens; the count begins anew with each minute."""

    def allow_request(self, request: Request, view: Any) -> bool:
        return _counted(f"user:{request.user.pk}", int(time.time() // SECONDS)) <= settings.API_REQUESTS_A_MINUTE

    def wait(self) -> float:
        """The seconds until the next minute begins."""
        return SECONDS - time.time() % SECONDS


def _counted(caller: str, minute: int) -> int:
    """How many requests the caller has made in the minute, this one included; 0 where it cannot be counted.

    A count that is not to be had, as while somebody else holds the only writer that SQLite has, refuses nobody.
    """
    try:
        with _without_waiting(), connection.cursor() as cursor:
            cursor.execute(_COUNT.format(source=_COUNTED_FROM[connection.vendor]), [caller, minute])
            return int(cursor.fetchone()[0])
    except OperationalError:
        return 0


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Inside, SQLite waits only for a moment while somebody else writes. On PostgreSQL there is nobody to wait for."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        [timeout] = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 50")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {timeout:d}")
