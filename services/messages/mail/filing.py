"""Where an e-mail belongs: never in an account by guessing (R-SYN-5)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

# `choice`: a person said so, by choosing or by writing from there.
Reason = Literal["only", "choice", "thread", "recipients", "code"]
CODES = re.compile(r"\[([^\[\]]{1,40})\]")


@dataclass(frozen=True)
class Facts:
    """What is known of an e-mail.

    `synced`: for each of its addresses the accounts that file the mail of it. `earlier`: the accounts in which the
    thread is filed already. `chosen`: those that somebody chose for the thread. `codes`: the accounts' codes.
    """

    synced: Mapping[str, Collection[UUID]]
    subject: str = ""
    earlier: Collection[UUID] = ()
    chosen: Collection[UUID] = ()
    codes: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def candidates(self) -> frozenset[UUID]:
        return frozenset(account for accounts in self.synced.values() for account in accounts)


@dataclass(frozen=True)
class Filed:
    """In which accounts and why; in none where that is for a person to say."""

    accounts: frozenset[UUID]
    reason: Reason | None = None


def decide(facts: Facts) -> Filed:
    """File an e-mail where exactly one account remains, or where somebody chose for its thread.

    The thread counts first, then the other recipients, then an account's code in the subject. Whatever they say, it
    goes to no account but those of the e-mail's own people: an answer to a mail of account A that is sent to people
    of account B alone is none of A's.
    """
    candidates = facts.candidates
    chosen = candidates.intersection(facts.chosen)
    if chosen:
        return Filed(chosen, "thread")
    remaining = candidates
    steps: tuple[tuple[Reason, Collection[UUID]], ...] = (
        ("only", candidates),
        ("thread", facts.earlier),
        ("recipients", _shared(facts.synced)),
        ("code", _named(facts.subject, facts.codes)),
    )
    for reason, accounts in steps:
        left = remaining.intersection(accounts)
        if len(left) == 1:
            return Filed(left, reason)
        remaining = left or remaining
    return Filed(frozenset())


def _shared(synced: Mapping[str, Collection[UUID]]) -> frozenset[UUID]:
    """The accounts that all the e-mail's people have in common."""
    sets = [frozenset(accounts) for accounts in synced.values() if accounts]
    return frozenset.intersection(*sets) if sets else frozenset()


def _named(subject: str, codes: Mapping[UUID, str]) -> frozenset[UUID]:
    written = {code.strip().casefold() for code in CODES.findall(subject)}
    return frozenset(account for account, code in codes.items() if code.casefold() in written)
