"""A firm to generate for: its members, tags, pipelines and statuses, with ids that follow from its number."""

import hashlib
import secrets
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args
from uuid import UUID

from contracts.identity import Scope
from deploy.sample.words import words
from services.accounts.names import key
from services.identity.hashing import hash_password

Rows = dict[tuple[str, str], list[tuple[Any, ...]]]  # by service and table, each row in the order of tables.py

EMPLOYEES = 20
VIEWER = 1  # the first employee sees all accounts; the others those of their teams
PASSWORD = "bench-lantern-41"  # noqa: S105 (of every member; the data is made up and the stack private)


@dataclass(frozen=True)
class Firm:
    """`token` lets its owner in with every scope, `employee_token` an employee who sees what their teams see.

    `is_looked_at`: the bench looks at its first accounts, each of which has something in every section.
    """

    id: UUID
    name: str
    seed: str
    born_at: str  # ISO 8601; accounts follow
    token: str
    employee_token: str
    is_looked_at: bool = True

    @property
    def own(self) -> str:
        """Its id as rows hold it: text, as COPY wants it, is several times quicker than objects."""
        return str(self.id)

    def made(self, name: str) -> str:
        """An id of this firm's, the same every time (RFC 9562, version 8)."""
        digits = hashlib.blake2b(name.encode(), key=self.id.bytes, digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    @property
    def owner(self) -> str:
        return self.made("member 0")

    @property
    def owner_email(self) -> str:
        return _email(self, 0)

    @property
    def employees(self) -> list[str]:
        """Those who see only the accounts of their teams; the first of them holds `employee_token`."""
        return [self.made(f"member {number}") for number in range(1 + VIEWER, 1 + EMPLOYEES)]

    @property
    def tags(self) -> list[str]:
        return [self.made(f"tag {entry['name']}") for entry in words()["tags"]]

    @property
    def stages(self) -> list[tuple[str, str, str]]:
        """Each stage of every pipeline: its id, its pipeline's, and a service that jobs in it are called after."""
        return [
            (self.made(f"stage {entry['name']} {stage}"), self.made(f"pipeline {entry['name']}"), entry["services"][0])
            for entry in words()["pipelines"]
            for stage in entry["stages"]
        ]

    def account(self, number: int) -> str:
        return self.made(f"account {number}")


def new_firm(number: int, seed: str, born_at: str) -> Firm:
    """A firm of its own, whatever is in the databases already."""
    firm_id = uuid.uuid4()
    tokens = _token(firm_id), _token(firm_id)
    return Firm(firm_id, f"Bench firm {number}", seed, born_at, *tokens, is_looked_at=number == 1)


@cache
def _hashed() -> str:
    """Of a password, which is the same for all; what makes it slow is not what is measured."""
    return hash_password(PASSWORD)


def _token(firm_id: UUID) -> str:
    """As identity makes them: the firm is in the token."""
    return f"dsr_t_{urlsafe_b64encode(firm_id.bytes).decode().rstrip('=')}_{secrets.token_urlsafe(32)}"


def rows(firm: Firm) -> Rows:
    """What the owners of firms, accounts and contacts keep of the firm itself."""
    at = firm.born_at
    found: Rows = {("identity", "firm"): [(firm.own, firm.name, at)]}
    members = members_of(firm)
    password = _hashed()
    found["identity", "member"] = [
        (firm.own, m, mail, mail, name, role, rights, role == "owner", True, password, 1, at, at)
        for m, mail, name, role, rights in members
    ]
    found["identity", "login"] = [(firm.own, m, mail) for m, mail, *_ in members]
    holders = ((firm.owner, firm.token), (firm.employees[0], firm.employee_token))
    found["identity", "token"] = [
        (
            firm.own,
            firm.made(f"token {m}"),
            m,
            "bench",
            list(get_args(Scope)),
            hashlib.sha256(token.encode()).digest(),
            at,
        )
        for m, token in holders
    ]
    found["accounts", "member_ref"] = [
        (firm.own, m, name, role, rights, True, role == "owner", 1) for m, _, name, role, rights in members
    ]
    found["contacts", "member_ref"] = [(firm.own, m, mail, True, 1) for m, mail, *_ in members]
    tags = tags_of(firm)
    found["accounts", "tag"] = [(firm.own, tag, name, key(name), colour) for tag, name, colour in tags]
    found["contacts", "tag_ref"] = [(firm.own, tag, name, colour) for tag, name, colour in tags]
    found["overview", "firm"] = [(firm.own,)]
    found["overview", "directory_tag"] = [(firm.own, tag, 1, name, colour) for tag, name, colour in tags]
    return found


def members_of(firm: Firm) -> list[tuple[str, str, str, str, list[str]]]:
    """Id, e-mail address, name, role and rights of each, the owner first."""
    return [_member(firm, number) for number in range(1 + EMPLOYEES)]


def tags_of(firm: Firm) -> list[tuple[str, str, str]]:
    """Id, name and colour of each."""
    return [(tag, entry["name"], entry["colour"]) for tag, entry in zip(firm.tags, words()["tags"], strict=True)]


def _member(firm: Firm, number: int) -> tuple[str, str, str, str, list[str]]:
    role = "employee" if number else "owner"
    rights = ["view_all_accounts"] if number == VIEWER else []
    name = f"Employee {number}" if number else "Bench Owner"
    return firm.made(f"member {number}"), _email(firm, number), name, role, rights


def _email(firm: Firm, number: int) -> str:
    return f"member{number}.{firm.id.hex[:8]}@example.com"
