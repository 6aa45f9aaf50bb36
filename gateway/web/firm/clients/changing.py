"""Many clients changed at once, with a report of each (R-BULK-1, R-TAG-3): the same calls as for one, in batches."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from contracts.accounts import Account, AccountChangedMeanwhile, Accounts
from contracts.identity import Identities
from gateway import problems
from gateway.web.firm import sayings
from gateway.web.firm.clients import switching
from gateway.web.firm.clients.asking import CLIENTS
from gateway.web.firm.info.switches import TYPES
from gateway.web.page import Page, Visit
from gateway.web.words import later

CHOSEN = f"{CLIENTS}/chosen"
FORM, FORESEEN, CHANGED, BATCH = (f"firm/clients/{name}.html" for name in ("chosen", "foreseen", "changed", "batch"))
MOST = 100  # clients: as many as one page of the list may show
AT_ONCE = 10  # clients of one batch, after which the reader sees how far it is
TRIES = 3  # others may be at work on the same client
REFUSED = (Invalid, Conflict, Forbidden, NotFound, Unavailable)
# What says nothing by itself of what is to be changed.
BESIDE = frozenset({"account", "key", "total", "sure", "types", "message", "foreseen"})
ADD, REMOVE = "add", "remove"
TAG, MEMBER = "tag.", "member."


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one client; `said` is why it was refused. `name` is empty for one that is not there to see."""

    account_id: str
    name: str = ""
    is_changed: bool = False
    said: str = ""


async def choose(visit: Visit) -> Response:
    """What may be done with the clients that were ticked."""
    await visit.member()
    return await _form(visit)


async def change(visit: Visit) -> Response:
    """Change the first few of the clients, and tell what became of them and how many are left."""
    await visit.member()
    ids = _ids(visit)
    if not ids:
        return visit.go(CLIENTS)
    wanted = [pair for pair in visit.posted if pair[1] and pair[0] not in BESIDE]
    if not wanted:
        said = {"": visit.language.say(later("Choose what is to be changed."))}
        return await _form(visit, 422, problems=said)
    if visit.form.get("state") == "archive" and not visit.form.get("sure"):
        said = {"sure": visit.language.say(later("Tick this to archive them."))}
        return await _form(visit, 422, problems=said)
    asked = switching.wanted(visit)
    if asked.is_something and visit.form.get("foreseen") != "yes":
        return await _foresee(visit, ids, asked)
    done = [await _changed(visit, account_id) for account_id in ids[:AT_ONCE]]
    left = ids[AT_ONCE:]
    stated = visit.form.get("total", "")
    total = int(stated) if stated.isdecimal() and len(stated) < 4 else len(ids)  # noqa: PLR2004 (at most MOST)
    kept = [pair for pair in visit.posted if pair[0] not in ("account", "total")]
    return visit.draw(
        BATCH if visit.is_part else CHANGED,
        done=done,
        left=left,
        total=max(total, len(ids)),
        kept=[*kept, *(("account", account_id) for account_id in left)],
    )


async def _foresee(visit: Visit, ids: list[str], asked: switching.Wanted) -> Response:
    """Say what would become of people's access and how many mails go out, to be agreed to."""
    accounts = [account for account_id in ids if (account := await _found(visit, account_id)) is not None]
    foreseen = await switching.foresee(visit, accounts, asked)
    kept = [pair for pair in visit.posted if pair[1]]
    return visit.draw(FORESEEN, foreseen=foreseen, kept=kept, asked=asked)


async def _form(visit: Visit, status: int = 200, **drawn: Any) -> Response:
    ids = _ids(visit)
    if not ids:
        return visit.go(CLIENTS)
    accounts = [account for account_id in ids if (account := await _found(visit, account_id)) is not None]
    tags = await visit.call(Accounts.list_tags)
    members = await visit.call(Identities.list_members)
    types = [(kind, visit.language.say(text)) for kind, text in TYPES.items()]
    offered = {"accounts": accounts, "tags": tags.items, "members": members.items, "types": types}
    offered["chosen_types"] = visit.chosen("types") if "set_types" in visit.form else list(TYPES)
    return visit.draw(FORM, status, **offered | drawn)


def _ids(visit: Visit) -> list[str]:
    return list(dict.fromkeys(visit.chosen("account")))[:MOST]


async def _found(visit: Visit, account_id: str) -> Account | None:
    try:
        return await visit.call(Accounts.get_account, account_id=_id(account_id))
    except (NotFound, Invalid):
        return None


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise problems.NoSuchPath from None


