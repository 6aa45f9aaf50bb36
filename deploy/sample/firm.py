"""The sample firm itself: its members and settings; what is there already is taken as it is."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from contracts.account_settings import CreateRole, CreateTag
from contracts.accounts import Accounts
from contracts.common import Done
from contracts.contacts import Contacts
from contracts.custom_fields import ChoiceEntry, CreateField
from contracts.identity import CreateFirm, CreateMember, Identities, ListMembers, Member, SignIn, WrongCredentials
from contracts.work import Work
from contracts.work_settings import (
    CreatePipeline,
    CustomStatusEntry,
    Pipeline,
    SetTaskStatuses,
    StageEntry,
    TaskStatusEntry,
)
from deploy.sample.calls import Caller
from deploy.sample.team import FIRM, OWNER, TEAM, Worker
from deploy.sample.words import words


@dataclass(frozen=True)
class Firm:
    """What the clients' work refers to, by the names it has in the sample."""

    tags: dict[str, UUID]
    statuses: dict[str, UUID]  # the first of each category
    pipelines: dict[str, Pipeline]
    account_fields: dict[str, UUID]
    contact_fields: dict[str, UUID]
    roles: dict[str, UUID]


async def open_firm(caller: Caller) -> Caller:
    """Sign in to the sample firm, made where there is none, and give a caller that may act as its members."""
    sign_in = SignIn(email=OWNER.email, password=OWNER.password, agent="sample")
    try:
        known = await caller.ask(Identities, "sign_in", sign_in, key="sign-in")
    except WrongCredentials:
        request = CreateFirm(name=FIRM, owner_name=OWNER.name, owner_email=OWNER.email, owner_password=OWNER.password)
        known = await caller.ask(Identities, "create_firm", request, key="firm")
    caller = replace(caller, firm_id=known.firm.id, members={OWNER.key: known.member})
    there = await caller.ask(Identities, "list_members", ListMembers(), as_=OWNER.key, key="members")
    by_email = {member.email: member for member in there.items}
    members = {one.key: by_email.get(one.email) or await _hired(caller, one) for one in TEAM}
    return replace(caller, members=members)


async def _hired(caller: Caller, worker: Worker) -> Member:
    request = CreateMember(
        email=worker.email,
        name=worker.name,
        role="admin" if worker.role == "admin" else "employee",
        rights=worker.rights,
        has_default_access=worker.has_default_access,
        password=worker.password,
    )
    made = await caller.ask(Identities, "create_member", request, as_=OWNER.key, key=f"member/{worker.key}")
    return made.member  # type: ignore[no-any-return]


async def furnish(caller: Caller) -> Firm:
    """Give the firm the settings that its clients' work needs."""
    return Firm(
        tags=await _tags(caller),
        statuses=await _statuses(caller),
        pipelines=await _pipelines(caller),
        account_fields=await _fields(caller, Accounts, "account"),
        contact_fields=await _fields(caller, Contacts, "contact"),
        roles=await _roles(caller),
    )


async def _tags(caller: Caller) -> dict[str, UUID]:
    there = await caller.ask(Accounts, "list_tags", Done(), as_="admin", key="tags")
    found = {tag.name: tag.id for tag in there.items}
    for entry in words()["tags"]:
        if entry["name"] not in found:
            request = CreateTag(name=entry["name"], colour=entry["colour"])
            made = await caller.ask(Accounts, "create_tag", request, as_="admin", key=f"tag/{entry['name']}")
            found[made.name] = made.id
    return found


async def _fields(caller: Caller, contract: Any, owner: Literal["account", "contact"]) -> dict[str, UUID]:
    there = await caller.ask(contract, f"list_{owner}_fields", Done(), as_="admin", key=f"{owner}-fields")
    found = {use.field.name: use.field.id for use in there.items}
    for entry in words()[f"{owner}_fields"]:
        if entry["name"] not in found:
            choices = tuple(ChoiceEntry(name=name) for name in entry.get("choices", ()))
            request = CreateField(name=entry["name"], type=entry["type"], choices=choices)
            key = f"{owner}-field/{entry['name']}"
            made = await caller.ask(contract, f"create_{owner}_field", request, as_="admin", key=key)
            found[made.name] = made.id
    return found


async def _roles(caller: Caller) -> dict[str, UUID]:
    there = await caller.ask(Accounts, "list_account_roles", Done(), as_="admin", key="roles")
    found = {use.role.name: use.role.id for use in there.items}
    for entry in words()["account_roles"]:
        if entry["name"] not in found:
            request = CreateRole(name=entry["name"])
            made = await caller.ask(Accounts, "create_account_role", request, as_="admin", key=f"role/{entry['name']}")
            found[made.name] = made.id
    return found


async def _statuses(caller: Caller) -> dict[str, UUID]:
    there = (await caller.ask(Work, "list_task_statuses", Done(), as_="admin", key="statuses")).items
    missing = [entry for entry in words()["statuses"] if entry["name"] not in {status.name for status in there}]
    if missing:
        kept = [TaskStatusEntry(id=status.id, name=status.name, category=status.category) for status in there]
        request = SetTaskStatuses(items=(*kept, *(TaskStatusEntry(**entry) for entry in missing)))
        there = (await caller.ask(Work, "set_task_statuses", request, as_="admin", key="set-statuses")).items
    return {status.category: status.id for status in reversed(there)}


async def _pipelines(caller: Caller) -> dict[str, Pipeline]:
    there = await caller.ask(Work, "list_pipelines", Done(), as_="admin", key="pipelines")
    found = {pipeline.name: pipeline for pipeline in there.items}
    for entry in words()["pipelines"]:
        if entry["name"] not in found:
            told = zip(entry["stages"], entry["client_statuses"], strict=True)
            request = CreatePipeline(
                name=entry["name"],
                stages=tuple(StageEntry(name=name, client_status=text) for name, text in told),
                statuses=tuple(CustomStatusEntry(**status) for status in entry.get("statuses", ())),
                available_to=() if entry.get("is_restricted") else None,
            )
            key = f"pipeline/{entry['name']}"
            found[entry["name"]] = await caller.ask(Work, "create_pipeline", request, as_="admin", key=key)
    return found
