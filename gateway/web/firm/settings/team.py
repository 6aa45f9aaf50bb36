"""The team: who is in it, what each may do, and who changed that (R-ROLE-1, R-ROLE-2, R-ROLE-3)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from contracts.identity import AuditEntry, Identities, Member
from gateway.web.firm import sayings
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

TEAM = "team"
RIGHTS = {
    "view_all_accounts": later("See every client, not only their own"),
    "manage_accounts": later("Create and change clients, archive and delete them, switch portal access"),
    "view_all_contacts": later("See every contact"),
    "manage_contacts": later("Create, change, merge and delete contacts"),
    "manage_tags": later("Make and change the firm’s tags"),
    "manage_custom_fields": later("Make and change custom fields"),
    "assign_team_members": later("Put members on the teams of clients"),
    "manage_documents": later("Move, share, lock and delete documents; ask for approvals and signatures"),
    "manage_invoices": later("See and write invoices, change the price list"),
    "manage_payments": later("See payments and credit, take and refund payments"),
    "manage_proposals": later("See, write and send proposals and engagement letters"),
    "manage_organizers": later("Write the templates of organizers"),
    "manage_time_entries": later("See and change everybody’s time"),
    "manage_rates": later("See rates and amounts of time"),
    "manage_pipelines": later("Change pipelines, see every job"),
    "preview_portal": later("Look at the portal as a client sees it"),
}
CHANGES = {
    "created": later("joined"),
    "role": later("role"),
    "rights": later("rights"),
    "default_access": later("default access"),
    "email": later("e-mail address"),
    "state": later("state"),
    "password": later("password"),
}
STATES = {
    "owner": later("Owner"),
    "admin": later("Admin"),
    "employee": later("Employee"),
    "active": later("active"),
    "deactivated": later("deactivated"),
    "reset": later("given anew"),
    "yes": later("yes"),
    "no": later("no"),
}


async def show(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, TEAM)
    members = await visit.call(Identities.list_members, include_inactive=True)
    shown: dict[str, Any] = {"members": members.items, "rights": RIGHTS, "made": None}
    return place.draw(visit, "team", TEAM, status, **shown | values)


async def create(visit: Visit) -> Response:
    """Take somebody in; the password that was made is shown this once."""
    form = visit.form
    try:
        made = await visit.call(
            Identities.create_member,
            email=form.get("email", ""),
            name=form.get("name", ""),
            role=form.get("role", "employee"),
            rights=visit.chosen("rights") if form.get("role") != "admin" else [],
            has_default_access="has_default_access" in form,
        )
    except place.REFUSED as error:
        return await show(visit, sayings.status(error), problems=sayings.by_field(visit, error))
    return await show(visit, made=made)


async def show_member(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, TEAM)
    member = await visit.call(Identities.get_member, member_id=visit.path_id())
    shown: dict[str, Any] = {"member": member, "rights": RIGHTS, "made": None, "is_me": member.id == visit.actor.id}
    return place.draw(visit, "member", TEAM, status, **shown | values)


async def change(visit: Visit) -> Response:
    """Change what the form showed: of oneself the name and address alone, of the owner no rights."""
    member = await visit.call(Identities.get_member, member_id=visit.path_id())
    return await place.act(
        visit, visit.call(Identities.change_member, **_changes(visit, member)), f"{TEAM}/{member.id}", show_member
    )


def _changes(visit: Visit, member: Member) -> dict[str, Any]:
    form = visit.form
    changes: dict[str, Any] = {
        "member_id": member.id,
        "version": place.number(visit, "version"),
        "name": form.get("name", ""),
        "email": form.get("email", ""),
    }
    if member.role != "owner" and member.id != visit.actor.id:
        changes |= {
            "role": form.get("role", member.role),
            "rights": visit.chosen("rights") if form.get("role") != "admin" else [],
            "has_default_access": "has_default_access" in form,
        }
    return changes


async def deactivate(visit: Visit) -> Response:
    return await _do(visit, Identities.deactivate_member)


async def restore(visit: Visit) -> Response:
    return await _do(visit, Identities.restore_member)


async def transfer(visit: Visit) -> Response:
    return await _do(visit, Identities.transfer_ownership)


async def _do(visit: Visit, call: Any) -> Response:
    member_id: UUID = visit.path_id()
    return await place.act(visit, visit.call(call, member_id=member_id), f"{TEAM}/{member_id}", show_member)


async def reset_password(visit: Visit) -> Response:
    """Give a member a new password, shown this once; their sessions end."""
    try:
        made = await visit.call(Identities.reset_password, member_id=visit.path_id())
    except place.REFUSED as error:
        return await show_member(visit, sayings.status(error), problems=sayings.by_field(visit, error))
    return await show_member(visit, made=made)


async def show_audit(visit: Visit) -> Response:
    await place.enter(visit, "audit")
    found = await visit.call(Identities.list_audit, **place.after(visit))
    changes = [(one, _told(visit, one)) for one in found.items]
    return place.draw(visit, "audit", "audit", found=found, changes=changes)


@dataclass(frozen=True)
class Told:
    """A change in words: from what to what, or what was given and taken."""

    title: str
    before: str = ""
    after: str = ""
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def _told(visit: Visit, one: AuditEntry) -> Told:
    say = visit.language.say
    title = say(CHANGES.get(one.change, one.change))
    if one.change != "rights":
        return Told(title, say(STATES.get(one.before, one.before)), say(STATES.get(one.after, one.after)))
    before, after = ([right for right in text.split(", ") if right] for text in (one.before, one.after))
    return Told(title, gained=_rights(visit, after, before), lost=_rights(visit, before, after))


def _rights(visit: Visit, those: list[str], without: list[str]) -> tuple[str, ...]:
    return tuple(visit.language.say(RIGHTS.get(right, right)) for right in those if right not in without)


async def show_sign_ins(visit: Visit) -> Response:
    await place.enter(visit, "sign-ins")
    found = await visit.call(Identities.list_sign_ins, **place.after(visit))
    return place.draw(visit, "sign_ins", "sign-ins", found=found)


MEMBER = "/settings/team/{member_id}"
PAGES = (
    Page("GET", "/settings/team", show),
    Page("POST", "/settings/team", create),
    Page("GET", MEMBER, show_member),
    Page("POST", MEMBER, change),
    Page("POST", f"{MEMBER}/deactivate", deactivate),
    Page("POST", f"{MEMBER}/restore", restore),
    Page("POST", f"{MEMBER}/ownership", transfer),
    Page("POST", f"{MEMBER}/password", reset_password),
    Page("GET", "/settings/audit", show_audit),
    Page("GET", "/settings/sign-ins", show_sign_ins),
)
