"""The benchmark itself: that it still runs, judges by its targets, and touches no database that is not its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.bench.__main__ import ON_SQLITE, PARTS, asked
from tests.bench.figures import BEGIN, END, Figure, Table, Target, comparison, kept
from tests.databases import NAMED
from tests.environment import DATABASE

#: Without those that start a server or commands of their own, which take seconds each.
QUICK_PARTS = "reports,scanning,requests,recording,moving,publishing,sizes"

IS_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]
on_postgresql = pytest.mark.skipif(IS_SQLITE, reason="measures PostgreSQL")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark on the server that the tests use, if they use one."""
    server = {NAMED: os.environ[DATABASE]} if DATABASE in os.environ else {}
    return subprocess.run(
        [sys.executable, "-m", "tests.bench", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, **server},
        capture_output=True,
        text=True,
        check=False,
    )


@on_postgresql
def test_it_measures_a_small_organisation(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    done = bench("--people", "60", "--quick", "--only", QUICK_PARTS, "--json", str(file))

    assert done.returncode == 0, done.stderr
    table = kept(file)
    assert {figure.part for figure in table.figures} == {"importing", *QUICK_PARTS.split(",")}
    for begins in (
        "report, the organisation, a past day",
        "trend, the organisation",
        "heatmap, about 200 people x 25",
        "who holds",
        "DuckDB's scan",
        "JSON report asked again, the organisation",
        "JSON report computed anew, the organisation",
        "page, the organisation",
        "results recorded, 2 writers",
        "moving a department",
        "publishing a version",
        "the whole database",
    ):
        assert [figure for figure in table.figures if figure.what.startswith(begins)], begins
    assert table.markdown() in done.stdout


@pytest.mark.skipif(not IS_SQLITE, reason="measures a file of its own, the same whatever the tests use")
def test_it_measures_on_sqlite_what_can_be(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    done = bench("--sqlite", "--people", "60", "--quick", "--json", str(file))

    assert done.returncode == 0, done.stderr
    table = kept(file)
    assert table.heading.startswith("60 people with 10 results each, on SQLite 3")
    assert {figure.part for figure in table.figures} == {*ON_SQLITE}
    assert "COPY" not in done.stdout
    assert [figure.figure for figure in table.figures if "ms at the database" in figure.figure] == []


@pytest.mark.parametrize(
    ("beside", "why"),
    [
        (["--keep", "x"], "leave out --keep and --database"),
        (["--database", "x"], "leave out --keep and --database"),
        (["--only", "reports,scanning"], "scanning: not on SQLite"),
    ],
)
def test_what_sqlite_has_not_is_said(beside: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        asked(["--sqlite", *beside])
    assert why in capsys.readouterr().err


@on_postgresql
def test_it_refuses_a_database_that_is_not_its_own() -> None:
    name = str(connection.settings_dict["NAME"])

    there, not_built = bench("--keep", name), bench("--database", name)

    assert (there.returncode, not_built.returncode) == (2, 2)
    assert f"There is a database {name} already" in there.stderr
    assert "not built by a run with --keep" in not_built.stderr


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        pytest.param((5.0, 39.0), False, id="one of them misses"),
        pytest.param((5.1, 40.0), False, id="the other one does"),
        pytest.param((5.0, 40.0), True, id="just so much"),
    ],
)
def test_a_figure_holds_if_all_its_targets_do(values: tuple[float, float], holds: bool) -> None:
    table = Table("A run.")

    table.judged("report", "4 ms", "", (Target("5 ms", most=5), values[0]), (Target("40 x", least=40), values[1]))

    assert table.figures[0].holds is holds
    assert f"| report | 4 ms |  | 5 ms; 40 x | {'holds' if holds else 'MISSED'} |" in table.markdown()


def test_what_grew_between_two_runs_is_told(tmp_path: Path) -> None:
    report = Figure("reports", "report, today", "2.00 ms", grows=2.0)
    other = Figure("reports", "trend", "1.00 ms", grows=1.0)
    Table("Small.", [report, other, Figure("sizes", "standings", "5 MB")]).keep(tmp_path / "small.json")
    Table("Large.", [replace(other, grows=1.6), replace(report, grows=3.0)]).keep(tmp_path / "large.json")

    told = comparison(kept(tmp_path / "small.json"), kept(tmp_path / "large.json"))

    assert "| report, today | 2.00 ms | 3.00 ms | 1.50 x | holds |" in told
    assert "| trend | 1.00 ms | 1.60 ms | 1.60 x | MISSED |" in told
    assert "standings" not in told


def test_a_document_takes_in_the_last_table(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"Before.\n{BEGIN}\nolder\n{END}\nAfter.\n", encoding="utf-8")
    table = Table("A run.", [Figure("sizes", "standings", "5 MB")])

    table.put_into(document)
    table.put_into(document)

    assert document.read_text(encoding="utf-8") == f"Before.\n{BEGIN}\n{table.markdown()}{END}\nAfter.\n"
    assert BEGIN in (settings.BASE_DIR / "docs" / "performance.md").read_text(encoding="utf-8")


def test_parts_are_measured_in_their_order_whatever_order_they_are_named_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(["--only", "sizes,reports"]).only == ("reports", "sizes")
    assert asked([]).only == PARTS
    with pytest.raises(SystemExit):
        asked(["--only", "report"])
    assert "report: no such part" in capsys.readouterr().err
