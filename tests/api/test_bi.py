"""What docs/bi.md shows works: every snippet that can be run is taken from it and run, against a server."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import duckdb
import pytest
from django.utils.timezone import localdate, now
from pytest_django.live_server_helper import LiveServer

from assessments.models import AssessmentResult
from assessments.services import record_results, withdraw_result
from reports.queries import team_report
from roles.models import Competency, Person, Team, User

from .conftest import Calling

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "bi.md").read_text(encoding="utf-8")

Run = Callable[..., subprocess.CompletedProcess[str]]


def snippets(language: str) -> list[str]:
    """The fenced blocks of the language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


PANDAS, PULL = snippets("python")
FIRST_NUMBERS, DAYS = snippets("bash")
[DUCKDB] = snippets("sql")


@pytest.fixture
def run(
    live_server: LiveServer,
    people: dict[str, User],
    token_of: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs a program in a folder of its own, with the address and the manager's token as a reader would set them."""
    monkeypatch.chdir(tmp_path)
    told = {"AISKILLS_URL": live_server.url, "AISKILLS_TOKEN": token_of(people["manager"])}

    def ran(*program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        both = {**os.environ, **told, **environment}
        return subprocess.run(program, env=both, capture_output=True, text=True, timeout=60, check=False)

    return ran


def test_no_snippet_is_left_out() -> None:
    assert set(re.findall(r"^```(\w+)$", DOCUMENT, re.MULTILINE)) == {"bash", "console", "powerquery", "python", "sql"}


# curl, pandas, DuckDB.


def test_curl_shows_the_report_of_the_team(run: Run) -> None:
    done = run("bash", "-eu", "-c", FIRST_NUMBERS)
    assert done.returncode == 0, done.stderr
    *lines, trailer = done.stdout.splitlines()
    rows = list(csv.DictReader(lines))
    report = team_report(team=Team.objects.get(code="SEC"), as_of=localdate())
    assert [row["competency"] for row in rows] == [one.code for one in report.competencies]
    assert trailer.startswith(f"#rows={len(rows)},sha256=")


def test_pandas_has_the_figures_of_the_report(run: Run) -> None:
    done = run(sys.executable, "-c", PANDAS)
    assert done.returncode == 0, done.stderr
    totals = team_report(team=Team.objects.get(code="SEC"), as_of=localdate()).totals
    assert done.stdout.splitlines()[-1] == f"Coverage {totals.met / totals.required:.1%}"
    assert "C-1" in done.stdout


def test_duckdb_joins_the_files_of_several_days(run: Run, tmp_path: Path) -> None:
    done = run("bash", "-eu", "-c", DAYS)
    assert done.returncode == 0, done.stderr
    days = [date.fromisoformat(file.stem) for file in sorted((tmp_path / "gaps").iterdir())]
    assert len(days) == 3
    team = Team.objects.get(code="SEC")
    totals = [(day, team_report(team=team, as_of=day).totals) for day in days]
    expected = [(day, one.required, one.met, one.coverage) for day, one in totals]
    assert duckdb.execute(DUCKDB).fetchall() == expected
    assert len({one.required for _day, one in totals}) > 1


# The copy of every night.


@pytest.fixture
def pull(run: Run, tmp_path: Path) -> Run:
    script = tmp_path / "pull_results.py"
    script.write_text(PULL, encoding="utf-8")
    return lambda **environment: run(sys.executable, str(script), "results.sqlite3", **environment)


def copied(what: str = "result_id", table: str = "results") -> list[Any]:
    copy = sqlite3.connect("results.sqlite3")
    rows = copy.execute(f"SELECT {what} FROM {table} ORDER BY result_id").fetchall()  # noqa: S608
    copy.close()
    return [row[0] if len(row) == 1 else row for row in rows]


def came(done: subprocess.CompletedProcess[str]) -> int:
    """How many results a pull that went well was sent."""
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[0])


def test_the_copy_follows_what_is_recorded_and_withdrawn(pull: Run, people: dict[str, User]) -> None:
    assert came(pull()) == 3
    first = copied("*")
    assert copied() == ["R1", "R2", "R3"]
    assert came(pull()) == 3
    assert copied("*") == first

    result = AssessmentResult(
        result_id="NEW",
        person=Person.objects.get(employee_id="S2"),
        competency=Competency.objects.get(code="C-1"),
        level=4,
        method="exam",
        assessed_on=date(2026, 1, 5),
    )
    record_results(results=[result], by=people["manager"], at=now())
    mistaken = AssessmentResult.objects.get(result_id="R1")
    withdraw_result(result=mistaken, by=people["manager"], reason="Wrong person", at=now())
    pull()
    assert copied("result_id, level, withdrawn_reason")[:2] == [("NEW", 4, None), ("R1", 3, "Wrong person")]
    assert copied(table="results_that_count") == ["NEW", "R2", "R3"]
    # From now on it asks for what changed only.
    assert came(pull()) == 2
    assert copied() == ["NEW", "R1", "R2", "R3"]


#: What a server sends that was interrupted, or that somebody between changed.
CUT_OFF: dict[str, list[dict[str, Any]]] = {
    "no trailer": [{"result_id": "X"}],
    "a row missing": [{"trailer": {"rows": 1, "sha256": "0" * 64}}],
    "another digest": [{"result_id": "X"}, {"trailer": {"rows": 1, "sha256": "0" * 64}}],
    "nothing": [],
}


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], str]]:
    """Serves the same bytes to whoever asks; gives the address."""
    servers = []

    def served(content: bytes) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *about: Any) -> None:
                """Nobody needs to read it."""

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


