"""The programme owner and a new version of the matrix: a draft, what it would change, and a manager's page after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Dialog, Locator, Page, expect

from reports.models import Standing
from reports.standings import State
from roles import jobs
from roles.models import Job, MatrixVersion, RoleAssignment, User
from roles.services import begin_draft, discard_draft
from tests.browser.visitor import Visitor


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: the name of its field, the level it asks for, and what its row and column are called."""

    name: str
    level: int
    role: str
    competency: str


def a_cell_that_matters() -> Cell:
    """A requirement that somebody in the manager's team meets by the very level it asks for, by one role alone."""
    today = localdate()
    version = MatrixVersion.objects.in_force(on=today)
    [team] = User.objects.get(username="manager").managed_teams
    assert version is not None
    met = Standing.objects.in_force(on=today).within(team).filter(state=State.MET, required__in=(1, 2, 3))
    for standing in met.order_by("person", "competency").select_related("competency"):
        if standing.level is not None and standing.level == standing.required:
            held = RoleAssignment.objects.in_force(on=today).filter(person=standing.person_id).values("role")
            cells = version.requirements.filter(competency=standing.competency, role__in=held, role__isnull=False)
            cell = cells.filter(required_level=standing.level).select_related("role").first()
            if cell is not None:
                name = f"{cell.role_id}-{standing.competency_id}"
                return Cell(name, cell.required_level, cell.role.title, standing.competency.code)
    raise AssertionError("Nobody in the manager's team meets anything by just the level it asks for.")


def met_of(page: Page) -> int:
    """How many requirements of the team are met, by the page of the team."""
    lines = [page.locator(f".legend li:has(a[href$='state={state}']) b") for state in ("verified", "claimed")]
    return sum(int(line.inner_text().replace(",", "")) for line in lines)


@pytest.fixture
def draft(db: None) -> MatrixVersion:
    """A draft of the version in force, gone afterwards."""
    version = MatrixVersion.objects.in_force(on=localdate())
    assert version is not None
    MatrixVersion.objects.filter(code="try").delete()
    return begin_draft(code="try", effective_from=localdate().replace(year=localdate().year + 2), based_on=version)


def field_of(page: Page, row: int, column: int) -> Locator:
    return page.locator("#matrix-editor tr:not(.group):has(td)").nth(row).locator("td input").nth(column)


def test_a_draft_is_edited_by_keyboard_its_effect_seen_and_published_and_a_managers_page_changes(
    comes: Callable[..., Visitor],
) -> None:
    manager, cell = comes("manager"), a_cell_that_matters()
    [team] = User.objects.get(username="manager").managed_teams
    manager.goes_to(f"/teams/{team.code}/")
    before = met_of(manager.page)

    owner = comes("admin")
    page, keys = owner.page, owner.page.keyboard
    owner.goes_to("/admin/")
    page.locator("#content a[href='/admin/roles/matrixversion/']").first.click()
    page.get_by_role("link", name="New draft").click()
    page.locator("#id_code").fill("story")
    page.locator("#id_effective_from").fill(localdate().isoformat())
    page.get_by_role("button", name="Begin the draft").click()
    expect(page.locator("h1")).to_have_text("Draft story")
    # The keys of the sheet are there once it says so.
    expect(page.locator(".mx-script")).to_be_visible()

    field = page.locator(f"#matrix-editor input[name='{cell.name}']")
    field.focus()
    keys.type(str(cell.level + 1))
    expect(field.locator("..")).to_have_class(re.compile(rf"\bl{cell.level + 1} raised unsaved\b"))
    expect(page.locator(".mx-count")).to_have_text("1 cell is not saved")
    keys.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("1 requirement is saved.")
    expect(page.locator(".mx-counts")).to_contain_text("1 Raised")

    page.get_by_role("link", name="What it would change").click()
    expect(page.locator("section[aria-labelledby=competencies] tbody tr")).to_contain_text([cell.competency])
    newly = page.locator(".mx-measures dt:text-is('Newly fall short') + dd b")
    assert int(newly.inner_text()) > 0
    page.get_by_role("link", name="Publish …").click()
    expect(page.locator(".mx-counts")).to_contain_text("1 Raised")
    page.get_by_role("button", name="Publish it for good").click()
    expect(page.locator("h1")).to_have_text("Publishing story")

    manager.goes_to(f"/teams/{team.code}/")
    assert met_of(manager.page) == before
    jobs.run(Job.objects.get(arguments__code="story").pk)
    # The page asks by itself how far it has come.
    expect(page.locator("#content")).to_contain_text("story is published, and in force from")
    manager.goes_to(f"/teams/{team.code}/")
    assert met_of(manager.page) < before
    manager.goes_to("/matrix/")
    expect(manager.page.locator(".title .facts")).to_contain_text("story")


