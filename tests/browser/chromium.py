"""Finds a Chromium for the browser tests, and installs one where there is none: `python -m tests.browser.chromium`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Names a Chromium to use; pytest gets it as `environment.CHROMIUM`.
NAMED = "AISKILLS_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: A font beside it: a bare machine has none, and every sign would be an empty box.
APT_PACKAGES = ("chromium", "fonts-dejavu-core")

SECONDS_TO_START = 60

#: Nothing of its own accord, and no sandbox, which a container has no rights for: it sees this site alone.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

LOCK = Path(__file__).resolve().parents[2] / ".local" / "chromium.lock"

WHAT_TO_DO = f"""\
Do one of these:
  - install Chromium by your system's packages (Debian: apt-get install chromium fonts-dejavu-core, as root);
  - set {NAMED} to the path of a Chromium or Chrome;
  - let this machine reach cdn.playwright.dev, from where Playwright fetches one without root."""


class NoChromium(Exception):
    """There is no browser to test with. The message says what was tried and what to do."""


def chromium() -> str:
    """The path of a Chromium that starts, installed first if there is none. Raises NoChromium.

    One that was named is used or complained about, never passed over for another one.
    """
    tried: list[str] = []
    if path := named() or found(tried):
        return path
    with one_at_a_time():
        if path := found([]):  # Another process may have installed it while this one waited.
            return path
        for install in (by_apt, by_playwright):
            install(tried)
            if path := found(tried):
                return path
    tried = [f"  - {line}" for line in dict.fromkeys(tried)]
    raise NoChromium("\n".join(["Browser tests need a Chromium, and none was found. Tried:", *tried, WHAT_TO_DO]))


def named() -> str | None:
    """The browser that the environment names. Raises NoChromium if it does not start."""
    path = os.environ.get(NAMED, "").strip() or os.environ.get(environment.CHROMIUM, "")
    if path and (problem := why_not(path)):
        raise NoChromium(f"{NAMED} names a browser that can't be used: {problem}\nUnset it to have another one found.")
    return path or None


def found(tried: list[str]) -> str | None:
    """A browser that is installed and starts."""
    for path in installed():
        problem = why_not(path)
        if not problem:
            return path
        tried.append(problem)
    return None


def installed() -> Iterator[str]:
    """The system's browsers, then the one that Playwright fetches, whether or not it has."""
    yield from filter(None, map(shutil.which, NAMES))
    yield of_playwright()


def of_playwright() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def why_not(path: str) -> str:
    """What keeps tests from using a browser; nothing if it starts, which a stub of Ubuntu's does not."""
    if not Path(path).exists():
        return f"{path}: not there"
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=SECONDS_TO_START, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{path}: {error}"
    if answer.returncode or "Chrom" not in answer.stdout:
        return f"{path} --version: {(answer.stderr or answer.stdout).strip()[-500:] or answer.returncode}"
    return ""


def by_apt(tried: list[str]) -> None:
    """Install Debian's Chromium, where this is Debian and the user is root."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        tried.append("apt-get: not here, or not as root")
        return
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *APT_PACKAGES]
    for command in (["apt-get", "update", "--quiet"], install):
        attempt(command, environ, tried)


def by_playwright(tried: list[str]) -> None:
    """Fetch the Chromium that goes with Playwright into the user's cache; it takes no root."""
    attempt([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], dict(os.environ), tried)


def attempt(command: list[str], environ: dict[str, str], tried: list[str]) -> None:
    print(f"Browser tests need a Chromium: {' '.join(command)}", file=sys.stderr, flush=True)
    done = subprocess.run(command, env=environ, stdout=sys.stderr, check=False)
    if done.returncode:
        tried.append(f"{' '.join(command)}: failed with {done.returncode}")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let the other processes of a test run wait while one installs."""
    import fcntl  # noqa: PLC0415  (not on Windows, where a Chromium has to be there)

    LOCK.parent.mkdir(mode=0o700, exist_ok=True)
    with LOCK.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        print(chromium())
    except NoChromium as error:
        sys.exit(str(error))
