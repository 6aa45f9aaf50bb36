"""The tables of identity."""

from services.identity.model.firms import Audit, Base, Firm, Login, Member, Session, SignIn, SignInAttempt, Token
from services.identity.model.portal import (
    PortalInvitation,
    PortalLogin,
    PortalReset,
    PortalSession,
    PortalSignIn,
    PortalUser,
)

__all__ = [
    "Audit",
    "Base",
    "Firm",
    "Login",
    "Member",
    "PortalInvitation",
    "PortalLogin",
    "PortalReset",
    "PortalSession",
    "PortalSignIn",
    "PortalUser",
    "Session",
    "SignIn",
    "SignInAttempt",
    "Token",
]
