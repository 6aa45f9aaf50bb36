"""An account archived, brought back, deleted: asked for once more before it is done (R-ARC-1, R-ARC-3 to R-ARC-5)."""

from uuid import UUID

from starlette.responses import Response

from contracts.accounts import Accounts
from contracts.contacts import Contacts
from gateway import problems
from gateway.web.firm import editing, profile, sayings
from gateway.web.firm.info import asides, tab
from gateway.web.firm.info.labels import ON
from gateway.web.firm.info.tab import INFO
from gateway.web.page import Page, Visit
from gateway.web.words import FILL_IN, later

TITLES = {
    "archive": later("Archive this client?"),
    "reactivate": later("Bring this client back?"),
    "delete": later("Delete this client?"),
}


async def ask(visit: Visit) -> Response:
    """Say what it means, and who loses or regains access."""
    return await _asked(visit, {}, 200)


async def act(visit: Visit) -> Response:
    """Do it; who deletes types the account's name."""
    account_id, what = visit.path_id(), visit.values[1]
    if what == "delete" and not visit.form.get("name", "").strip():
        return await _asked(visit, {"name": visit.language.say(FILL_IN)}, 422)
    try:
        await _done(visit, account_id, what)
    except editing.REFUSED as error:
        return await _asked(visit, sayings.by_field(visit, error), sayings.status(error))
    return editing.onward(visit, "/clients" if what == "delete" else f"/clients/{account_id}/info#state")


async def _done(visit: Visit, account_id: UUID, what: str) -> None:
    """Raises what the calls do, NoSuchPath."""
    if what == "archive":
        await visit.call(Accounts.archive_account, account_id=account_id)
    elif what == "reactivate":
        await visit.call(Accounts.reactivate_account, account_id=account_id)
    elif what == "delete":
        fields = {"name": visit.form["name"], "is_forced": visit.form.get("is_forced") == "yes"}
        await visit.call(Accounts.delete_account, account_id=account_id, **fields)
    else:
        raise problems.NoSuchPath


async def _asked(visit: Visit, said: dict[str, str], status: int) -> Response:
    what = visit.values[1]
    if what not in TITLES:
        raise problems.NoSuchPath
    account_id, account, actions = await profile.opened(visit)
    if "archive" not in actions:
        raise problems.ActionNotAllowed(action="archive")
    linked = await tab.attempt(visit.call(Contacts.list_account_contacts, account_id=account_id))
    entering = [
        (link.contact.display_name, one.address.email)
        for link in (linked.items if linked else ())
        for one in link.addresses
        if one.login in ON
    ]
    facts = {"what": what, "named": account, "entering": entering, "problems": said}
    return await asides.draw(visit, "firm/info/state_asked.html", TITLES[what], status, **facts)


PAGES = (
    Page("GET", f"{INFO}/state/{{what}}", ask),
    Page("POST", f"{INFO}/state/{{what}}", act),
)
