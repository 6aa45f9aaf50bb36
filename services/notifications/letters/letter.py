"""What a letter is made from, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail to one person. Links are absolute addresses of http or https; others are left out."""

    kind: str  # a key of KINDS
    locale: str  # en, fr, or one that begins so (fr-CA); whatever else speaks English
    firm_name: str
    greeting: str  # first name or display name; empty: nobody is greeted by name
    account_name: str | None  # beside the firm's name where the person serves several accounts (R-NOT-6)
    facts: Mapping[str, Any]  # what KINDS[kind].facts names, as JSON
    link: str  # where the button leads
    activation_link: str | None = None  # the banner on top for who has not activated yet (R-NOT-5)
    unsubscribe_link: str | None = None  # none in security mails (R-NOT-7)
    timezone: str = "UTC"  # of the reader, IANA; an unknown one counts as UTC


@dataclass(frozen=True)
class Written:
    """The same content twice; `subject` is one line of at most 150 characters."""

    subject: str
    html: str
    text: str
