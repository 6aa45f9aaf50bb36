"""Mail servers: IMAP and SMTP, every wait bounded, their refusals in our words; and what they report (ADR 14)."""

from chassis.mail.connection import Login, OutcomeUnknown, Postponed, Refused, Rejected, Server, Unreachable
from chassis.mail.imap import Folder, Found, Imap, Role, imap
from chassis.mail.smtp import Line, hand_over, smtp

__all__ = [
    "Folder",
    "Found",
    "Imap",
    "Line",
    "Login",
    "OutcomeUnknown",
    "Postponed",
    "Refused",
    "Rejected",
    "Role",
    "Server",
    "Unreachable",
    "hand_over",
    "imap",
    "smtp",
]
