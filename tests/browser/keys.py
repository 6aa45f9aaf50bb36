"""Going through a page by keyboard alone."""

from playwright.sync_api import Locator, Page

MOST = 60  # keys to reach anything by


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until `target` has the focus, which must be seen on whatever has it on the way."""
    for _ in range(MOST):
        page.keyboard.press(key)
        if target.evaluate("one => one === document.activeElement"):
            assert is_focus_seen(page), f"the focus is not seen on {target}"
            return
    raise AssertionError(f"{target} is not reached by {MOST} keys")


def shortcuts(page: Page, *keys: str) -> None:
    """Press keys that a script takes, once it is there."""
    page.wait_for_load_state("domcontentloaded")
    for key in keys:
        page.keyboard.press(key)


def is_focus_seen(page: Page) -> bool:
    """Whether the focused element, or something around it, is marked."""
    return page.evaluate("""() => {
        const marked = (one) => {
            const style = getComputedStyle(one);
            return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
        };
        for (let one = document.activeElement, up = 0; one && up < 3; one = one.parentElement, up++)
            if (marked(one)) return true;
        return false;
    }""")
