"""Who of the firm is told of what: kinds of notices, whom each is for, which right it takes (R-FOL-1, R-FOL-2)."""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple
from uuid import UUID

from chassis.context import Actor
from contracts.identity import Member
from contracts.notices import NoticeKind
from contracts.rights import ACCOUNT, FIRM, Rule, allows


class Kind(NamedTuple):
    """`group`: who follows the account, who is named, who may answer, or the owner, admins and who is named."""

    group: Literal["followers", "named", "answering", "leading"] = "followers"
    rule: Rule = ACCOUNT["view"]
    is_mailed: bool = False  # unless the member says otherwise


KINDS: dict[NoticeKind, Kind] = {
    "client_activated": Kind(is_mailed=True),  # R-LOG-9
    "document_uploaded": Kind(),
    "chat_message": Kind(is_mailed=True),
    "client_task_done": Kind(),
    "approval_answered": Kind(),
    "signature_answered": Kind(),
    "organizer_submitted": Kind(),
    "proposal_signed": Kind(rule=ACCOUNT["manage_proposals"]),  # R-SIG-5
    "payment_received": Kind(rule=ACCOUNT["manage_payments"]),  # R-INV-5
    "mentioned": Kind("named", is_mailed=True),  # R-NTE-2
    "task_assigned": Kind("named", is_mailed=True),  # R-TSK-4
    "access_requested": Kind("answering", FIRM["answer_requests"]),  # R-ACC-4
    "proposals_not_sent": Kind("leading", ACCOUNT["manage_proposals"]),  # R-SIG-4
    "quickbooks_attention": Kind("leading", FIRM["manage_quickbooks"], is_mailed=True),  # R-QB-20
}


class Circle(NamedTuple):
    """Those around an account at one moment; `viewers` None: it is about no single account."""

    members: tuple[Member, ...]
    viewers: Collection[UUID] | None = None
    followers: Collection[UUID] = ()


def told(kind: NoticeKind, circle: Circle, named: Collection[UUID], by_id: UUID | None) -> list[Member]:
    """Those of the members who are to be told: whom it concerns, who see it, and did not do it themselves.

    That proposals were not sent is told to who sent them, too: they may have left before it failed (R-SIG-4).
    """
    return [
        member
        for member in circle.members
        if member.is_active
        and _concerns(KINDS[kind].group, member, circle, named)
        and (circle.viewers is None or member.id in circle.viewers)
        and allows(KINDS[kind].rule, as_actor(member))
        and (member.id != by_id or kind == "proposals_not_sent")
    ]


def _concerns(group: str, member: Member, circle: Circle, named: Collection[UUID]) -> bool:
    if group == "followers":
        return member.id in circle.followers
    if group == "answering":
        return True  # whose rights say so
    return member.id in named or (group == "leading" and member.role in ("owner", "admin"))


def allowed(actor: Actor) -> list[NoticeKind]:
    """The kinds that the rights of a member let them be told of."""
    return [name for name, kind in KINDS.items() if allows(kind.rule, actor)]


def as_actor(member: Member) -> Actor:
    return Actor(kind="member", id=member.id, role=member.role, rights=frozenset(member.rights), name=member.name)


def unique(ids: Iterable[UUID]) -> list[UUID]:
    return sorted(set(ids))
