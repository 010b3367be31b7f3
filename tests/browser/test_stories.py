"""What a manager does on a Monday, from the sign-in to the figures that moved: by mouse, by keyboard alone, without
JavaScript, on a phone, and in German."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pytest
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import override
from playwright.sync_api import Locator, Page, expect

from reports.forms import AsOfForm
from roles.models import User
from tests.browser.conftest import PASSWORD
from tests.browser.visitor import Visitor

STATES = ("verified", "claimed", "gap", "expired", "not_assessed")

#: Enough to get through the longest page, few enough to end.
MOST_TABS = 500


class Hand(Protocol):
    """How somebody works a page."""

    def follows(self, link: Locator) -> None: ...

    def writes(self, field: Locator, text: str) -> None: ...


class Pointer:
    """With a mouse or a finger."""

    def follows(self, link: Locator) -> None:
        link.click()

    def writes(self, field: Locator, text: str) -> None:
        field.fill(text)


@dataclass
class Keyboard:
    """With the keyboard alone: from where one is, on to the next by Tab."""

    page: Page

    def follows(self, link: Locator) -> None:
        self.goes_to(link)
        self.page.keyboard.press("Enter")

    def writes(self, field: Locator, text: str) -> None:
        self.goes_to(field)
        self.page.keyboard.type(text)

    def goes_to(self, element: Locator) -> None:
        for _ in range(MOST_TABS):
            if element.evaluate("(found) => found === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {element}")


def counts(page: Page) -> dict[str, int]:
    """How many requirements of the team are in each state, by the page of the team."""
    lines = {state: page.locator(f".legend li:has(a[href$='state={state}'])") for state in STATES}
    return {state: int(re.sub(r"\D", "", line.locator("b").inner_text())) for state, line in lines.items()}


def gaps_of(row: Locator) -> int:
    return int(row.locator("a[href$='state=gap']").inner_text())


def finds_the_worst_gap(page: Page) -> Locator:
    """The first competency with a gap: those with the worst coverage come first."""
    rows = page.locator("section[aria-labelledby=competencies] tbody tr")
    return next(row for row in rows.all() if gaps_of(row))


def closes_a_gap(visitor: Visitor, hand: Hand) -> None:
    """Sign in, find the worst gap, drill down to a person who has it, record a result, and see the figures move."""
    page, own = visitor.page, User.objects.select_related("person").get(username="manager")
    [team] = own.managed_teams
    assert own.person is not None

    visitor.goes_to("/")
    hand.writes(page.locator("#id_login"), own.username)
    hand.writes(page.locator("#id_password"), PASSWORD)
    hand.follows(page.locator("main button.primary"))
    hand.follows(page.locator(f"main a[href='/teams/{team.code}/']").first)
    expect(page.locator("h1")).to_have_text(team.name)
    before, worst = counts(page), finds_the_worst_gap(page)
    code, gaps = worst.locator(".code").first.inner_text(), gaps_of(worst)

    # The figure leads to the people behind it, and from one of them to why it is so. Nobody assesses themselves.
    hand.follows(worst.locator("a[href$='state=gap']"))
    lines = page.locator("table.cell-list tbody tr")
    expect(lines).to_have_count(gaps)
    line = lines.filter(has_not=page.locator(f"a[href^='/people/{own.person.employee_id}/']")).first
    address = line.locator("th a").get_attribute("href")
    assert address is not None
    employee_id = address.split("/")[2]
    hand.follows(line.locator("th a"))
    expect(page.locator("h1")).to_contain_text(str(own.person.__class__.objects.get(employee_id=employee_id).name))
    hand.follows(page.locator(f"table.standings th a[href^='/people/{employee_id}/competencies/{code}/']"))
    why = page.locator("article.why, main .why-parts").first
    expect(why).to_be_visible()

    hand.follows(page.locator(f"a[href^='/teams/'][href*='/record/'][href*='{code}']"))
    hand.writes(page.locator(f"[name='level/{employee_id}/{code}']"), "4")
    hand.follows(page.locator("#recording button.primary"))
    expect(page.locator("main .notice.success")).to_be_visible()

    hand.follows(page.locator(f"main nav a[href='/teams/{team.code}/']"))
    expect(page.locator("h1")).to_have_text(team.name)
    assert counts(page) == {**before, "gap": before["gap"] - 1, "verified": before["verified"] + 1}
    [row] = [
        row for row in page.locator("section[aria-labelledby=competencies] tbody tr").all() if code in row.inner_text()
    ]
    assert gaps_of(row) == gaps - 1


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param({}, id="wide"),
        pytest.param({"javascript": False}, id="without JavaScript"),
        pytest.param({"narrow": True}, id="on a phone"),
        pytest.param({"language": "de", "dark": True}, id="in German"),
    ],
)
def test_a_manager_closes_the_worst_gap(comes: Callable[..., Visitor], setting: dict[str, object]) -> None:
    closes_a_gap(comes(None, **setting), Pointer())


def test_a_manager_closes_the_worst_gap_by_keyboard_alone(comes: Callable[..., Visitor]) -> None:
    visitor = comes(None)
    closes_a_gap(visitor, Keyboard(visitor.page))


def test_the_panel_gives_the_keyboard_back(comes: Callable[..., Visitor]) -> None:
    visitor = comes("staff")
    visitor.goes_to("/")
    keyboard = Keyboard(visitor.page)
    keyboard.follows(visitor.page.locator("nav a[href^='/people/']"))
    link = visitor.page.locator("table.standings a[data-panel]").nth(2)
    panel = visitor.page.locator("#panel")
    keyboard.follows(link)
    expect(panel.locator("h2")).to_be_visible()
    visitor.check_access()
    visitor.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(link).to_be_focused()
    keyboard.follows(link)
    keyboard.follows(panel.locator("[data-close]"))
    expect(panel).to_be_hidden()


def test_in_german_words_days_and_numbers_are_german(comes: Callable[..., Visitor]) -> None:
    visitor = comes("manager", language="de-DE")
    visitor.goes_to("/teams/SEC/")
    page = visitor.page
    with override("de"):
        today = date_format(localdate())
    assert page.locator("html").get_attribute("lang") == "de"
    expect(page.locator(".facts").first).to_contain_text(today)
    expect(page.locator(".measures .lead dt")).to_have_text("Belegte Deckung")
    assert re.fullmatch("\\d+\N{NO-BREAK SPACE}%", page.locator(".measures .lead dd a").inner_text())
    page.locator("footer button[value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == f"{visitor.base}/teams/SEC/"


def test_the_slider_leads_to_a_forecast_and_the_page_keeps_its_day(comes: Callable[..., Visitor]) -> None:
    visitor = comes("manager")
    visitor.goes_to("/teams/SEC/")
    page = visitor.page
    keyboard = Keyboard(page)
    keyboard.goes_to(page.locator("input.slider"))
    page.keyboard.press("End")
    last = localdate() + timedelta(days=AsOfForm.REACH[1])
    page.wait_for_url(f"**/teams/SEC/?as_of={last.isoformat()}")
    expect(page.locator("main .notice").first).to_contain_text("A forecast")
    keyboard.follows(page.locator("nav.tabs a[href^='/teams/SEC/heatmap/']"))
    page.wait_for_url(f"**/teams/SEC/heatmap/?as_of={last.isoformat()}")


def test_a_filter_of_the_heatmap_works_in_place_and_by_its_address(comes: Callable[..., Visitor]) -> None:
    visitor = comes("manager")
    visitor.goes_to("/teams/SEC/heatmap/")
    page, rows = visitor.page, visitor.page.locator("table.heat tbody tr")
    everybody = rows.count()
    page.evaluate("window.stays = true")
    page.locator("form.cell-filters [name=state]").select_option("expired")
    page.wait_for_url("**state=expired**")
    expect(rows).not_to_have_count(everybody)
    assert page.evaluate("window.stays") is True
    filtered = rows.all_inner_texts()
    visitor.goes_to(page.url.removeprefix(visitor.base))
    assert rows.all_inner_texts() == filtered
