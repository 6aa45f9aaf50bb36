"""Whether a mail is sent, decided from values alone (R-NOT-1, R-NOT-2, R-NOT-7)."""

from dataclasses import dataclass

from contracts.notifications import NotificationType, Reason
from contracts.switches import LoginState

# LOGIN is on, and whoever has the address has no password yet (R-NOT-5).
NOT_ACTIVATED: tuple[LoginState, ...] = ("granted", "invited", "expired", "blocked")


@dataclass(frozen=True, kw_only=True)
class Situation:
    """How an address stands to one happening; `type` none: a security mail (R-NOT-7)."""

    type: NotificationType | None
    is_archived: bool = False
    is_linked: bool = True
    is_withdrawn: bool = False
    is_notified: bool = False
    is_muted: bool = False
    is_suppressed: bool = False
    is_theirs: bool = True
    ignores_suppression: bool = False


def decide(found: Situation) -> Reason | None:
    """Why no mail is sent, the first reason that holds; none: it is sent. Switches stop no security mail (R-NOT-7)."""
    is_typed = found.type is not None
    reasons: tuple[tuple[Reason, bool], ...] = (
        ("account_archived", found.is_archived),
        ("unlinked", not found.is_linked),
        ("withdrawn", found.is_withdrawn),
        ("notify_off", is_typed and not found.is_notified),
        ("type_off", is_typed and found.is_muted),
        ("suppressed", found.is_suppressed and not found.ignores_suppression),
        ("not_theirs", not found.is_theirs),
    )
    return next((reason for reason, holds in reasons if holds), None)
