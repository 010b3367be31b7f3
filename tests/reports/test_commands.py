"""gap_report and rebuild_standings, as somebody at a terminal meets them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from assessments.importing.importer import import_organisation
from fixtures.demo import write_organisation
from reports.measures import MEASURES

TODAY = date(2026, 11, 1)


@pytest.fixture
def root(matrix: Any, tmp_path: Path) -> str:
    demo = write_organisation(tmp_path, people=30, seed=3, until=TODAY)
    import_organisation(tmp_path, at=now())
    return demo.root


def printed(*args: str) -> str:
    out = io.StringIO()
    call_command("gap_report", *args, stdout=out)
    return out.getvalue()


def test_json_has_the_keys_of_the_contract(root: str) -> None:
    report = json.loads(printed(root, "--as-of", "2026-11-01", "--format", "json"))

    assert {"team": root, "as_of": "2026-11-01", "matrix_version": "article-2026-05", "policy": "latest_verified"} == {
        key: report[key] for key in ("team", "as_of", "matrix_version", "policy")
    }
    assert tuple(report["totals"]) == MEASURES
    assert set(MEASURES) | {"competency", "title", "holders"} <= set(report["competencies"][0])
    assert set(MEASURES) | {"role", "title", "people"} <= set(report["roles"][0])
    assert set(MEASURES) | {"threat", "title", "people"} <= set(report["threats"][0])
    totals = report["totals"]
    assert totals["met"] + totals["gap"] + totals["not_assessed"] + totals["expired"] == totals["required"] > 0


def test_csv_has_a_row_for_each_competency(root: str) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(root, "--as-of", "2026-11-01", "--format", "csv"))))
    report = json.loads(printed(root, "--as-of", "2026-11-01", "--format", "json"))

    assert [row["competency"] for row in rows] == [line["competency"] for line in report["competencies"]]
    assert [int(row["gap"]) for row in rows] == [line["gap"] for line in report["competencies"]]


def test_the_table_is_plain_text_with_the_worst_coverage_first(root: str) -> None:
    text = printed(root, "--as-of", "2026-11-01")
    report = json.loads(printed(root, "--as-of", "2026-11-01", "--format", "json"))
    worst = min(report["competencies"], key=lambda line: (line["coverage"], line["competency"]))

    assert "\x1b" not in text
    assert text.index(f" {worst['competency']} ") == min(
        text.index(f" {line['competency']} ") for line in report["competencies"]
    )
    assert f"{report['totals']['expired']:,} have expired" in text
    assert f"{report['totals']['not_assessed']:,} are not assessed" in text


def test_a_day_to_come_is_called_a_forecast(root: str) -> None:
    assert "forecast" in printed(root, "--as-of", "2999-01-01")
    assert "forecast" not in printed(root, "--as-of", "2020-01-01")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["NOPE"], "'NOPE'"),
        (["{root}", "--as-of", "31/12/2026"], "'31/12/2026' is not a date; write YYYY-MM-DD"),
        (["{root}", "--as-of", "2026-02-30"], "'2026-02-30' is not a day of the calendar"),
        (["{root}", "--as-of", "20261231"], "YYYY-MM-DD"),
        (["{root}", "--as-of", "9999-12-31"], "9999-12-30 is the last day"),
    ],
)
def test_what_cannot_be_asked_ends_with_status_2_and_one_line(root: str, args: list[str], said: str) -> None:
    with pytest.raises(CommandError) as error:
        printed(*(arg.format(root=root) for arg in args))

    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.returncode == 2
