"""A real Chromium, watched: whatever goes wrong in a page unseen fails the test that opened it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.local import chromium
from deploy.local.problem import CannotStart
from tests.browser.watching import Watch
from tests.firms import Firm, somewhere
from tests.stack import Stack

PATIENCE = 15_000  # ms that Chromium waits for what a test expects; a machine at work is slow
# For `--late-scripts`: a page is read, and acted upon by who is too quick, before its scripts are there.
LATE = {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}  # ms, any number of bytes
LOCALES = {"en": "en-GB", "fr": "fr-FR"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for the tests of a file; each page is in a context of its own, with cookies of its own.

    Not longer: Playwright holds the event loop of the thread, which tests of other files run theirs in.
    """
    try:
        program = chromium.find()
    except CannotStart as problem:
        pytest.fail(f"Tests of pages need Chromium. {problem}", pytrace=False)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(chromium.ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def watch(stack: Stack) -> Watch:
    """What goes wrong unseen in the pages of a test; `watch.causes(pattern)` for what it means to break."""
    return Watch(stack.url)


@pytest.fixture
def open_page(
    browser: Browser, stack: Stack, watch: Watch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """`open_page(language="fr", width=390, …)`: the page of somebody else's browser, with Playwright's options."""
    contexts = []

    def make(language: str = "en", width: int = 1280, height: int = 900, **options) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            locale=LOCALES[language],
            viewport={"width": width, "height": height},
            extra_http_headers={"X-Forwarded-For": somewhere()},
            timezone_id=options.pop("timezone_id", "Europe/Paris"),
            reduced_motion=options.pop("reduced_motion", "reduce"),
            **options,
        )
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        contexts.append(context)
        page = context.new_page()
        if request.config.getoption("--late-scripts"):
            line = context.new_cdp_session(page)
            line.send("Network.enable")
            line.send("Network.setCacheDisabled", {"cacheDisabled": True})
            line.send("Network.emulateNetworkConditions", LATE)
        return page

    yield make
    for context in contexts:
        context.close()
    assert watch.unforeseen == [], "\n".join(watch.unforeseen)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture
def firm(stack: Stack) -> Iterator[Firm]:
    made = Firm(stack.url, stack.env)
    yield made
    made.owner.close()
