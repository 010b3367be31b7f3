"""What docs/rest.md says is true: its snippets are run against a server, and its tables are those of the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from assessments.models import AssessmentResult
from reports.api.document import document
from reports.api.problems import TITLES
from roles import jobs
from roles.models import Person, User

from .conftest import Calling
from .reading import API

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")
#: Parameters that the guide tells of once for all lists.
OF_ALL = {"fields", "page_size", "cursor", "ordering"}
#: Single things, of which it speaks in one sentence.
ONE_THING = {
    path.removeprefix(API)
    for path in document()["paths"]
    if re.fullmatch(r"[a-z-]+/\{\w+\}/", path.removeprefix(API)) and "exports" not in path
}


def snippets(language: str) -> list[str]:
    """The fenced blocks of the language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def run(
    live_server: LiveServer, people: dict[str, User], token_of: Callable[..., str], tmp_path: Path
) -> Callable[..., str]:
    """Runs a program with the address and a manager's token as a reader would set them; gives what it prints."""
    told = {"AISKILLS_URL": live_server.url, "AISKILLS_TOKEN": token_of(people["manager"])}

    def ran(*program: str) -> str:
        environment = {**os.environ, **told}
        done = subprocess.run(
            program, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return ran


def test_a_shell_reads_and_writes(run: Callable[..., str]) -> None:
    printed = run("bash", "-euo", "pipefail", "-c", "\n".join(snippets("bash")))
    assert "}304\n{" in printed
    assert AssessmentResult.objects.get(result_id="LMS-1").withdrawn_reason == "Somebody else sat the exam"


def test_a_shell_imports(
    run: Callable[..., str],
    people: dict[str, User],
    token_of: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "async_task", lambda work, pk: work(pk))
    (tmp_path / "people.csv").write_text("employee_id,name,email,joined_on,left_on\nN1,Ada,,2026-01-01,\n")
    [steps] = snippets("sh")
    as_administrator = f"AISKILLS_TOKEN={token_of(people['administrator'])}"
    call = snippets("bash")[0].partition("\n")[0]
    printed = run("bash", "-euo", "pipefail", "-c", "\n".join([as_administrator, call, steps]))
    assert '{"state":"ready"}' in printed
    assert Person.objects.get(employee_id="N1").name == "Ada"


def test_python_reads_page_by_page(run: Callable[..., str]) -> None:
    [walk] = snippets("python")
    assert run(sys.executable, "-c", walk) == "S1 C-1 3\nS1 C-2 2\nS2 C-2 0\n"


def test_its_addresses_and_filters_are_those_of_the_document() -> None:
    rows = re.findall(r"^\| `([a-z][^`?]*/)(?:\?(\w+)=)?` \|.*\|(.*)\|$", GUIDE, re.MULTILINE)
    paths = {path.removeprefix(API): methods for path, methods in document()["paths"].items() if "get" in methods}
    told = {path: ({name} if name else set()) | set(re.findall(r"`(\w+)`", filters)) for path, name, filters in rows}
    assert set(told) == {path for path in paths if path not in ONE_THING}
    for path in told.keys() - {"exports/{kind}/"}:
        names = {one["name"] for one in paths[path]["get"]["parameters"] if one["in"] == "query"}
        assert told[path] - OF_ALL == names - OF_ALL, path


def test_its_errors_are_all_that_there_are(calling: Calling) -> None:
    rows: list[Any] = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.*) \|$", GUIDE, re.MULTILINE)
    assert {name: words for name, _, words in rows} == TITLES
    problem = calling("auditor").get(f"{API}people/", {"role": "CYBER"})
    [example] = snippets("json")
    assert problem.json() == json.loads(example)
