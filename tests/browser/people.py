"""Who looks at pages, signed in without the pages of signing in: those have tests of their own."""

from playwright.sync_api import Page

from tests.firms import PASSWORD, PORTAL_PASSWORD


def enter(page: Page, email: str) -> None:
    """Sign a member of a firm in."""
    _sign_in(page, "/v1/auth/login", email, PASSWORD)


def enter_portal(page: Page, email: str) -> None:
    """Sign somebody of a client in, who has accepted an invitation."""
    _sign_in(page, "/v1/portal/auth/login", email, PORTAL_PASSWORD)


def _sign_in(page: Page, path: str, email: str, password: str) -> None:
    answer = page.context.request.post(path, data={"email": email, "password": password})
    assert answer.ok, f"{path}: {answer.status} {answer.text()}"
