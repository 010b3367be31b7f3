"""Takes the pictures of the pages that README shows, from the demo: `make screenshots`.

They go into docs/images/. The demo is the same each time but for its days, which end with today.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import environment
from tests.browser.chromium import FLAGS, chromium
from tests.browser.visitor import Setting, Visitor, visit

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SECONDS_TO_START = 30

#: Of a wide picture: what a laptop shows, in less than 200 kB.
HEIGHT = 800


WIDE, DARK, NARROW = Setting(), Setting(dark=True), Setting(narrow=True)


@dataclass(frozen=True)
class Picture:
    """What a picture shows: an address with the names of `examples` in braces, what is pressed, what is its top."""

    name: str
    address: str
    setting: Setting = WIDE
    who: str = "manager"
    press: str = ""
    top: str = ""


PICTURES = [
    Picture("home", "/"),
    Picture("team", "/teams/{team}/"),
    Picture("team-dark", "/teams/{team}/", DARK),
    Picture("team-narrow", "/teams/{team}/", NARROW),
    Picture("team-german", "/teams/{team}/", Setting(language="de")),
    Picture("heatmap", "/teams/{team}/heatmap/"),
    Picture("heatmap-dark", "/teams/{team}/heatmap/", DARK),
    Picture("heatmap-narrow", "/teams/{team}/heatmap/", NARROW, top="#heat-title"),
    Picture("why", "/teams/{team}/heatmap/", press="table.heat a.s-gap.d2"),
    Picture("roles", "/teams/{team}/roles/"),
    Picture("threats", "/teams/{team}/threats/"),
    Picture("bench", "/teams/{team}/bench/"),
    Picture("trend", "/teams/{team}/trend/"),
    Picture("forecast", "/teams/{team}/forecast/?as_of={future}"),
    Picture("person", "/people/{person}/"),
    Picture("career", "/people/{person}/career/"),
    Picture("record", "/teams/{team}/record/"),
    Picture("find", "/find/?competency={competency}&level=3"),
    Picture("console", "/admin/", who="admin"),
    Picture("matrix-editor", "/admin/matrix/versions/{draft}/", who="admin"),
]


def main() -> int:
    """0 once all pictures are taken."""
    with tempfile.TemporaryDirectory(prefix="aiskills-screenshots-") as folder:
        known, sessions = demo(Path(folder))
        with server() as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            take_all(browser, base, known, sessions)
            browser.close()
    return 0


def demo(folder: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Load the demo into a database of its own: examples of what is in it, and a session for each account."""
    environment.settle(os.environ)
    # Once for this process and for the server's: a session that one of them opens has to be one for the other.
    os.environ["AISKILLS_SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'demo.sqlite3'}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "aiskills.settings"
    import django  # noqa: PLC0415  (once the environment is settled)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    for command in ("load_matrix", "load_demo"):
        call_command(command, stdout=StringIO())
    from tests.browser.pages import examples, session_of  # noqa: PLC0415

    return examples(), {who: session_of(who) for who in {picture.who for picture in PICTURES}}


@contextmanager
def server() -> Iterator[str]:
    """The address of a server, in a process of its own, for as long as the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "manage.py", "runserver", address, "--noreload"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://{address}/health/")
            yield f"http://{address}"
        finally:
            process.terminate()


def wait_for(address: str) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(address):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def take_all(browser: Browser, base: str, known: Mapping[str, str], sessions: Mapping[str, str]) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        visitor = visit(browser, base, sessions[picture.who], picture.setting)
        file = IMAGES / f"{picture.name}.png"
        take(visitor, picture, picture.address.format(**known), file)
        visitor.page.context.close()
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1000} kB", flush=True)


def take(visitor: Visitor, picture: Picture, address: str, file: Path) -> None:
    if not picture.setting.narrow:
        visitor.page.set_viewport_size({"width": 1280, "height": HEIGHT})
    visitor.goes_to(address)
    if picture.press:
        visitor.page.locator(picture.press).first.click()
        visitor.page.locator("#panel h2").wait_for()
    visitor.page.wait_for_load_state("networkidle")
    if picture.top:
        visitor.page.locator(picture.top).evaluate("(element) => element.scrollIntoView()")
    visitor.page.screenshot(path=file, animations="disabled", caret="hide")


if __name__ == "__main__":
    sys.exit(main())
