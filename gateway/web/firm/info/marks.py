"""Tags, photo and following: what is changed with one press, each by itself (R-TAG-1, R-PHOTO-1, R-FOL-1)."""

from starlette.responses import Response

from chassis.errors import AppError
from contracts.accounts import Account, AccountChangedMeanwhile, Accounts
from gateway.access import Actions
from gateway.web.firm import editing, profile, sayings, values
from gateway.web.firm.info import labels, tab
from gateway.web.firm.info.tab import INFO, Open
from gateway.web.page import Page, Visit
from gateway.web.words import FILL_IN, later


async def change_tags(visit: Visit) -> Response:
    """Put a tag on the account, or take one off; a new name makes a new tag where the member may."""
    _, account, actions = await profile.opened(visit)
    added, removed = visit.form.get("tag", "").strip(), visit.form.get("remove", "")
    if not (added or removed):
        problems = {"tag": visit.language.say(FILL_IN)}
        return await _tags(visit, account, actions, problems, 422)
    for attempt in range(1, editing.TRIES + 1):
        names = [tag.name for tag in account.tags if tag.name != removed]
        if added and added.casefold() not in {name.casefold() for name in names}:
            names.append(added)
        try:
            account = await visit.call(Accounts.set_tags, account_id=account.id, version=account.version, tags=names)
        except AccountChangedMeanwhile as error:
            if attempt == editing.TRIES:
                return await _refused(visit, account, actions, error)
            account = await tab.fresh(visit, account.id)
        except editing.REFUSED as error:
            return await _refused(visit, account, actions, error)
        else:
            break
    return await _tags(visit, account, actions, {}, 200)


async def _refused(visit: Visit, account: Account, actions: Actions, error: AppError) -> Response:
    said = sayings.by_field(visit, error)
    problems = {"tag": " ".join(dict.fromkeys(said.values()))}
    return await _tags(visit, account, actions, problems, sayings.status(error))


async def _tags(visit: Visit, account: Account, actions: Actions, problems: dict[str, str], status: int) -> Response:
    if not (problems or visit.is_part):
        return visit.go(f"/clients/{account.id}/info#tags")
    opened = Open(name="tags", offers={}, problems=problems)
    if not visit.is_part:
        return await tab.whole(visit, account, actions, opened, status)
    return await piece(visit, "firm/info/tags.html", account, actions, opened=opened, status=status)


async def suggest_tags(visit: Visit) -> Response:
    """The firm's tags that the account does not carry, for the list under the field."""
    _, account, actions = await profile.opened(visit)
    known = await visit.call(Accounts.list_tags)
    carried = {tag.id for tag in account.tags}
    offered = [tag.name for tag in known.items if tag.id not in carried]
    return await piece(visit, "firm/info/tag_names.html", account, actions, offered=offered)


async def follow(visit: Visit) -> Response:
    """Follow the account, or no longer."""
    _, account, actions = await profile.opened(visit)
    is_following = visit.form.get("is_following") == "yes"
    account = await visit.call(Accounts.follow, account_id=account.id, is_following=is_following)
    if not visit.is_part:
        return visit.go(f"/clients/{account.id}/info#followers")
    toast = later("You follow this client.") if is_following else later("You no longer follow this client.")
    return await piece(
        visit, "firm/info/followers.html", account, actions, toast=visit.language.say(toast), is_saved=True
    )


async def piece(
    visit: Visit, template: str, account: Account, actions: Actions, *, status: int = 200, **facts: object
) -> Response:
    """A part of the tab that has a template of its own."""
    common = {"account": account, "actions": actions, "opened": tab.NOTHING, "is_saved": False, "toast": ""}
    return visit.draw(template, status, **{**labels.facts(), **common, **values.facts(visit), **facts})


PAGES = (
    Page("GET", f"{INFO}/tags", suggest_tags),
    Page("POST", f"{INFO}/tags", change_tags),
    Page("POST", f"{INFO}/following", follow),
)
