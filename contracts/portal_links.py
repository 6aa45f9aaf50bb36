"""Links by which clients' people are mailed in: what stands behind one, told to whoever holds it, before it is used."""

import datetime as dt
from typing import ClassVar, Protocol

from chassis.context import Context
from chassis.wire import message
from contracts.identity import Firm, Secret


@message
class PortalLink:
    token: Secret


@message
class PortalInvitation:
    """An open invitation: whom it lets in, and where. `has_password`: they have one already (R-LOG-3)."""

    firm: Firm
    account_name: str
    contact_name: str
    email: str
    has_password: bool
    expires_at: dt.datetime


@message
class PortalReset:
    """An open link to a new password of the address with this firm."""

    firm: Firm
    email: str
    expires_at: dt.datetime


class PortalLinks(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    To look behind a link uses nothing up: mail scanners open links before people do.
    """

    NAME: ClassVar[str] = "identity"

    # contacts' InvitationNotFound
    def get_portal_invitation(self, ctx: Context, request: PortalLink) -> PortalInvitation: ...
    def get_portal_reset(self, ctx: Context, request: PortalLink) -> PortalReset: ...  # portal.ResetNotOpen
