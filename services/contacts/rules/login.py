"""LOGIN of one address on one account: the states of domain.md §4.5 and what leads from one to another."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, NamedTuple

from contracts.switches import InvitationNotOpen, LoginState, NotInvitable

Kept = Literal["none", "granted", "invited", "active", "revoked"]  # the others are seen, not kept
Act = Literal["switch_on", "switch_off", "invite", "accept"]
VALID = dt.timedelta(days=30)  # of an invitation (R-LOG-7, U-5)
ON: tuple[Kept, ...] = ("granted", "invited", "active")
ENTERED: tuple[Kept, ...] = ("invited", "active")  # holds an open link or a password
WEAKEST_FIRST: tuple[Kept, ...] = ("none", "revoked", "granted", "invited", "active")

# All that is legal; a state that is as the act wants it stays, and every other pair is refused.
TRANSITIONS: Mapping[tuple[LoginState, Act], Kept] = {
    ("none", "switch_on"): "granted",
    ("revoked", "switch_on"): "granted",
    ("granted", "switch_off"): "none",
    ("invited", "switch_off"): "revoked",
    ("expired", "switch_off"): "revoked",
    ("active", "switch_off"): "revoked",
    ("granted", "invite"): "invited",
    ("invited", "invite"): "invited",
    ("expired", "invite"): "invited",
    ("invited", "accept"): "active",
}


class Login(NamedTuple):
    """What is kept of it; `invited_at` is when the last invitation went out, whatever came of it."""

    state: Kept = "none"
    invited_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None

    @property
    def is_on(self) -> bool:
        return self.state in ON


OFF = Login()


def seen(login: Login, now: dt.datetime, *, is_suppressed: bool = False) -> LoginState:
    """Give the state as people see it: an invitation runs out, and none reaches a suppressed address."""
    if is_suppressed and login.state in ("granted", "invited"):
        return "blocked"
    if login.state == "invited" and login.invited_at is not None and now >= login.invited_at + VALID:
        return "expired"
    return login.state


def switched(login: Login, *, is_on: bool) -> Login:
    """Give LOGIN on or off (R-LOG-5). Who was let in before accepts anew (R-LOG-3)."""
    if login.is_on == is_on:
        return login
    state = TRANSITIONS[login.state, "switch_on" if is_on else "switch_off"]
    if state == "none" and login.invited_at is not None:
        state = "revoked"  # granted anew, and taken back before the next invitation
    return login._replace(state=state)


def invited(login: Login, now: dt.datetime) -> Login:
    """Give LOGIN with an invitation out since `now` (R-LOG-1, R-LOG-2). Raises NotInvitable."""
    state = seen(login, now)
    if (state, "invite") not in TRANSITIONS:
        raise NotInvitable(state=state)
    return Login(TRANSITIONS[state, "invite"], now, None)


def accepted(login: Login, sent_at: dt.datetime, now: dt.datetime) -> Login:
    """Give LOGIN of who followed the invitation sent at that instant (R-LOG-3). Raises InvitationNotOpen."""
    state = seen(login, now)
    if (state, "accept") not in TRANSITIONS or login.invited_at != sent_at:
        raise InvitationNotOpen(state=state)
    return login._replace(state=TRANSITIONS[state, "accept"], accepted_at=now)


def inherited(login: Login, now: dt.datetime, *, may_invite: bool) -> Login:
    """Give LOGIN of the address that takes another's place (R-LOG-4).

    A pending invitation goes out anew to it. Who has accepted keeps the access (R-EM-3), so it has none of its own.
    """
    if login.state == "invited":
        is_pending = may_invite and seen(login, now) == "invited"
        return Login("invited", now) if is_pending else Login("granted")
    return Login("granted") if login.state == "granted" else OFF


def stronger(one: Login, other: Login) -> Login:
    """Give the one that lets further in, the later invitation among equals (R-C-4)."""
    return max(one, other, key=lambda login: (WEAKEST_FIRST.index(login.state), str(login.invited_at or "")))