def test_arrows_move_w_weighs_and_escape_takes_back(comes: Callable[..., Visitor], draft: MatrixVersion) -> None:
    owner = comes("admin")
    owner.goes_to("/admin/matrix/versions/try/")
    page, keys = owner.page, owner.page.keyboard
    first, second = field_of(page, 0, 0), field_of(page, 1, 1)
    was = first.input_value()
    first.focus()
    keys.type("2")
    keys.press("w")
    expect(first).to_have_value("2×2")
    keys.press("w")
    keys.press("w")
    expect(first).to_have_value("2")
    keys.press("Escape")
    expect(first).to_have_value(was)
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    expect(second).to_be_focused()
    keys.press("Enter")
    expect(field_of(page, 2, 1)).to_be_focused()
    keys.press("Home")
    expect(field_of(page, 2, 0)).to_be_focused()
    # One stop of the Tab key: the next is the button that saves.
    keys.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
    keys.press("Shift+Tab")
    expect(field_of(page, 2, 0)).to_be_focused()
    expect(page.locator(".mx-count")).to_have_text("")


def test_a_block_from_a_spreadsheet_is_pasted(comes: Callable[..., Visitor], draft: MatrixVersion) -> None:
    owner = comes("admin")
    owner.goes_to("/admin/matrix/versions/try/")
    page = owner.page
    field_of(page, 1, 2).focus()
    page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", "4\\t3*2\\r\\n\\tlots\\r\\n");
          const paste = { clipboardData, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste));
        }"""
    )
    values = [field_of(page, row, column).input_value() for row in (1, 2) for column in (2, 3)]
    assert values == ["4", "3×2", "", "lots"]
    expect(field_of(page, 2, 3)).to_have_attribute("aria-invalid", "true")
    with owner.refused(422):
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".mx-problems")).to_contain_text("“lots” is not a requirement")
    expect(field_of(page, 1, 2)).to_have_value("4")
    field_of(page, 2, 3).fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("saved.")


def test_leaving_with_something_unsaved_is_warned_of(comes: Callable[..., Visitor], draft: MatrixVersion) -> None:
    owner = comes("admin")
    owner.goes_to("/admin/matrix/versions/try/")
    page, warned = owner.page, []

    def stay(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    field_of(page, 0, 0).click()
    page.keyboard.type("1")
    page.get_by_role("link", name="List of changes").click()
    expect(field_of(page, 0, 0)).to_have_value("1")
    assert warned == ["beforeunload"]


def test_two_who_edit_at_once_lose_nothing(comes: Callable[..., Visitor], draft: MatrixVersion) -> None:
    one, other = comes("admin"), comes("admin")
    for visitor in (one, other):
        visitor.goes_to("/admin/matrix/versions/try/")
    field_of(other.page, 0, 0).fill("1")
    field_of(other.page, 0, 1).fill("1")
    other.page.get_by_role("button", name="Save").click()
    expect(other.page.locator(".messagelist")).to_contain_text("saved.")
    field_of(one.page, 0, 0).fill("2×3")
    with one.refused(409):
        one.page.get_by_role("button", name="Save").click()
        expect(one.page.locator(".mx-problems")).to_contain_text("It was saved last by admin")
    expect(one.page.locator(".mx-count")).to_have_text("1 cell is not saved")
    expect(field_of(one.page, 0, 1)).to_have_value("1")
    one.page.get_by_role("button", name="Save").click()
    expect(one.page.locator(".messagelist")).to_contain_text("1 requirement is saved.")
    expect(field_of(one.page, 0, 0)).to_have_value("2×3")


def test_without_javascript_it_is_an_ordinary_form(comes: Callable[..., Visitor], draft: MatrixVersion) -> None:
    owner = comes("admin", javascript=False)
    owner.goes_to("/admin/matrix/versions/try/")
    field_of(owner.page, 0, 0).fill("1x3")
    owner.page.get_by_role("button", name="Save").click()
    expect(owner.page.locator(".messagelist")).to_contain_text("1 requirement is saved.")
    expect(field_of(owner.page, 0, 0)).to_have_value("1×3")


def test_on_a_phone_each_role_is_a_list(comes: Callable[..., Visitor], draft: MatrixVersion) -> None:
    owner = comes("admin", narrow=True)
    owner.goes_to("/admin/matrix/versions/try/")
    owner.check_width()
    field_of(owner.page, 3, 2).fill("4")
    owner.page.get_by_role("button", name="Save").click()
    expect(owner.page.locator(".messagelist")).to_contain_text("saved.")
    draft.refresh_from_db()
    discard_draft(draft=draft, revision=draft.revision)
