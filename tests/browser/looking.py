"""What holds for every page, however it is looked at."""

from playwright.sync_api import Page

from tests.browser.axe import no_violations

# How somebody's screen is: language, width in pixels, theme. 320 is a screen of 1280 at 400 % (WCAG 1.4.10).
LOOKS = [("en", 1280, "light"), ("fr", 320, "dark")]
WIDER = """() => [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 120))"""


def good(page: Page) -> None:
    """Nothing that axe finds, one heading of the page, and nothing to be scrolled for sideways."""
    no_violations(page)
    assert page.locator("h1").count() == 1, page.url
    not_too_wide(page)


def not_too_wide(page: Page) -> None:
    over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url} is {over} px too wide: {page.evaluate(WIDER)}"
