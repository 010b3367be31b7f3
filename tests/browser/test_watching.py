"""The watch on every page bites: each thing that no page may do is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.visitor import Setting, Visitor, visit

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'"

TYPES = {"app": "text/javascript", "style": "text/css"}
PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title><main><h1>Page</h1>{}</main></html>'


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Somebody who sees a made-up site: no server is asked."""
    visitor = visit(browser, "http://site.test", None, Setting())
    yield visitor
    visitor.page.context.close()


def sees(visitor: Visitor, body: str, **files: str) -> None:
    def answer(route: Route) -> None:
        name = route.request.url.removeprefix("http://site.test/")
        headers = {"Content-Security-Policy": POLICY, "Content-Type": TYPES.get(name, "text/html")}
        if name in files or not name:
            route.fulfill(body=files.get(name, PAGE.format(body)), headers=headers)
        else:
            route.fulfill(status=500 if name == "crash" else 404)

    visitor.page.context.route("**/*", answer)
    visitor.goes_to("/")


@pytest.mark.parametrize(
    ("body", "noticed"),
    [
        pytest.param('<p style="color:#111">Styled</p>', "Policy directive 'style-src", id="inline style"),
        pytest.param("<script>let a = 1</script>", "Policy directive 'script-src", id="inline script"),
        pytest.param('<img alt="" src="https://elsewhere.test/dot.png">', "fetched from elsewhere", id="elsewhere"),
        pytest.param('<img alt="" src="/gone">', "404 for GET http://site.test/gone", id="what is missing"),
        pytest.param('<img alt="" src="/crash">', "500 for GET http://site.test/crash", id="a crash"),
    ],
)
def test_a_page_that_does_what_it_may_not_is_noticed(visitor: Visitor, body: str, noticed: str) -> None:
    sees(visitor, body)
    assert [line for line in visitor.wrong if noticed in line], visitor.wrong


def test_an_error_of_a_script_is_noticed(visitor: Visitor) -> None:
    sees(visitor, '<script src="/app"></script>', app="missing.call()")
    assert [line for line in visitor.wrong if "page error: missing is not defined" in line], visitor.wrong


def test_what_is_hard_to_read_is_noticed(visitor: Visitor) -> None:
    sees(visitor, '<link rel="stylesheet" href="/style"><p>Pale</p><img src="/">', style="p { color: #ddd }")
    visitor.wrong.clear()
    visitor.check_access()
    assert [line.split(": ")[2] for line in visitor.wrong] == ["color-contrast", "image-alt"]


def test_what_is_wider_than_the_screen_is_noticed(visitor: Visitor) -> None:
    sees(visitor, '<link rel="stylesheet" href="/style"><p>Wide</p>', style="p { width: 500px }")
    visitor.check_width()
    assert not visitor.wrong
    visitor.reads(narrow=True)
    visitor.check_width()
    assert [line for line in visitor.wrong if "wider than the screen: <p>Wide</p>" in line]


def test_what_is_wider_than_a_sheet_of_paper_is_noticed(visitor: Visitor) -> None:
    sees(visitor, '<link rel="stylesheet" href="/style"><p>Wide</p>', style="p { width: 900px }")
    visitor.check_print(landscape=True)
    assert not visitor.wrong
    visitor.check_print(landscape=False)
    assert [line for line in visitor.wrong if "wider than the screen: <p>Wide</p>" in line]


def test_a_page_of_which_nothing_is_wrong_is_left_alone(visitor: Visitor) -> None:
    sees(visitor, "<p>Well</p>")
    visitor.check_access()
    visitor.check_width()
    assert visitor.wrong == []
