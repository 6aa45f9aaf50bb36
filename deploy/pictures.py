"""`python -m deploy.pictures FOLDER`: take a picture of every page of the running system, of the sample.

In both languages, on a telephone, a tablet and a wide screen, by day and by night.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer
from playwright.sync_api import Browser, BrowserContext, Page

from contracts.overview import SECTIONS
from deploy import camera
from deploy.local.children import reachable
from deploy.local.home import Home
from deploy.local.problem import CannotStart

WIDTHS = {390: 844, 820: 1180, 1440: 900}  # pixels wide and high
THEMES = ("light", "dark")
ZONE = "Europe/Paris"
SIGN_IN = {"client": "/v1/portal/auth/login", None: "/v1/auth/login"}
FEW = "employee with few rights"
WRONG = "not mine"  # nobody's password


@dataclass(frozen=True)
class Shot:
    """`who` is signed in, nobody when left out; `act` is done before the picture is taken.

    `is_whole`: all of the page is shown, not just what the screen shows.
    """

    name: str
    path: str
    who: str | None = None
    act: Callable[[Page], object] | None = None
    is_whole: bool = True


def _search(page: Page) -> None:
    """Look for the first letters of many names."""
    page.keyboard.press("/")
    page.keyboard.type("mor")
    page.locator("#palette .hits").wait_for()


def _whole(page: Page) -> None:
    """Wait until no part of the page is on its way."""
    page.wait_for_function("() => !document.querySelector('[aria-busy=true], .htmx-request')")


def _follow(*links: str) -> Callable[[Page], object]:
    """Go on to the page behind the first of some links, and from there."""

    def act(page: Page) -> None:
        for link in links:
            page.locator(link).first.click()
            page.wait_for_load_state("load")
        _whole(page)

    return act


def _refused(form: str, **typed: str) -> Callable[[Page], object]:
    """Send a form with what is typed wrong or left out."""

    def act(page: Page) -> None:
        for name, text in typed.items():
            page.locator(f"{form} [name={name}]").first.fill(text)
        page.locator(form).first.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
        page.wait_for_load_state("load")
        page.locator(".problem, .error").first.wait_for()

    return act


def _opened(button: str) -> Callable[[Page], object]:
    """Open what a button or a summary opens."""

    def act(page: Page) -> None:
        _whole(page)
        page.locator(button).first.click()

    return act


def _chosen(page: Page) -> None:
    """Tick some clients, and go on to what may be done with them."""
    _whole(page)
    for place in range(3):
        page.locator("#rows .tick input").nth(place).check()
    page.locator(".acts [type=submit]").click()
    page.wait_for_load_state("load")


def _foreseen(page: Page) -> None:
    """Go on to what would become of their people's access."""
    _chosen(page)
    page.locator("#login").select_option("on")
    page.locator("[name=invite]").check()
    page.locator(".sheet [type=submit]").click()
    page.wait_for_load_state("load")