def whole(row: dict[str, Any]) -> dict[str, Any]:
    """A row with every column that the copy keeps."""
    return {column: row.get(column) for column in re.findall(r'"(\w+)"', PULL.split("COLUMNS = [")[1].split("]")[0])}


def test_a_file_that_was_cut_off_changes_nothing(pull: Run, serve: Callable[[bytes], str]) -> None:
    pull()
    before = copied("*")
    for rows in CUT_OFF.values():
        lines = [json.dumps(row if "trailer" in row else whole(row)) + "\n" for row in rows]
        done = pull(AISKILLS_URL=serve("".join(lines).encode()))
        assert done.returncode == 1
        assert "The export is not whole." in done.stderr
        assert copied("*") == before


def test_a_token_that_is_no_good_is_said(pull: Run) -> None:
    done = pull(AISKILLS_TOKEN="none")  # noqa: S106
    assert done.returncode == 1
    assert done.stderr.startswith("401 Unauthorized")
    assert "not known, has expired or was revoked" in done.stderr


# Power Query, which runs on Windows alone: what it asks for is there.

QUERIES = snippets("powerquery")
RECORD = r"\[([^\[\]]*)\]"


def asked_by(query: str) -> tuple[str, dict[str, str]]:
    """The path and the parameters that a query in M asks for; what it computes there is taken for a day."""
    [path] = re.findall(r'RelativePath = "([^"]+)"', query)
    [record] = re.findall(rf"Query = {RECORD}", query)
    fields = re.findall(r"(\w+) = (?:\"([^\"]*)\"|[A-Z])", record)
    assert len(fields) == record.count(" = ")
    return f"/{path}", {name: value or "2025-01-01" for name, value in fields}


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_power_query_asks_for_what_the_document_has_and_types_columns_that_are_there(
    calling: Calling, query: str
) -> None:
    manager = calling("manager")
    path, parameters = asked_by(query)
    kind = path.removeprefix("/api/v1/exports/").rstrip("/")
    operation = manager.get("/api/v1/schema/").json()["paths"]["/api/v1/exports/{kind}/"]["get"]
    documented = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert kind in documented["kind"]["enum"]
    for name, value in parameters.items():
        assert value in documented[name].get("enum", [value])
    answer = manager.get(f"{path}?{urlencode(parameters)}")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    typed = re.findall(r'{"(\w+)", ', query)
    if typed:
        assert set(typed) <= set(content.decode().splitlines()[0].split(","))
        assert {"coverage", "verified_coverage", "readiness"} <= set(typed)
    else:
        assert content.startswith(b"PAR1")


def test_every_address_in_the_document_answers(calling: Calling) -> None:
    addresses = set(re.findall(r"/api/v1/exports/\w+/[?\w=&$-]*", DOCUMENT))
    assert len(addresses) >= 5
    for address in addresses:
        response = calling("manager").get(address.replace("$day", "2025-01-01").rstrip("?"))
        assert response.status_code == 200, address
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
