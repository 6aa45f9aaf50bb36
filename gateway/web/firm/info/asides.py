"""What opens beside the tab: who sees the account and why, its history, QuickBooks' steps; without a script a page."""

from typing import Any

from starlette.responses import Response

from contracts.accounts import Accounts
from contracts.contacts import Contacts
from contracts.overview import Overview
from contracts.quickbooks import QuickBooks
from gateway.web.firm import past, profile, values
from gateway.web.firm.info import labels
from gateway.web.firm.info.tab import INFO
from gateway.web.page import Page, Visit
from gateway.web.words import later

KINDS = ("account", "team", "follower", "tag", "custom_field", "role", "link", "switches", "unlinked_address")


async def show_access(visit: Visit) -> Response:
    """Everybody who sees the account, the reason, and what they may do (R-ACC-1)."""
    account_id = visit.path_id()
    viewers = await visit.call(Accounts.list_viewers, account_id=account_id)
    return await draw(visit, "firm/info/access.html", later("Who can see this client"), viewers=viewers.items)


async def show_history(visit: Visit) -> Response:
    """What changed, who did it and when; of one kind of thing or one field where it is asked for (R-CF-6)."""
    account_id = visit.path_id()
    asked = {name: visit.query[name] for name in ("what", "subject_id", "cursor") if visit.query.get(name)}
    found = await visit.call(Overview.list_history, account_id=account_id, limit=25, **asked)
    facts: dict[str, Any] = {
        "lines": [past.line(visit, change) for change in found.items],
        "next_cursor": found.next_cursor,
        "what": asked.get("what", ""),
        "subject_id": asked.get("subject_id", ""),
        "kinds": [(kind, visit.language.say(past.KINDS[kind])) for kind in KINDS],
        "at": f"/clients/{account_id}/info/history",
        "is_more": "cursor" in asked,
    }
    return await draw(visit, "firm/history.html", later("History"), **facts)


async def show_steps(visit: Visit) -> Response:
    """How the account came to stand with QuickBooks as it does."""
    account_id = visit.path_id()
    asked = {"cursor": visit.query["cursor"]} if visit.query.get("cursor") else {}
    found = await visit.call(QuickBooks.list_sync_steps, account_id=account_id, **asked)
    facts: dict[str, Any] = {
        "labels": labels.SYNC_LABELS,
        "steps": found.items,
        "next_cursor": found.next_cursor,
        "is_more": "cursor" in asked,
    }
    return await draw(visit, "firm/info/steps.html", later("Steps with QuickBooks"), **facts)


async def draw(visit: Visit, template: str, title: str, status: int = 200, **facts: Any) -> Response:
    """For a script the drawer's content, else a page within the profile."""
    title = visit.language.say(title)
    facts = {"drawer": template, "drawer_title": title, **values.facts(visit), **facts}
    if visit.is_part:
        return visit.draw(template if facts.get("is_more") else "firm/drawer.html", status, **facts)
    _, account, actions = await profile.opened(visit)
    return profile.draw(visit, "firm/info/aside.html", account, actions, here="info", status=status, **facts)


async def suggest_descriptions(visit: Visit) -> Response:
    """What contacts were described as before (R-LNK-6)."""
    found = await visit.call(Contacts.list_descriptions, q=visit.query.get("description", "")[:200])
    return visit.draw("firm/info/descriptions.html", offered=found.items)


PAGES = (
    Page("GET", f"{INFO}/access", show_access),
    Page("GET", f"{INFO}/history", show_history),
    Page("GET", f"{INFO}/quickbooks/steps", show_steps),
    Page("GET", f"{INFO}/descriptions", suggest_descriptions),
)