SETTINGS = (
    *("me", "mailboxes", "team", "audit", "sign-ins", "client-sign-ins", "exports"),
    *("tags", "roles", "account-fields", "contact-fields", "name-format"),
    *("pipelines", "task-statuses", "organizers", "services", "billing"),
    *("quickbooks", "quickbooks/errors", "quickbooks/services", "notifications", "suppressions"),
)
CLIENT, MINE = "/clients/{account}", "/portal/accounts/{account}"
SHOTS = (
    Shot("portal-sign-in", "/portal/sign-in"),
    Shot("portal-reset", "/portal/reset"),
    Shot("portal-sign-in-refused", "/portal/sign-in", None, _refused("main form", email="anna", password=WRONG)),
    Shot("portal-dead-link", "/portal/invitations/x"),
    Shot("portal-unknown", "/portal/elsewhere"),
    Shot("portal-home", "/portal", "client"),
    Shot("portal-account", MINE, "client"),
    *(
        Shot(f"portal-{name}", f"{MINE}/{name}", "client")
        for name in ("documents", "requests", "organizers", "chats", "chats/new", "invoices", "proposals", "settings")
    ),
    Shot("portal-menu", MINE, "client", _opened("details.menu > summary"), is_whole=False),
    Shot("portal-document", f"{MINE}/documents", "client", _follow("main a[href*='/documents/'].row")),
    Shot("portal-approval", f"{MINE}/requests", "client", _follow("main a[href*='/approvals/']")),
    Shot("portal-signature", f"{MINE}/requests", "client", _follow("main a[href*='/signatures/']")),
    Shot("portal-organizer", f"{MINE}/organizers", "client", _follow("main a[href*='/organizers/']")),
    Shot("portal-chat", f"{MINE}/chats", "client", _follow("main a[href*='/chats/']:not([href$=new])")),
    Shot("portal-invoice", f"{MINE}/invoices", "client", _follow("main a[href*='/invoices/']")),
    Shot("portal-proposal", f"{MINE}/proposals", "client", _follow("main a[href*='/proposals/']")),
    Shot("portal-chat-refused", f"{MINE}/chats/new", "client", _refused("main form")),
    Shot("portal-me", "/portal/me", "client"),
    Shot("portal-me-refused", "/portal/me", "client", _refused("main form[action*=password]")),
    Shot("sign-in", "/sign-in"),
    Shot("sign-in-refused", "/sign-in", None, _refused("main form", email="anna@example.com", password=WRONG)),
    Shot("unknown", "/clients/x", "owner"),
    Shot("search", "/clients", "owner", _search, is_whole=False),
    Shot("clients", "/clients", "owner", _whole),
    Shot("clients-filters", "/clients", "owner", _opened(".filters summary"), is_whole=False),
    Shot("clients-columns", "/clients", "owner", _opened("[data-opens=columns]"), is_whole=False),
    Shot("clients-narrowed", "/clients?type=company&portal_status=active&q=a", "owner", _whole),
    Shot("clients-none", "/clients?q=qqqqqq", "owner", _whole),
    Shot("clients-archived", "/clients?state=archived", "owner", _whole),
    Shot("clients-few", "/clients", FEW, _whole),
    Shot("clients-chosen", "/clients", "owner", _chosen),
    Shot("clients-foreseen", "/clients", "owner", _foreseen),
    Shot("clients-new", "/clients/new", "owner"),
    Shot("clients-new-refused", "/clients/new", "owner", _refused("main form.client")),
    Shot("clients-import", "/clients/import", "owner"),
    Shot("clients-import-refused", "/clients/import", "owner", _refused("main form")),
    Shot("contacts", "/contacts", "owner"),
    Shot("contacts-none", "/contacts?q=qqqqqq", "owner"),
    Shot("contacts-new", "/contacts/new", "owner"),
    Shot("contacts-new-refused", "/contacts/new", "owner", _refused("main form", email="anna")),
    Shot("overview", CLIENT, "owner", _whole),
    Shot("overview-few", "/clients/{theirs}", FEW, _whole),
    *(Shot(f"all-{name}", f"{CLIENT}/{name}", "owner", _whole) for name in SECTIONS),
    *(Shot(f"{name}-new", f"{CLIENT}/{name}/new", "owner") for name in ("proposals", "signatures", "approvals")),
    Shot("settings-organizer", "/settings/organizers/new", "owner"),
    Shot("info", f"{CLIENT}/info", "owner", _whole),
    Shot("info-access", f"{CLIENT}/info/access", "owner"),
    Shot("info-history", f"{CLIENT}/info/history", "owner"),
    Shot("notices", "/notices", "owner", _whole),
    *(Shot(f"settings-{name}", f"/settings/{name}", "owner", _whole) for name in SETTINGS),
    Shot("settings-me-refused", "/settings/me", "owner", _refused("main form[action$=password]")),
    Shot("settings-me-token", "/settings/me", "owner", _opened("#tokens summary")),
    Shot("settings-member", "/settings/team", "owner", _follow("main table a >> nth=2")),
    Shot("settings-team-refused", "/settings/team", "owner", _refused("main form.card", email="anna")),
    Shot("settings-field", "/settings/account-fields", "owner", _follow("main .card a[href*='-fields/']")),
    Shot("settings-pipeline", "/settings/pipelines", "owner", _follow("main a[href*='/pipelines/']")),
    Shot("settings-quickbooks-service", "/settings/quickbooks/services", "owner", _follow("main table a")),
    Shot("settings-quickbooks-choose", "/settings/quickbooks/errors", "owner", _follow("main a[href*='/accounts/']")),
    Shot("quickbooks-connected", "/quickbooks/connected", "owner"),
)


