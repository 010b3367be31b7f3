"""A file with ten mistakes: imported by hand, its bad rows mended in a spreadsheet, until a team's page changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from assessments.models import Import
from reports.models import Standing
from reports.standings import State
from roles import jobs
from roles.models import Team, User
from tests.browser.visitor import Visitor
from tests.organisation import COLUMNS

Row = dict[str, str]

#: For each of the mistakes the column that it is in, and what stands there.
MISTAKES = [
    ("level", "7"),
    ("level", ""),
    ("method", "guess"),
    ("method", "Exam"),
    ("assessed_on", "01.02.2026"),
    ("assessed_on", "2026-02-30"),
    ("assessed_on", ""),
    ("competency", "NONE-1"),
    ("employee_id", "nobody"),
    ("expires_on", "1999-01-01"),
]


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "async_task", lambda *_: None)


def rows_that_prove_something(team: Team) -> list[Row]:
    """Results of people of the team in what they were never assessed in."""
    unknown = Standing.objects.in_force(on=localdate()).within(team).filter(state=State.NOT_ASSESSED)
    missing = unknown.order_by("person", "competency").select_related("person", "competency")
    fixed = {
        "level": "4",
        "method": "exam",
        "expires_on": "",
        "assessed_on": (localdate() - timedelta(days=1)).isoformat(),
    }
    return [
        {**fixed, "employee_id": one.person.employee_id, "competency": one.competency.code, "assessor": "=Institute"}
        for one in missing[:14]
    ]


def written(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS["results"])
        writer.writeheader()
        writer.writerows(rows)


def worker_works() -> None:
    """A worker does what was asked for last."""
    upload = Import.objects.select_related("job").latest("pk")
    assert upload.job is not None
    jobs.run(upload.job.pk)


def not_assessed(page: Page) -> int:
    line = page.locator(".legend li:has(a[href$='state=not_assessed']) b")
    return int(line.inner_text().replace(",", ""))


def mended(text: str, right: list[Row]) -> str:
    """The downloaded file with what is right in place of each mistake, as a spreadsheet would save it."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    out = io.StringIO()
    writer = csv.DictWriter(out, reader.fieldnames or [])
    writer.writeheader()
    writer.writerows({**row, **right[int(row["line"]) - 2], "assessor": row["assessor"]} for row in reader)
    return out.getvalue()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_with_ten_mistakes_is_mended_and_imported_and_a_teams_page_changes(
    comes: Callable[..., Visitor], tmp_path: Path, javascript: bool
) -> None:
    [team] = User.objects.get(username="manager").managed_teams
    manager = comes("manager")
    manager.goes_to(f"/teams/{team.code}/")
    before = not_assessed(manager.page)
    right = [{**row, "result_id": f"STORY-{javascript}-{n}"} for n, row in enumerate(rows_that_prove_something(team))]
    wrong = [{**row, column: cell} for row, (column, cell) in zip(right, MISTAKES, strict=False)]
    written(tmp_path / "results.csv", [*wrong, *right[len(MISTAKES) :]])
    assert len(right) > len(MISTAKES)

    visitor = comes("admin", javascript=javascript)
    page = visitor.page
    visitor.goes_to("/admin/assessments/import/")
    page.get_by_role("link", name="Add import").click()
    page.locator("#files").set_input_files(tmp_path / "results.csv")
    page.get_by_role("button", name="Upload and look").click()
    looks_again(page, "10 problems keep it from being imported.", javascript=javascript)
    expect(page.locator(".im-bad tbody tr")).to_have_count(10)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the bad rows of results.csv").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "results-bad-rows.csv"
    (tmp_path / "results-bad-rows (1).csv").write_text(mended(text, right), encoding="utf-8")
    page.locator("#files").set_input_files(tmp_path / "results-bad-rows (1).csv")
    page.get_by_role("button", name="Send and look again").click()
    looks_again(page, f"{len(right)} rows would be added or changed.", javascript=javascript)

    manager.goes_to(f"/teams/{team.code}/")
    assert not_assessed(manager.page) == before
    page.get_by_role("button", name="Import it").click()
    looks_again(page, "It is imported, and every figure is up to date.", javascript=javascript)
    manager.goes_to(f"/teams/{team.code}/")
    assert not_assessed(manager.page) == before - len(right)


def looks_again(page: Page, words: str, *, javascript: bool) -> None:
    """Wait until the worker has done its work: with JavaScript the page asks by itself."""
    expect(page.locator("#import")).to_contain_text("It waits for its turn.")
    worker_works()
    if not javascript:
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("#import")).to_contain_text(words)
