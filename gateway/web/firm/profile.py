"""What every tab of a client's profile has around it: photo, name, and the tabs that its reader may open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from contracts.accounts import Account, Accounts
from contracts.overview import SECTIONS
from gateway.access import Actions
from gateway.web.page import Visit
from gateway.web.words import later

# The word of each tab, and the sections that its pages list; who may see none of them has no such tab (R-OV-5).
TABS: Sequence[tuple[str, tuple[str, ...]]] = (
    (later("Docs"), ("documents", "approvals", "signatures")),
    (later("Communication"), ("emails", "chats")),
    (later("Workflow"), ("jobs", "tasks")),
    (later("Invoices"), ("invoices",)),
    (later("Time"), ("time",)),
    (later("Organizers"), ("organizers",)),
    (later("Proposals & ELs"), ("proposals",)),
    (later("Notes"), ("notes",)),
)


@dataclass(frozen=True)
class Tab:
    """`sections` are those of the tab that the reader may see; the tab opens the first."""

    title: str
    path: str
    sections: tuple[str, ...] = ()
    is_open: bool = False


async def opened(visit: Visit) -> tuple[UUID, Account, Actions]:
    """The account of the path, and what the member may do there. Raises AccountNotFound."""
    account_id = visit.path_id()
    account = await visit.call(Accounts.get_account, account_id=account_id)
    return account_id, account, await visit.actions(account_id)


def draw(
    visit: Visit, template: str, account: Account, actions: Actions, *, here: str, status: int = 200, **values: Any
) -> Response:
    """Draw a page within the profile; `here` is `overview`, `info` or the section that it lists."""
    tabs = _tabs(visit, account.id, actions, here)
    return visit.draw(template, status, account=account, actions=actions, tabs=tabs, section=here, **values)


def may_see(section: str, actions: Actions) -> bool:
    """Whether somebody who may do `actions` on an account has this section (R-OV-5)."""
    return SECTIONS[section].needs in actions


def _tabs(visit: Visit, account_id: UUID, actions: Actions, here: str) -> list[Tab]:
    at, say = f"/clients/{account_id}", visit.language.say
    tabs = [
        Tab(say(later("Overview")), at, is_open=here == "overview"),
        Tab(say(later("Info")), f"{at}/info", is_open=here == "info"),
    ]
    for title, sections in TABS:
        seen = tuple(name for name in sections if may_see(name, actions))
        if seen:
            tabs.append(Tab(say(title), f"{at}/{seen[0]}", seen, is_open=here in sections))
    return tabs
