"""The console can be read by everybody who comes in, wide and narrow, light and dark, and in German."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.urls import URLResolver, get_resolver
from django.utils.timezone import localdate
from playwright.sync_api import expect

from roles.models import Competency, Membership, Person, Team
from tests.browser.console import DJANGOS_OWN, NO_CONSOLE_PAGES, ConsoleLook, actions, looks, rows
from tests.browser.pages import LOOKS
from tests.browser.test_every_page import names
from tests.browser.visitor import Visitor

LOOKS_OF_MODELS = list(looks())


def test_no_page_of_the_console_is_left_out() -> None:
    [console] = [
        one for one in get_resolver().url_patterns if isinstance(one, URLResolver) and one.namespace == "admin"
    ]
    own = {look.name for look in LOOKS if look.address.startswith("/admin/")}
    of_models = {look.name for look in LOOKS_OF_MODELS}
    # The history of a row leads to the audit trail.
    there = {name for name in names(console) if not name.endswith("_history")}
    assert there - own - of_models - set(NO_CONSOLE_PAGES) == set()
    assert not (own | of_models) & set(NO_CONSOLE_PAGES)


@pytest.mark.parametrize("look", LOOKS_OF_MODELS, ids=str)
def test_a_page_of_a_model_can_be_read_by_everybody(walks: Callable[..., Visitor], look: ConsoleLook) -> None:
    rows()
    visitor, address = walks(look.who), look.address
    visitor.reads(dark=False, narrow=False, language="en")
    with visitor.refused(403):
        visitor.page.goto(visitor.base + address)
    visitor.check_width()
    if connection.vendor == "sqlite":  # It is the same page on both databases.
        check_access(visitor)
        visitor.reads(dark=True, narrow=True, language="de")
        with visitor.refused(403):
            visitor.page.goto(visitor.base + address)
        expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
        visitor.check_width()
        check_access(visitor)
    assert not visitor.wrong, visitor.said()


only_once = pytest.mark.skipif(connection.vendor != "sqlite", reason="It is the same page on both databases.")


@only_once
@pytest.mark.parametrize(("model", "action"), list(actions()), ids=lambda one: getattr(one, "__name__", one))
def test_what_is_done_to_many_rows_can_be_read_by_everybody(
    walks: Callable[..., Visitor], model: type[Model], action: str
) -> None:
    rows()
    visitor = walks("admin")
    for dark, narrow, language in ((False, False, "en"), (True, True, "de")):
        visitor.reads(dark=dark, narrow=narrow, language=language)
        visitor.goes_to(ConsoleLook(model, "changelist").address)
        visitor.page.locator("#result_list .action-select").first.check()
        visitor.page.locator("select[name=action]").select_option(action)
        visitor.page.locator("#changelist-form .actions button").click()
        expect(visitor.page.locator("form.many")).to_be_visible()
        visitor.check_width()
        check_access(visitor)
    assert not visitor.wrong, visitor.said()


@only_once
@pytest.mark.parametrize("model", sorted(admin.site._registry, key=str), ids=lambda model: model.__name__)
def test_what_is_wrong_with_a_form_can_be_read_by_everybody(walks: Callable[..., Visitor], model: type[Model]) -> None:
    visitor = walks("admin")
    visitor.reads(dark=True, narrow=True, language="de")
    with visitor.refused(403):
        visitor.page.goto(visitor.base + ConsoleLook(model, "add").address)
    save = visitor.page.locator("input[name=_save]")
    if save.count():
        save.click()
        expect(visitor.page.locator(".errornote, .errorlist").first).to_be_visible()
        visitor.check_width()
        check_access(visitor)
    assert not visitor.wrong, visitor.said()


@only_once
def test_what_is_known_of_djangos_templates_is_still_so_and_written_down(walks: Callable[..., Visitor]) -> None:
    rows()
    visitor, found = walks("admin"), ""
    visitor.reads()
    for model, what in ((Membership, "add"), (Competency, "change")):
        visitor.goes_to(ConsoleLook(model, what).address)
        visitor.check_access()
        found += visitor.said()
        visitor.wrong.clear()
    written = (settings.BASE_DIR / "docs" / "decisions" / "console.md").read_text(encoding="utf-8")
    for rule, has in DJANGOS_OWN:
        assert f"axe: {rule}:" in found, rule
        assert has in found, has
        assert f"`{rule}`" in written, rule


def check_access(visitor: Visitor) -> None:
    """Note what axe finds, but what is known of Django's own templates."""
    before = len(visitor.wrong)
    visitor.check_access()
    found = visitor.wrong[before:]
    visitor.wrong[before:] = [
        line for line in found if not any(f"axe: {rule}:" in line and has in line for rule, has in DJANGOS_OWN)
    ]


def stays_of(person: Person) -> list[str]:
    """The codes of the teams that somebody is in from today on."""
    return [*person.memberships.filter(from_on=localdate()).values_list("team__code", flat=True)]


def test_people_are_chosen_in_a_list_and_placed_in_a_team_that_is_found_while_one_types(
    comes: Callable[..., Visitor],
) -> None:
    visitor, person = comes("admin"), Person.objects.earliest("employee_id")
    team = Team.objects.exclude(memberships__person=person).latest("path")
    visitor.goes_to(f"/admin/roles/person/?q={person.employee_id}")
    page = visitor.page
    page.get_by_role("checkbox", name="Select this object for an action").check()
    page.locator("select[name=action]").select_option(label="Place in a team from a day on")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", name="Place people in a team")).to_be_visible()
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill(team.name.lower())
    page.locator(".select2-results__option", has_text=team.code).click()
    page.get_by_role("button", name="Do it for all of them").click()
    expect(page.get_by_text("Done for 1.")).to_be_visible()
    assert stays_of(person) == [team.code]


def test_without_javascript_somebody_is_placed_by_codes(comes: Callable[..., Visitor]) -> None:
    visitor, team = comes("admin", javascript=False), Team.objects.latest("path")
    person = Person.objects.create(employee_id="NOSCRIPT", name="Noor", joined_on=date(2024, 1, 1))
    visitor.goes_to("/admin/roles/membership/add/")
    codes = visitor.page.get_by_label("Code, to choose it")
    codes.nth(0).fill("NOSCRIPT")
    codes.nth(1).fill(team.code)
    visitor.page.get_by_label("From:").fill(localdate().isoformat())
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    expect(visitor.page.get_by_role("heading", name="Memberships in teams")).to_be_visible()
    assert stays_of(person) == [team.code]
