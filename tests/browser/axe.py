"""axe-core in a page: what of WCAG 2.2 AA it finds broken, in words that lead to the place."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

SCRIPT = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = """([what, without]) =>
    axe.run({exclude: without}, {runOnly: what, iframes: false, preload: false, resultTypes: ['violations']})"""
ALL = {"type": "tag", "values": TAGS}
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # what another theme may break


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page, without: Sequence[str] = (), what: Mapping[str, Any] = ALL) -> list[str]:
    """One line for each broken rule and place, but for what is inside of the selectors `without`.

    Looks when styles and scripts are there and no answer is waited for: a page that is about to change is two pages.
    """
    page.wait_for_load_state("load")
    expect(page.locator(".htmx-request")).to_have_count(0)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {_script()} }}")  # by the debugger: a page's policy lets no script of ours in
    found = page.evaluate(RUN, [what, list(without)])["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {' '.join(node['target'])}: {node['html'][:160]}: "
        f"{node['failureSummary'].splitlines()[-1].strip()}"
        for one in found
        for node in one["nodes"]
    ]


def no_violations(page: Page, without: Sequence[str] = (), what: Mapping[str, Any] = ALL) -> None:
    found = violations(page, without, what)
    assert found == [], "\n".join([f"axe on {page.url}:", *found])