@dataclass
class Sample:
    """The running system and who may sign in to it; `facts` fill in the paths of pages."""

    url: str
    people: Mapping[str, Mapping[str, str]]
    facts: dict[str, str] = field(default_factory=dict)

    def sign_in(self, context: BrowserContext, who: str) -> Any:
        path = SIGN_IN["client" if who == "client" else None]
        person = self.people[who]
        fields = {"email": person["email"], "password": person["password"]}
        answer = context.request.post(f"{self.url}{path}", data=fields)
        if not answer.ok:
            raise CannotStart(f"{person['email']} could not sign in: {answer.status} {answer.text()[:200]}")
        return answer.json()


def sample(home: Home) -> Sample:
    """The system that runs from this folder, with its sample. Raises CannotStart."""
    published = home.published()
    if published is None or not home.sample.is_file():
        raise CannotStart("Nothing runs here with a sample firm. Start it in another terminal: make run")
    known = json.loads(home.sample.read_text())
    people = {one["role"]: one for one in known["sign_ins"]} | {"client": known["portal"][0]}
    return Sample(reachable(published["DOSSIER_HOST"], int(published["DOSSIER_PORT"])), people)


def main(
    folder: Path,
    *,
    only: Annotated[str, typer.Option(help="Take those alone whose name holds this.")] = "",
    language: Annotated[list[str], typer.Option()] = list(camera.LOCALES),  # noqa: B006 (typer reads it)
    width: Annotated[list[int], typer.Option()] = list(WIDTHS),  # noqa: B006
    theme: Annotated[list[str], typer.Option()] = list(THEMES),  # noqa: B006
) -> None:
    """Take the pictures, as NAME.LANGUAGE.WIDTH.THEME.png."""
    try:
        shown = sample(Home())
        with camera.opened() as browser:
            shown.facts |= _facts(browser, shown)
            for spoken, theme_, wide in product(language, theme, width):
                with _people(browser, shown, spoken, theme_, wide) as context_of:
                    for shot in (one for one in SHOTS if only in one.name):
                        _take(
                            context_of(shot.who),
                            shown,
                            shot,
                            folder / f"{shot.name.replace('/', '-')}.{spoken}.{wide}.{theme_}.png",
                        )
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        raise typer.Exit(1) from None


def _facts(browser: Browser, shown: Sample) -> dict[str, str]:
    """An account that the client may enter, with something of everything, and one that is seen with few rights."""
    context = browser.new_context()
    signed_in = shown.sign_in(context, "client")
    shown.sign_in(context, FEW)
    theirs = context.request.get(f"{shown.url}/v1/accounts?limit=1").json()["items"]
    context.close()
    return {"account": signed_in["accounts"][0]["account_id"], "theirs": theirs[0]["id"]}


@contextmanager
def _people(
    browser: Browser, shown: Sample, language: str, theme: Any, width: int
) -> Iterator[Callable[[str | None], BrowserContext]]:
    """A browser's context for each person, signed in once."""
    contexts: dict[str | None, BrowserContext] = {}

    def of(who: str | None) -> BrowserContext:
        if who not in contexts:
            contexts[who] = browser.new_context(
                base_url=shown.url,
                locale=camera.LOCALES[language],
                viewport={"width": width, "height": WIDTHS.get(width, 900)},
                color_scheme=theme,
                reduced_motion="reduce",
                timezone_id=ZONE,
            )
            # What the page of signing in would have asked the browser.
            contexts[who].add_cookies([{"name": "dossier_zone", "value": ZONE, "url": shown.url}])
            if who is not None:
                shown.sign_in(contexts[who], who)
        return contexts[who]

    try:
        yield of
    finally:
        for context in contexts.values():
            context.close()


def _take(context: BrowserContext, shown: Sample, shot: Shot, file: Path) -> None:
    page = context.new_page()
    answer = page.goto(shot.path.format(**shown.facts))
    page.wait_for_load_state("load")
    if shot.act is not None:
        shot.act(page)
    camera.take(page, file, whole=shot.is_whole)
    page.close()
    print(file, "" if answer is None or answer.ok else f"({answer.status})")


if __name__ == "__main__":
    typer.run(main)
