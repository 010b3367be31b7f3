"""The console can be read by everybody who comes in, wide and narrow, light and dark, and in German."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.urls import URLResolver, get_resolver
from playwright.sync_api import expect

from tests.browser.console import DJANGOS_OWN, NO_CONSOLE_PAGES, ConsoleLook, looks
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
    visitor, address = walks(look.who), look.address
    if not address:
        return  # The demo has no such row; tests/console looks at the page without a browser.
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


def check_access(visitor: Visitor) -> None:
    """Note what axe finds, but what is known of Django's own templates."""
    before = len(visitor.wrong)
    visitor.check_access()
    found = visitor.wrong[before:]
    visitor.wrong[before:] = [
        line for line in found if not any(f"axe: {rule}:" in line and has in line for rule, has in DJANGOS_OWN)
    ]
