"""Every address of the table of pages, as its readers look at it: one added later is walked by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from gateway.auth import COOKIE, PORTAL_COOKIE
from tests.browser.axe import ALL, OF_COLOURS, no_violations
from tests.browser.conftest import LOCALES
from tests.browser.links import follow, reader
from tests.browser.looking import not_too_wide
from tests.browser.places import WALKED, Furnished
from tests.browser.watching import Watch

# By day and by night; on a wide screen, a tablet, a telephone, and on 1280 pixels at 400 % (WCAG 1.4.10). English words
# are the shorter ones; and what is the same by night is looked at by day alone.
LOOKS = {"en": ("light", (390, 1440), ALL), "fr": ("dark", (1440, 820, 320), OF_COLOURS)}
HEIGHT = 900
SHOWN = """() => ({
    isPage: document.doctype !== null,
    language: document.documentElement.lang,
    headings: document.querySelectorAll('h1').length,
})"""
# What is looked for is not there: a mail alone holds the one, nobody has begun the other, nothing was billed yet.
REFUSED = {
    "/unsubscribe/{token}": 404,
    "/quickbooks/connected": 409,
    "/settings/quickbooks/services/{service_id}": 404,
}
SHELL = (".side", "#palette")  # around every page of members: looked at once


class Look:
    """Somebody's browser, with one language and theme."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._screen: CDPSession = page.context.new_cdp_session(page)
        self.knows_shell = False

    def widen(self, width: int) -> None:
        metrics = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self._screen.send("Emulation.setDeviceMetricsOverride", metrics)


@pytest.fixture(scope="module")
def furnished(stack, request) -> Furnished:
    return Furnished(stack, request)


@pytest.fixture(scope="module")
def watched(stack) -> Watch:
    return Watch(stack.url)


@pytest.fixture(scope="module")
def looks(browser: Browser, furnished: Furnished, watched: Watch) -> Iterator[dict[str, Look]]:
    """A member's and a client's person's eyes at once: both are signed in."""
    tokens = {COOKIE: furnished.firm.owner, PORTAL_COOKIE: furnished.client}
    kept = [(name, who.headers["Authorization"].removeprefix("Bearer ")) for name, who in tokens.items()]
    made = {}
    for language, (theme, _, _) in LOOKS.items():
        context = browser.new_context(
            base_url=furnished.firm.url,
            locale=LOCALES[language],
            color_scheme=theme,
            reduced_motion="reduce",
            timezone_id="Europe/Paris",
        )
        context.add_cookies([{"name": name, "value": token, "url": furnished.firm.url} for name, token in kept])
        watched.over(context)
        made[language] = Look(context.new_page())
    yield made
    for look in made.values():
        look.page.context.close()


@pytest.mark.parametrize("place", WALKED, ids=lambda page: page.path)
def test_it_is_good_however_it_is_looked_at(furnished, looks, watched, place):
    """No axe violation in either theme, nothing wrong in the console, nothing to be scrolled for sideways."""
    path, expected = furnished.path(place), REFUSED.get(place.path, 200)
    watched.faults.clear()
    for language, look in looks.items():
        page = look.page
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == expected
        shown = page.evaluate(SHOWN)
        if answer.request.redirected_from or not shown["isPage"]:
            return  # leads to another page, or is a part of one
        assert (shown["language"], shown["headings"]) == (language, 1)
        for width in LOOKS[language][1]:
            look.widen(width)
            not_too_wide(page)
        page.evaluate("() => scrollTo(0, 0)")  # what is scrolled under the profile's bar is none too small to be hit
        has_shell = page.locator(SHELL[0]).count() > 0
        no_violations(page, SHELL if has_shell and look.knows_shell else (), LOOKS[language][2])
        look.knows_shell |= has_shell
    foreseen = f"status of {expected}" if expected != 200 else "nothing"
    faults = [fault for fault in watched.faults if foreseen not in fault]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize(("cookie", "start"), [(COOKIE, "/clients"), (PORTAL_COOKIE, "/portal")])
def test_no_link_is_dead(furnished, cookie, start):
    who = furnished.firm.owner if cookie == COOKIE else furnished.client
    with reader(furnished.firm.url, cookie, who) as browsing:
        seen, refused = follow(browsing, start)

    assert refused == []
    assert len(seen) > (50 if cookie == COOKIE else 10)
