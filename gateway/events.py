"""Events that make the gateway forget what it remembers of members, portal users and accounts."""

from typing import Any
from uuid import UUID

import orjson

from chassis.logs import log
from contracts import accounts, contacts, identity, portal, switches
from gateway.access import AccessMemory, EntryMemory
from gateway.auth import Callers, PortalCallers
from gateway.bus import Bus
from gateway.changes import Streams

ABOUT_MEMBERS = (
    identity.MemberChanged,
    identity.MemberDeactivated,
    identity.MemberRestored,
    identity.CredentialsEnded,
)
ABOUT_ACCOUNTS = (accounts.AccountChanged, accounts.AccountDeleted)
ABOUT_ENTRIES = (switches.AccessEnded, contacts.AccessChanged, contacts.LinksChanged)
ABOUT_USERS = (portal.PortalSessionsEnded,)


def listen(
    bus: Bus,
    callers: Callers,
    access: AccessMemory,
    portal_callers: PortalCallers,
    entries: EntryMemory,
    streams: Streams,
) -> None:
    """Drop what an event makes untrue at once (R-LOG-5), and everything when events may have been missed."""
    member_types, user_types, entry_types = _types(*ABOUT_MEMBERS), _types(*ABOUT_USERS), _types(*ABOUT_ENTRIES)

    def forget_all() -> None:
        for memory in (callers, access, portal_callers, entries):
            memory.forget_all()

    def on_event(kind: str, body: bytes) -> None:
        try:
            event = orjson.loads(body)
            if kind in member_types:
                member_id = event["member_id"] if "member_id" in event else event["member"]["id"]
                callers.forget_member(member_id)
                access.forget_all()
                streams.doubt_member(UUID(member_id))
            elif kind in user_types:
                portal_callers.forget_member(event["user_id"])
            else:
                account_id = event["account_id"] if "account_id" in event else event["account"]["id"]
                entries.forget_account(account_id)
                if kind not in entry_types:
                    access.forget_account(account_id)
                    streams.doubt_account(UUID(account_id))
        except (ValueError, KeyError, TypeError):
            log.exception("an event is not as its contract says", type=kind)
            forget_all()

    bus.subscribe((*member_types, *user_types, *entry_types, *_types(*ABOUT_ACCOUNTS)), on_event, forget_all)


def _types(*events: Any) -> list[str]:
    return [event.TYPE for event in events]
