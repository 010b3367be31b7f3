"""The page that shows what REST answers works within the Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from reports.api.document import document
from tests.browser.visitor import Visitor


def test_the_docs_show_every_operation(walks: Callable[..., Visitor]) -> None:
    operations = [operation for methods in document()["paths"].values() for operation in methods.values()]
    visitor = walks("manager")
    visitor.goes_to("/api/v1/docs/")
    expect(visitor.page.locator(".opblock")).to_have_count(len(operations))
    gaps = visitor.page.locator("#operations-figures-team_gaps")
    gaps.locator(".opblock-summary-control").click()
    expect(gaps.get_by_text("The day, past or future; today unless given.")).to_be_visible()
    assert not visitor.wrong, visitor.said()