async def _changed(visit: Visit, account_id: str) -> Done:
    """Do all that was chosen to one client; what is refused of it leaves what was done before."""
    try:
        account = await _found(visit, account_id)
    except Unavailable as error:
        return Done(account_id=account_id, said=sayings.sentence(visit, error))
    if account is None:
        unseen = visit.language.say(later("This client is not there, or not yours to see."))
        return Done(account_id=account_id, said=unseen)
    is_changed, said = False, list[str]()
    try:
        for step in STEPS:
            changed = await _until_current(visit, step, account)
            is_changed |= changed is not account
            account = changed
        asked = switching.wanted(visit)
        if asked.is_something:
            has_switched, said = await switching.apply(visit, account, asked)
            is_changed |= has_switched
    except REFUSED as error:
        said = list(dict.fromkeys(sayings.by_field(visit, error).values()))
    return Done(account_id=account_id, name=account.name, is_changed=is_changed, said="; ".join(said))


Step = Callable[[Visit, Account], Awaitable[Account]]


async def _until_current(visit: Visit, step: Step, account: Account) -> Account:
    """Take a step, again where somebody else changed the client meanwhile."""
    for _ in range(TRIES - 1):
        try:
            return await step(visit, account)
        except AccountChangedMeanwhile:
            account = await visit.call(Accounts.get_account, account_id=account.id)
    return await step(visit, account)


def _step(account: Account, name: str) -> str:
    return f"{account.id}/{account.version}/{name}"


async def _tag(visit: Visit, account: Account) -> Account:
    """Tags of the firm are named by their ids, others are made; what is not named stays (R-TAG-3)."""
    names: Mapping[str, str] = {}
    if any(name.startswith(TAG) for name, _ in visit.posted):
        names = {str(tag.id): tag.name for tag in (await visit.call(Accounts.list_tags)).items}
    present = [tag.name for tag in account.tags]
    wanted = _with(present, _said(visit, TAG, names))
    wanted += [name for name in _new_tags(visit) if name.casefold() not in {one.casefold() for one in wanted}]
    if set(wanted) == set(present):
        return account
    return await visit.call(
        Accounts.set_tags, _step(account, "tags"), account_id=account.id, version=account.version, tags=wanted
    )


def _new_tags(visit: Visit) -> list[str]:
    return [name.strip() for name in visit.form.get("new_tags", "").split(",") if name.strip()]


async def _staff(visit: Visit, account: Account) -> Account:
    present = [str(one.id) for one in account.team]
    wanted = _with(present, _said(visit, MEMBER))
    if set(wanted) == set(present):
        return account
    return await visit.call(
        Accounts.set_team, _step(account, "team"), account_id=account.id, version=account.version, members=wanted
    )


def _said(visit: Visit, start: str, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is to be added or removed, by its name or its id."""
    said = {name.removeprefix(start): value for name, value in visit.posted if name.startswith(start)}
    known = said if names is None else names
    return {known[key] if names else key: value for key, value in said.items() if key in known}


def _with(present: Sequence[str], said: Mapping[str, str]) -> list[str]:
    kept = [one for one in present if said.get(one) != REMOVE]
    return [*kept, *(one for one, verb in said.items() if verb == ADD and one not in kept)]


async def _type(visit: Visit, account: Account) -> Account:
    kind = visit.form.get("type", "")
    if not kind or kind == account.type:
        return account
    return await visit.call(
        Accounts.change_account, _step(account, "type"), account_id=account.id, version=account.version, type=kind
    )


async def _follow(visit: Visit, account: Account) -> Account:
    wanted = visit.form.get("following", "")
    is_following = any(one.id == visit.actor.id for one in account.followers)
    if not wanted or (wanted == "yes") == is_following:
        return account
    return await visit.call(
        Accounts.follow, _step(account, "follow"), account_id=account.id, is_following=wanted == "yes"
    )


async def _state(visit: Visit, account: Account) -> Account:
    wanted = visit.form.get("state", "")
    if wanted == "archive" and account.state == "active":
        return await visit.call(Accounts.archive_account, _step(account, "state"), account_id=account.id)
    if wanted == "reactivate" and account.state == "archived":
        return await visit.call(Accounts.reactivate_account, _step(account, "state"), account_id=account.id)
    return account


STEPS: Sequence[Step] = (_tag, _staff, _type, _follow, _state)
PAGES = (
    Page("POST", CHOSEN, choose),
    Page("POST", f"{CHOSEN}/change", change),
)
