"""A browser is found, or installed, or its lack is said: tests are never skipped for want of one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import environment
from tests.browser import chromium

STARTS = "#!/bin/sh\necho Chromium 150.0\n"
STUB = "#!/bin/sh\necho 'Install it from the shop.' >&2\nexit 1\n"


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a browser, on which the user is root."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "fetched"))
    monkeypatch.delenv(chromium.NAMED, raising=False)
    monkeypatch.delenv(environment.CHROMIUM, raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium, "LOCK", tmp_path / "local" / "lock")
    # Playwright's own place is asked of Playwright, which takes no second start in one thread.
    monkeypatch.setattr(chromium, "of_playwright", lambda: str(tmp_path / "fetched" / "chrome"))


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stands in for what installs; returns what was run."""

    def standing_in(working: str = "", at: Path | None = None) -> list[str]:
        ran: list[str] = []
        really = subprocess.run

        def run(command: list[str], **wish: Any) -> subprocess.CompletedProcess[Any]:
            if command[-1] == "--version":
                return really(command, **wish)
            ran.append(" ".join(command))
            if working and working in ran[-1]:
                assert at is not None
                program(at, STARTS)
                return subprocess.CompletedProcess(command, 0)
            return subprocess.CompletedProcess(command, 1)

        monkeypatch.setattr(subprocess, "run", run)
        return ran

    return standing_in


def test_the_systems_browser_is_used(tmp_path: Path, installs: Any) -> None:
    ran = installs()
    path = program(tmp_path / "bin" / "chromium", STARTS)
    assert chromium.chromium() == str(path)
    assert ran == []


def test_one_that_is_named_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installs: Any) -> None:
    program(tmp_path / "bin" / "chromium", STARTS)
    mine = str(program(tmp_path / "mine", STARTS))
    monkeypatch.setenv(chromium.NAMED, mine)
    assert chromium.chromium() == mine


def test_one_that_is_named_and_does_not_start_is_the_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installs: Any
) -> None:
    program(tmp_path / "bin" / "chromium", STARTS)
    monkeypatch.setenv(chromium.NAMED, str(program(tmp_path / "mine", STUB)))
    with pytest.raises(chromium.NoChromium, match=r"AISKILLS_TEST_CHROMIUM names .* Install it from the shop\."):
        chromium.chromium()


def test_what_the_environment_names_is_kept_for_the_tests() -> None:
    environ = {chromium.NAMED: "/opt/chromium"}
    environment.settle(environ)
    assert environ[environment.CHROMIUM] == "/opt/chromium"
    assert chromium.NAMED not in environ


def test_root_gets_debians_and_a_font(tmp_path: Path, installs: Any) -> None:
    program(tmp_path / "bin" / "apt-get", STUB)
    ran = installs(working="apt-get install", at=tmp_path / "bin" / "chromium")
    assert chromium.chromium() == str(tmp_path / "bin" / "chromium")
    assert ran[0].startswith("apt-get update")
    assert "fonts-dejavu-core" in ran[1]


def test_who_is_not_root_gets_playwrights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installs: Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(tmp_path / "bin" / "apt-get", STUB)
    ran = installs(working="playwright install", at=tmp_path / "fetched" / "chrome")
    assert chromium.chromium() == str(tmp_path / "fetched" / "chrome")
    assert not [command for command in ran if "apt-get" in command]


def test_a_stub_is_no_browser(tmp_path: Path, installs: Any) -> None:
    program(tmp_path / "bin" / "chromium-browser", STUB)
    installs(working="playwright install", at=tmp_path / "fetched" / "chrome")
    assert chromium.chromium() == str(tmp_path / "fetched" / "chrome")


def test_without_any_it_says_what_was_tried_and_what_to_do(tmp_path: Path, installs: Any) -> None:
    program(tmp_path / "bin" / "apt-get", STUB)
    installs()
    with pytest.raises(chromium.NoChromium) as failure:
        chromium.chromium()
    said = str(failure.value)
    for words in ("apt-get install", "playwright install", "Do one of these", chromium.NAMED):
        assert words in said
