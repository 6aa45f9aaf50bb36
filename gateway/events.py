"""Events that make the gateway forget what it remembers of members and accounts."""

from typing import Any

import orjson

from chassis.logs import log
from contracts import accounts, identity
from gateway.access import AccessMemory
from gateway.auth import Callers
from gateway.bus import Bus

ABOUT_MEMBERS = (
    identity.MemberChanged,
    identity.MemberDeactivated,
    identity.MemberRestored,
    identity.CredentialsEnded,
)
ABOUT_ACCOUNTS = (accounts.AccountChanged, accounts.AccountDeleted)


def listen(bus: Bus, callers: Callers, access: AccessMemory) -> None:
    """Drop what an event makes untrue at once, and everything when events may have been missed."""
    member_types = _types(*ABOUT_MEMBERS)

    def forget_all() -> None:
        callers.forget_all()
        access.forget_all()

    def on_event(kind: str, body: bytes) -> None:
        try:
            event = orjson.loads(body)
            if kind in member_types:
                callers.forget_member(event["member_id"] if "member_id" in event else event["member"]["id"])
                access.forget_all()
            else:
                access.forget_account(event["account_id"] if "account_id" in event else event["account"]["id"])
        except (ValueError, KeyError, TypeError):
            log.exception("an event is not as its contract says", type=kind)
            forget_all()

    bus.subscribe((*member_types, *_types(*ABOUT_ACCOUNTS)), on_event, forget_all)


def _types(*events: Any) -> list[str]:
    return [event.TYPE for event in events]
