"""First pages: the accounts that whoever signed in may enter, and what waits for them on each (R-POR-2)."""

import asyncio

from starlette.responses import Response

from chassis.context import Context
from chassis.errors import NotFound
from contracts.accounts import Accounts, GetPhoto
from contracts.common import Done
from contracts.portal import EnterAccount, Portal, PortalAccount
from gateway.web.page import LONGEST_AGENT, Page, Visit
from gateway.web.portal import waiting
from gateway.web.portal.inside import ACCOUNT, HOME, Room, around, enter
from gateway.web.portal.waiting import Found

MOST_COUNTED = 12  # accounts; each costs a call for each kind of thing that may wait
PHOTO = 128  # pixels; what is shown is half of it, on screens of two dots a pixel


async def show_home(visit: Visit) -> Response:
    """List the accounts; who has a single one is there at once."""
    who = await visit.signed_in()
    home = await visit.ask(Portal.get_portal_home, Done(), who)
    if len(home.accounts) == 1:
        ctx = await visit.desk.entries.enter(who, home.accounts[0].account_id, "use_portal")
        room = Room(visit=visit, who=who, ctx=ctx, account_id=home.accounts[0].account_id)
        return await room.draw("overview.html")
    found = await asyncio.gather(*(_waiting(visit, who, one) for one in home.accounts[:MOST_COUNTED]))
    rows = [*zip(home.accounts, found, strict=False), *((one, None) for one in home.accounts[MOST_COUNTED:])]
    return visit.draw("portal/home.html", **around(visit, home, None), rows=rows)


async def show_account(visit: Visit) -> Response:
    room = await enter(visit)
    return await room.draw("overview.html")


async def switch(visit: Visit) -> Response:
    """Go to another account in the same session, which counts as coming in there (R-LA-2)."""
    room = await enter(visit)
    came = {**visit.came, "agent": visit.came["agent"][:LONGEST_AGENT]}
    user_id = room.who.actor.id
    if user_id is not None:
        await room.ask(Portal.enter_account, EnterAccount(account_id=room.account_id, user_id=user_id, **came))
    return room.go("")


async def show_photo(visit: Visit) -> Response:
    room = await enter(visit)
    return await room.send(Accounts.get_photo, GetPhoto(account_id=room.account_id, size=PHOTO))


async def _waiting(visit: Visit, who: Context, account: PortalAccount) -> list[Found] | None:
    """What waits on one account; None where it was closed to them a moment ago."""
    try:
        inside = await visit.desk.entries.enter(who, account.account_id, "use_portal")
    except NotFound:
        return None
    return await waiting.find(visit, inside, account.account_id)


PAGES = (
    Page("GET", HOME, show_home),
    Page("GET", ACCOUNT, show_account),
    Page("POST", f"{ACCOUNT}/enter", switch),
    Page("GET", f"{ACCOUNT}/photo", show_photo),
)
