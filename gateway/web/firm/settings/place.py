"""What every page of the settings has around it, and how its forms are answered."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.responses import Response

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unavailable
from contracts.identity import WrongCredentials
from contracts.rights import FirmAction
from gateway import problems
from gateway.web.firm import sayings
from gateway.web.page import Visit
from gateway.web.words import later

LONGEST_NUMBER = 9  # digits
REFUSED = (Invalid, Conflict, Forbidden, NotFound, TooManyRequests, WrongCredentials, Unavailable)
# Groups of pages: path, title, and what it takes to see it there; None: to be a member.
PLACES: Sequence[tuple[str, Sequence[tuple[str, str, FirmAction | None]]]] = (
    (later("Yourself"), (("me", later("My account"), None), ("mailboxes", later("Mailboxes"), None))),
    (
        later("Team"),
        (
            ("team", later("Members and rights"), None),
            ("audit", later("Changes of rights"), "see_exports"),
            ("sign-ins", later("Sign-ins"), None),
            ("client-sign-ins", later("Clients’ sign-ins"), "see_client_sign_ins"),
            ("exports", later("Exports"), "see_exports"),
        ),
    ),
    (
        later("Clients"),
        (
            ("tags", later("Tags"), "manage_tags"),
            ("roles", later("Roles"), "manage_account_roles"),
            ("account-fields", later("Fields of clients"), "manage_account_fields"),
            ("contact-fields", later("Fields of contacts"), "manage_contact_fields"),
            ("name-format", later("Names of contacts"), "set_name_format"),
        ),
    ),
    (
        later("Work and billing"),
        (
            ("pipelines", later("Pipelines"), "manage_pipelines"),
            ("task-statuses", later("Statuses of tasks"), "manage_pipelines"),
            ("organizers", later("Organizer templates"), "manage_organizer_templates"),
            ("services", later("Services"), "manage_services"),
            ("billing", later("Billing"), "manage_services"),
            ("quickbooks", later("QuickBooks"), "manage_quickbooks"),
        ),
    ),
    (
        later("Mail to clients"),
        (
            ("notifications", later("How mails look"), "set_notifications"),
            ("suppressions", later("Addresses without mail"), "set_notifications"),
        ),
    ),
)
NEEDS = {path: needs for _, places in PLACES for path, _, needs in places}


async def enter(visit: Visit, place: str) -> None:
    """Let in who may see a page of the settings. Raises Unauthenticated, RightMissing."""
    await visit.member()
    needs = NEEDS[place]
    if needs and not visit.may(needs):
        raise problems.RightMissing


def draw(visit: Visit, template: str, place: str, status: int = 200, **values: Any) -> Response:
    """Draw a page among the settings that the member may see."""
    groups = []
    for title, places in PLACES:
        seen = [(f"/settings/{path}", name) for path, name, needs in places if needs is None or visit.may(needs)]
        if seen:
            groups.append((title, seen))
    is_saved = visit.query.get("done") == "1" and status < problems.status_of(Invalid)
    shown = {"groups": groups, "place": f"/settings/{place}", "is_saved": is_saved, "chosen": visit.chosen}
    return visit.draw(f"firm/settings/{template}.html", status, **shown | values)


async def act(
    visit: Visit,
    doing: Awaitable[Any],
    back: str,
    again: Callable[..., Awaitable[Response]],
) -> Response:
    """Do something and go back to its page; where it is refused, show the page `again` with what is wrong."""
    try:
        await doing
    except REFUSED as error:
        return await again(visit, problems=sayings.by_field(visit, error), status=sayings.status(error))
    return visit.go(f"/settings/{back}?done=1")


def number(visit: Visit, name: str) -> int | str:
    """What was typed into a field of whole numbers; what is none is left for its owner to refuse."""
    typed = visit.form.get(name, "").strip()
    return int(typed) if typed.lstrip("-").isdigit() and len(typed) <= LONGEST_NUMBER else typed


def parts(visit: Visit, *names: str) -> list[dict[str, str]]:
    """The rows of a table of fields named `name.0`, `name.1`, …; rows whose first field is empty are left out."""
    rows = []
    for place in range(100):
        row = {name: visit.form.get(f"{name}.{place}", "").strip() for name in names}
        if f"{names[0]}.{place}" not in visit.form:
            break
        if row[names[0]]:
            rows.append(row)
    return rows


def after(visit: Visit) -> dict[str, str]:
    """Where the next page of a list begins, as its call takes it."""
    cursor = visit.query.get("cursor")
    return {"cursor": cursor} if cursor else {}
