"""A browser, the demo behind a server, and visitors whose every page is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils.timezone import localdate, now
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from aiskills.demo import load_demo
from roles.shipped import load_shipped_matrix
from tests.browser.chromium import FLAGS, chromium
from tests.browser.pages import session_of
from tests.browser.visitor import Setting, Visitor, visit

#: Few enough to load in seconds, enough for every state and for a team that fills a screen.
PEOPLE = 60
PASSWORD = "demo-demo-demo"  # noqa: S105


@pytest.fixture(scope="package")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """One browser for all tests of a process; installed first if there is none.

    It comes after the database, which Django would set up for a coroutine alone once Playwright's loop runs.
    """
    path = chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # That loop runs in this thread, and Django would refuse every query in it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def db(browser: Browser, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database with the demo, in place of pytest-django's, which is new for each test.

    Loading takes seconds, so it is done once: a test compares what it changes with what it found, not with a number.
    """
    assert Path(connection.settings_dict["NAME"]).name.startswith("test")
    with django_db_blocker.unblock():
        load_shipped_matrix(folder=settings.BASE_DIR / "fixtures" / "matrix", at=now())
        load_demo(people=PEOPLE, seed=1, today=localdate(), at=now(), password=PASSWORD)
        yield
        call_command("flush", verbosity=0, interactive=False)
        connections.close_all()


@pytest.fixture(scope="package")
def site(db: None) -> Iterator[str]:
    """The address of a server."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


@dataclass(frozen=True)
class Door:
    """Lets visitors in, and shows them out."""

    browser: Browser
    site: str
    visitors: dict[object, Visitor] = field(default_factory=dict)

    def lets_in(self, who: str | None = "manager", **setting: Any) -> Visitor:
        """A visitor who is signed in as one of the demo's accounts, or as nobody; `setting` as in `Setting`."""
        visitor = visit(self.browser, self.site, session_of(who) if who else None, Setting(**setting))
        self.visitors[object()] = visitor
        return visitor

    def lets_in_once(self, who: str | None) -> Visitor:
        """The one who was let in before, if so, without what was wrong then: that is quicker."""
        if who not in self.visitors:
            self.visitors[who] = visit(self.browser, self.site, session_of(who) if who else None, Setting())
        self.visitors[who].wrong.clear()
        return self.visitors[who]

    def shows_out(self) -> None:
        for visitor in self.visitors.values():
            visitor.page.context.close()


@pytest.fixture
def comes(browser: Browser, site: str) -> Iterator[Callable[..., Visitor]]:
    """Lets somebody come to the site; what is wrong on any page that they see fails the test."""
    door = Door(browser, site)
    yield door.lets_in
    door.shows_out()
    for visitor in door.visitors.values():
        assert not visitor.wrong, visitor.said()


@pytest.fixture(scope="package")
def walks(browser: Browser, site: str) -> Iterator[Callable[..., Visitor]]:
    """Lets somebody walk on from page to page, through several tests; each looks itself at what is wrong."""
    door = Door(browser, site)
    yield door.lets_in_once
    door.shows_out()
