"""Takes pictures of pages in the system's Chromium: small PNGs, as somebody's screen shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.local import chromium

COLOURS = 192  # of a picture; photos keep their look, and files a third of their size
TALLEST = 8000  # pixels of a whole page
LOCALES = {"en": "en-GB", "fr": "fr-FR"}


@contextmanager
def opened() -> Iterator[Browser]:
    """Chromium, installed at need. Raises CannotStart."""
    program = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(chromium.ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def take(page: Page, file: Path, *, whole: bool = True) -> None:
    """Take a picture of a page, of all of it or of what a screen shows."""
    size = page.viewport_size
    if whole and size:  # a window as high as the page, so that what stands at its edges stands at the picture's
        height = min(TALLEST, page.evaluate("() => document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    content = page.screenshot(animations="disabled", caret="hide")
    with Image.open(BytesIO(content)) as picture:
        shown = picture.convert("RGB")
    file.parent.mkdir(parents=True, exist_ok=True)
    shown.quantize(COLOURS).save(file, optimize=True)
