"""Somebody makes a token, calls REST with it, and revokes it: by mouse, by keyboard alone, without JavaScript."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from roles.models import ApiToken
from tests.browser.test_stories import Hand, Keyboard, Pointer
from tests.browser.visitor import Visitor


@pytest.fixture(autouse=True)
def no_tokens(db: None) -> Iterator[None]:
    """None before and none after: the database is the same for all tests."""
    ApiToken.objects.all().delete()
    yield
    ApiToken.objects.all().delete()


def answer(site: str, token: str) -> int:
    """The status of an answer of REST; where what is asked for is missing, the token was still good."""
    request = urllib.request.Request(f"{site}/api/v1/teams/SEC/gaps/", headers={"Authorization": f"Token {token}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def makes_uses_and_revokes(visitor: Visitor, hand: Hand) -> None:
    page = visitor.page
    visitor.goes_to("/")
    hand.follows(page.locator(".account a[href='/tokens/']"))
    expect(page.locator(".empty h2")).to_be_visible()
    hand.writes(page.locator("#id_name"), "Power BI")
    hand.follows(page.locator(".new-token button.primary"))

    token = page.locator("#token").input_value()
    expect(page.locator("pre")).to_contain_text(f"AISKILLS_TOKEN={token}")
    visitor.check_width()
    assert answer(visitor.base, token) == 200
    hand.follows(page.locator("main a.button[href='/tokens/']"))
    expect(page.locator("table.tokens tbody tr")).to_have_count(1)
    expect(page.locator("body")).not_to_contain_text(token)

    hand.follows(page.locator("table.tokens a[href$='/revoke/']"))
    expect(page.locator("main .lead")).to_contain_text("Power BI")
    hand.follows(page.locator("main button.primary"))
    expect(page.locator("main .notice.success")).to_contain_text("Power BI")
    expect(page.locator("table.tokens")).to_have_count(0)
    assert answer(visitor.base, token) == 401


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param({}, id="wide"),
        pytest.param({"javascript": False}, id="without JavaScript"),
        pytest.param({"narrow": True, "dark": True, "language": "de"}, id="on a phone in German"),
    ],
)
def test_a_manager_makes_a_token_and_revokes_it(comes: Callable[..., Visitor], setting: dict[str, object]) -> None:
    makes_uses_and_revokes(comes("manager", **setting), Pointer())


def test_a_manager_makes_a_token_and_revokes_it_by_keyboard_alone(comes: Callable[..., Visitor]) -> None:
    visitor = comes("manager", javascript=False)
    makes_uses_and_revokes(visitor, Keyboard(visitor.page))


def test_a_button_copies_the_token_and_loading_the_page_again_shows_none(comes: Callable[..., Visitor]) -> None:
    visitor = comes("manager")
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visitor.base)
    visitor.goes_to("/tokens/")
    page.locator("#id_name").fill("Excel")
    page.locator(".new-token button.primary").click()
    visitor.check_access()
    token = page.locator("#token").input_value()
    page.locator("[data-copy]").click()
    expect(page.locator("[data-copy]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == token
    with visitor.refused(422):
        page.reload()
    expect(page.locator(".new-token .errorlist")).to_contain_text("You have a token “Excel” already.")
    expect(page.locator("body")).not_to_contain_text(token)
    visitor.check_access()
    assert ApiToken.objects.count() == 1
