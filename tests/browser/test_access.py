"""Who may come in, as it is seen from both sides: who gives and takes rights, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from assessments.models import AssessmentResult
from roles.models import Deputy, Person, Team, TeamManager, User
from tests.browser.visitor import Visitor

Comes = Callable[..., Visitor]


def an_account(name: str, *, manages: Team | None = None) -> User:
    """An account of a new person, who manages a team if one is named."""
    person = Person.objects.create(employee_id=f"E-{name}", name=name.title(), joined_on=localdate())
    if manages is not None:
        TeamManager.objects.create(team=manages, person=person)
    return User.objects.create(username=name, person=person)


def a_team() -> Team:
    """The team of the demo's manager."""
    [team] = User.objects.get(username="manager").managed_teams
    return team


def account_page(user: User) -> str:
    return reverse("admin:roles_user_change", args=[user.pk])


def test_a_manager_who_is_deactivated_is_led_to_the_sign_in_by_their_next_click(comes: Comes) -> None:
    user = an_account("leaving", manages=a_team())
    manager, admin = comes("leaving"), comes("admin")
    manager.goes_to(f"/teams/{a_team().code}/")

    admin.goes_to(account_page(user))
    admin.page.get_by_role("link", name="Deactivate").click()
    expect(admin.page.get_by_role("heading", name="Deactivate leaving?")).to_be_visible()
    admin.page.get_by_role("button", name="Deactivate").click()
    expect(admin.page.get_by_text("The account leaving is deactivated: signed out everywhere")).to_be_visible()

    manager.page.locator("nav.tabs a[href$='/heatmap/']").click()
    expect(manager.page).to_have_url(re.compile("/accounts/login/"))
    expect(manager.page.locator("#id_password")).to_be_visible()


def test_an_administrator_sees_what_a_manager_sees_writes_nothing_and_leaves(comes: Comes) -> None:
    user, team = an_account("seen", manages=a_team()), a_team()
    visitor, results = comes("admin"), AssessmentResult.objects.count()
    page = visitor.page
    visitor.goes_to(account_page(user))
    page.get_by_role("link", name="See the pages as they do").click()
    page.get_by_label("Reason").fill("Ticket 17")
    page.get_by_role("button", name="See the pages").click()

    banner = page.get_by_role("complementary", name="Seeing as somebody else")
    expect(banner).to_contain_text("You see the pages as seen does, read-only, until")
    visitor.check_access()
    page.locator(f"main a[href='/teams/{team.code}/']").first.click()
    expect(page.locator("h1")).to_have_text(team.name)
    expect(banner).to_be_visible()
    expect(page.get_by_role("link", name="Console")).to_have_count(0)

    visitor.goes_to(f"/teams/{team.code}/record/")
    page.locator("[name^='level/']").first.fill("4")
    with visitor.refused(403):
        page.locator("#recording button.primary").click()
        expect(page.get_by_text("Stop first, with the button above.")).to_be_visible()
    assert AssessmentResult.objects.count() == results

    banner.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You no longer see the pages as seen.")).to_be_visible()
    expect(page).to_have_url(visitor.base + account_page(user))
    expect(banner).to_have_count(0)


def test_a_deputy_is_named_in_the_console_and_sees_the_team(comes: Comes) -> None:
    manager, deputy = an_account("away", manages=a_team()), an_account("standin")
    theirs, admin = comes("standin"), comes("admin")
    theirs.goes_to("/")
    expect(theirs.page.locator(f"main a[href='/teams/{a_team().code}/']")).to_have_count(0)

    admin.goes_to(account_page(manager))
    admin.page.get_by_role("link", name="Name a deputy").click()
    chooses(admin.page, "person", "E-standin")
    admin.page.get_by_label("Until:").fill((localdate() + timedelta(days=7)).isoformat())
    admin.page.get_by_label("From:").fill(localdate().isoformat())
    admin.page.get_by_role("button", name="Save", exact=True).click()
    expect(admin.page.get_by_text("was added successfully")).to_be_visible()
    assert Deputy.objects.get(person=deputy.person).manager == manager.person

    theirs.page.reload()
    expect(theirs.page.get_by_text("You stand in for Away")).to_be_visible()
    theirs.page.locator(f"main a[href='/teams/{a_team().code}/']").first.click()
    expect(theirs.page.locator("h1")).to_have_text(a_team().name)


def chooses(page: Page, field: str, words: str) -> None:
    """Find a row while one types, and take it."""
    page.locator(f".field-{field} .select2-selection").click()
    page.locator(".select2-search__field").fill(words)
    page.locator(".select2-results__option", has_text=words).click()
