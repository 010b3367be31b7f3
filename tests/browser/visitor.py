"""Somebody at a browser, and everything that goes wrong on the pages they see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}

#: A violation of the Content-Security-Policy is said in the console, where the watch reads it.
SAY_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`Content-Security-Policy: ${event.violatedDirective} forbids ${event.blockedURI} ${event.sample}`);
});
"""

#: What the browser and htmx say of an answer that is an error; `_answered` sees it too, and knows which are meant.
ABOUT_ANSWERS = ("Failed to load resource", "Response Status Error Code")

AXE = Axe()

WIDER_THAN_THE_SCREEN = """() => {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen) return [];
  const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > screen + 0.5);
  return [`${document.documentElement.scrollWidth} px`, ...wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 120))];
}"""


@dataclass(frozen=True)
class Setting:
    """How somebody reads."""

    language: str = "en"
    dark: bool = False
    narrow: bool = False
    javascript: bool = True


class Visitor:
    """A page of the browser, watched: `wrong` holds what no page may do, with where it happened."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base = base
        self.wrong: list[str] = []
        self._refusals: set[int] = set()
        context.add_init_script(SAY_VIOLATIONS)
        self.page: Page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(f"page error: {error}"))
        self.page.on("response", self._answered)
        self.page.on("request", lambda request: self._asked(request.url))

    def goes_to(self, address: str, *, answer: int = 200) -> None:
        """Open an address of the site, which has to answer with this status."""
        with self.refused(answer):
            response = self.page.goto(self.base + address)
            assert response is not None
            assert response.status == answer, f"{address} answers {response.status}"

    @contextmanager
    def refused(self, *statuses: int) -> Iterator[None]:
        """Let answers of these statuses pass in the block: where something is meant to be refused."""
        before, self._refusals = self._refusals, self._refusals | set(statuses)
        yield
        self._refusals = before

    def reads(self, *, dark: bool = False, narrow: bool = False, language: str = "en") -> None:
        """Go on in another setting; the language is that of the pages asked for from now on."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size(NARROW if narrow else WIDE)
        self.page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": self.base}])

    def check_access(self) -> None:
        """Note what axe finds on the page as it is now."""
        # Without copying style sheets into the page, which the policy forbids and one rule about turned screens wants.
        found = AXE.run(self.page, options={"resultTypes": ["violations"], "preload": False})
        for violation in found.response["violations"]:
            for node in violation["nodes"][:3]:
                self._note(f"axe: {violation['id']}: {node['failureSummary']} {node['html'][:200]}")

    def check_width(self) -> None:
        """Note what is wider than the screen."""
        for line in self.page.evaluate(WIDER_THAN_THE_SCREEN):
            self._note(f"wider than the screen: {line}")

    def check_print(self, *, landscape: bool) -> None:
        """Note what is wider than a sheet of A4 between its margins, on its long side or its short one."""
        self.page.emulate_media(media="print")
        self.page.set_viewport_size({"width": 1031 if landscape else 688, "height": 1000})
        self.check_width()
        self.page.emulate_media(media="screen")

    def said(self) -> str:
        """What was wrong, each thing once."""
        return "\n".join(dict.fromkeys(self.wrong))

    def _note(self, words: str) -> None:
        self.wrong.append(f"{self.page.url.removeprefix(self.base)}: {words}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ABOUT_ANSWERS):
            self._note(f"console: {message.text}")

    def _asked(self, address: str) -> None:
        if urlsplit(address).scheme in {"http", "https"} and not address.startswith(f"{self.base}/"):
            self._note(f"fetched from elsewhere: {address}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._refusals:
            self._note(f"{response.status} for {response.request.method} {response.url}")


def visit(browser: Browser, base: str, session: str | None, setting: Setting) -> Visitor:
    """A visitor in a context of their own, with the cookie of their session if they are signed in."""
    context = browser.new_context(
        viewport=NARROW if setting.narrow else WIDE,
        locale=setting.language,
        color_scheme="dark" if setting.dark else "light",
        java_script_enabled=setting.javascript,
        reduced_motion="reduce",
    )
    if session:
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])
    return Visitor(context, base)
