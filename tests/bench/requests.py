"""Whole requests against empty ones, through the site as it is set in production, in one process without a network."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.test import Client, override_settings

from aiskills.serving import served
from reports.api.kept import Kept
from roles.models import ApiToken

from .figures import Target
from .running import HEATMAP_WORDS, TODAY, Run
from .timing import Work, alternating

ROUNDS = 101
TWICE = Target("within 2 x an empty view", most=2)
Application = Callable[..., Any]


def measure(run: Run) -> None:
    """Print requests a second; each takes turns with the empty view, so that both meet the same machine."""
    sizes = [size for size in (10, 35, 200, 100_000) if size < run.people]
    teams = {f"team of about {size:,}": run.team_of(size) for size in sizes} | {"the organisation": run.root}
    with production() as site, token_of(run) as token:
        rest = {"HTTP_AUTHORIZATION": f"Token {token}"}
        page = {"HTTP_COOKIE": session_of(run)}
        for words, (team, _) in teams.items():
            asked = ("/api/v1/empty/", f"/api/v1/teams/{team.code}/gaps/", rest)
            told(run, site, f"JSON report asked again, {words}", asked, TWICE)
            with patch("reports.api.gaps.KEPT", Kept(most_bytes=0)):
                told(run, site, f"JSON report computed anew, {words}", asked, TWICE)
        for words, (team, _) in teams.items():
            told(run, site, f"page, {words}", ("/empty/", f"/teams/{team.code}/", page))
        team, _ = run.crowd
        told(run, site, f"heatmap page, {HEATMAP_WORDS}", ("/empty/", f"/teams/{team.code}/heatmap/", page))


def told(run: Run, site: Application, what: str, asked: tuple[str, str, dict[str, str]], *targets: Target) -> None:
    empty, address, headers = asked
    works = [request(site, path, headers) for path in (empty, address)]
    bare, spent = alternating(works, run.rounds(ROUNDS))
    ratio = spent / bare
    run.table.judged(
        what,
        f"{1000 / spent:,.0f} requests a second",
        f"{ratio:.2f} x an empty view, of {1000 / bare:,.0f} a second; {spent:.2f} ms",
        *((target, ratio) for target in targets),
        grows=spent,
    )


@contextmanager
def production() -> Iterator[Application]:
    """The site as a server calls it, set as in production but for how many requests a minute somebody may make."""
    threshold = gc.get_threshold()
    # Templates are named for the engine to be made anew: it would keep the debugging of when it was made.
    with override_settings(
        DEBUG=False,
        TEMPLATES=settings.TEMPLATES,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.bench.addresses",
        API_REQUESTS_A_MINUTE=10**9,
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Static files have not been collected, and are not asked for.
            site = served()
        try:
            yield site
        finally:
            gc.set_threshold(*threshold)
            gc.unfreeze()


@contextmanager
def token_of(run: Run) -> Iterator[str]:
    """A token of an auditor's, who reads everything."""
    made, token = ApiToken.objects.create(run.auditor, name="bench")
    try:
        yield token
    finally:
        made.delete()


def session_of(run: Run) -> str:
    """The cookie of an auditor who is signed in."""
    client = Client()
    client.force_login(run.auditor)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def request(site: Application, path: str, headers: dict[str, str]) -> Work:
    """A request that is answered to its last byte; ends the run if the answer is no 200."""
    query = f"as_of={TODAY}" if "empty" not in path else ""

    def work() -> None:
        said: list[str] = []
        environ = {**ENVIRON, **headers, "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": BytesIO()}
        answer = site(environ, lambda status, _headers, _error=None: said.append(status))
        for _ in answer:
            pass
        answer.close()
        if said != ["200 OK"]:
            raise SystemExit(f"{path} answered {said}")

    return work


#: What a server tells of each request.
ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "HTTP_HOST": "localhost",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "https",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
