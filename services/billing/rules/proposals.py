"""Decisions about proposals: what status follows from the facts, who is needed to sign, on which days it recurs."""

import calendar
import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.errors import Invalid, wrong
from chassis.wire import to_json
from contracts.proposal_content import PackageEntry, ProposalStatus, Requirement

OPEN: tuple[ProposalStatus, ...] = ("pending", "partially_signed")
MONTHS = 12


class Signing(NamedTuple):
    """One signer; who has signed is never removed."""

    has_signed: bool = False
    is_removed: bool = False


class Facts(NamedTuple):
    """What the status of a proposal follows from."""

    is_sent: bool
    is_complete: bool  # once and for all: signed by all who had to
    is_withdrawn: bool
    expires_on: dt.date | None
    signers: Collection[Signing] = ()


def status(facts: Facts, today: dt.date) -> ProposalStatus:
    """R-PRP-2: on the day it expires on, it can still be signed."""
    if not facts.is_sent:
        return "draft"
    if facts.is_complete:
        return "signed"
    if facts.is_withdrawn:
        return "withdrawn"
    if facts.expires_on is not None and facts.expires_on < today:
        return "expired"
    return "partially_signed" if any(one.has_signed for one in facts.signers) else "pending"


def is_complete(requirement: Requirement, signers: Iterable[Signing]) -> bool:
    """R-SIG-2, R-SIG-5: whether those who have signed are enough, of those who remain."""
    known = tuple(signers)
    return signed(known) > 0 and (requirement == "one" or signed(known) == remaining(known))


def can_be_removed(signer: Signing, signers: Iterable[Signing]) -> bool:
    """R-SIG-5: one who has not signed, as long as another remains."""
    return not signer.has_signed and not signer.is_removed and remaining(signers) > 1


def is_editable(now: ProposalStatus, *, has_signatures: bool) -> bool:
    """R-PRP-4: until the first signature; one that expired unsigned can be given more time."""
    return now in ("draft", "pending", "expired") and not has_signatures


def is_deletable(now: ProposalStatus, *, has_signatures: bool, is_archived: bool) -> bool:
    """R-ARC-1; and a signature is kept, whatever became of the proposal."""
    return now == "draft" or (not has_signatures and not is_archived)


def signed(signers: Iterable[Signing]) -> int:
    """How many have signed; who has signed remains."""
    return sum(one.has_signed for one in signers)


def remaining(signers: Iterable[Signing]) -> int:
    """How many were not taken away."""
    return sum(not one.is_removed for one in signers)


def check_packages(invoicing: str, packages: Sequence[PackageEntry]) -> None:
    """Raise Invalid unless the packages can be told apart and be invoiced as the proposal says."""
    faults = []
    names: set[str] = set()
    for place, package in enumerate(packages):
        name = package.name.strip().casefold()
        if not name or name in names:
            faults.append({"field": f"packages.{place}.name", "message": "Each package needs a name of its own."})
        names.add(name)
        if package.job is not None and not package.job.name.strip():
            faults.append({"field": f"packages.{place}.job.name", "message": "Must not be blank."})
        for number, line in enumerate(package.lines):
            if invoicing == "recurring" and line.cadence != "monthly":
                text = "Must be monthly: a recurring proposal has no other lines. Or choose invoicing on_signature."
                faults.append({"field": f"packages.{place}.lines.{number}.cadence", "message": text})
    if faults:
        raise Invalid(errors=faults)


def check_expiry(expires_on: dt.date | None, today: dt.date) -> None:
    """Raise Invalid for a last day that is over."""
    if expires_on is not None and expires_on < today:
        raise wrong("expires_on", "Must not be in the past.")


def first_on(recurs_from: dt.date | None, signed_on: dt.date) -> dt.date:
    """The day of the first monthly invoice: never before the signature that activates it (R-SIG-3)."""
    return max(recurs_from or signed_on, signed_on)


def following(on: dt.date, day: int) -> dt.date:
    """The day of the next monthly invoice: that day of the month, or the month's last where it is shorter."""
    year, month = (on.year + 1, 1) if on.month == MONTHS else (on.year, on.month + 1)
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def sha256(text: str) -> str:
    """The fingerprint of a content, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(proposal_id: UUID, account_id: UUID, content: Mapping[str, object]) -> str:
    """The one spelling of what a client sees of a proposal, that signatures are given on."""
    return to_json({"proposal_id": proposal_id, "account_id": account_id, **dict(sorted(content.items()))}).decode()
