"""Some accounts of a firm with everything every service keeps of them, as rows of all tables."""

import datetime as dt
from collections import defaultdict
from random import Random
from uuid import UUID

import orjson

from bench.generate.firm import Firm, Rows
from bench.generate.people import Names, Person
from bench.generate.source import FULL, FULL_EVERY, WARM, YEARS, Account
from bench.generate.source import Person as Linked
from bench.generate.sources import SOURCES
from contracts.common import Address
from deploy.sample.people import postal
from deploy.sample.words import Culture
from services.accounts.names import code_prefix
from services.contacts.rules.text import search_text
from services.overview.rules import normal, searched

KINDS, KIND_SHARES = ("individual", "company", "other"), (52, 42, 6)
CONTACTS = {
    "individual": ((1, 2, 3), (60, 36, 4)),
    "company": ((1, 2, 3, 6), (48, 32, 15, 5)),
    "other": ((1, 2), (70, 30)),
}
TYPED_SHARE = 0.4  # of individuals whose account has a name typed by hand
RETURNING_SHARE = 0.15  # of contacts who serve an account of this chunk already: families, owners of several companies
ARCHIVED_SHARE = 0.07
LABELS = ("email", "private")


class Chunk:
    """Accounts `start` to `start + count` of `total`; the same ones every time, whatever else is made."""

    def __init__(self, firm: Firm, start: int, count: int, total: int) -> None:
        self._firm, self._start, self._count, self._total = firm, start, count, total
        self._random = Random(f"{firm.seed} {start}")
        self._names = Names(self._random)
        # Each with chances of its own, so that one that joins changes nothing of the others.
        self._sources = [kind(firm, Random(f"{firm.seed} {start} {kind.__name__}")) for kind in SOURCES]
        self._known: list[tuple[str, Person, str]] = []  # contacts made so far: id, person, display name
        self.rows: Rows = defaultdict(list)

    def make(self) -> Rows:
        born = dt.datetime.fromisoformat(self._firm.born_at)
        for number in range(self._start, self._start + self._count):
            made = born + dt.timedelta(days=365 * YEARS * (number + 1) / (self._total + 1))
            self._account(number, made)
        return self.rows

    def _account(self, number: int, made: dt.datetime) -> None:
        firm, random = self._firm, self._random
        account, at = firm.account(number), made.isoformat()
        (kind,) = random.choices(KINDS, KIND_SHARES)
        company, domain, culture = self._names.company() if kind != "individual" else ("", "", None)
        people = self._contacts(kind, account, at, domain, culture)
        name, mode = self._name(kind, company, people)
        code = f"{code_prefix(name)}{number + 1}"  # unique and never typed; the counter goes on behind the last
        state = "archived" if random.random() < ARCHIVED_SHARE and number >= WARM else "active"
        team = sorted({firm.owner, *random.sample(firm.employees, random.choices((0, 1, 2), (20, 60, 20))[0])})
        tags = random.sample(firm.tags, random.choices((0, 1, 2), (45, 40, 15))[0])
        add, own = self.rows, firm.own
        where = _address(postal(culture, random)) if kind == "company" and culture else None
        ended = at if state == "archived" else None
        add["accounts", "account"].append(
            (own, account, code, name, mode, kind, company or None, where, state, people[0][0], 1, 1, at, at, ended)
        )
        for member in team:
            add["accounts", "account_team"].append((own, account, member))
            add["accounts", "account_follower"].append((own, account, member))
        add["accounts", "account_tag"].extend((own, account, tag, place) for place, tag in enumerate(tags))
        add["contacts", "account_ref"].append((own, account, code, name, state, team, 1, 1, True))
        shown = company if kind == "company" else ""
        self._directory(account, (state, code, name, shown, kind), team, tags, people, at)
        linked = tuple(
            Linked(contact, called, tuple(person.emails), tuple(self._address(contact, one) for one in person.emails))
            for contact, person, called in people
        )
        is_full = (firm.is_looked_at and number < FULL) or number % FULL_EVERY == 0
        for source in self._sources:
            changes = source.add(self.rows, Account(number, account, code, name, made, team, tags, linked, is_full))
            add["overview", "section_generation"].extend((own, account, section, times) for section, times in changes)

    def _name(self, kind: str, company: str, people: list[tuple[str, Person, str]]) -> tuple[str, str]:
        """The account's name and whether somebody typed it (R-NAME-2)."""
        if kind != "individual":
            return company, "automatic"
        first = people[0][1]
        if self._random.random() < TYPED_SHARE:
            return f"{' & '.join(person.first for _, person, _ in people)} {first.last}", "manual"
        return f"{first.first} {first.last}", "automatic"

    def _contacts(
        self, kind: str, account: str, at: str, domain: str, culture: Culture | None
    ) -> list[tuple[str, Person, str]]:
        counts, shares = CONTACTS[kind]
        found: list[tuple[str, Person, str]] = []
        for _ in range(self._random.choices(counts, shares)[0]):
            if self._known and self._random.random() < RETURNING_SHARE:
                again = self._random.choice(self._known)
                if again not in found:
                    found.append(again)
                    continue
            found.append(self._contact(account, at, domain, culture))
        for place, (contact, _, _) in enumerate(found, 1):
            self.rows["contacts", "contact_link"].append((self._firm.own, account, contact, "", place, at))
            self.rows["overview", "directory_link"].append((self._firm.own, account, contact, place - 1))
        return found

    def _contact(self, account: str, at: str, domain: str, culture: Culture | None) -> tuple[str, Person, str]:
        own, person = self._firm.own, self._names.person(domain, culture=culture)
        contact, name = self._firm.made(f"contact {self._start} {len(self._known)}"), f"{person.first} {person.last}"
        emails = list(person.emails)  # in small ASCII letters, so each is its own folded form (R-EM-5)
        search = search_text([name, name, ""], [(email, email) for email in emails])
        phones = [person.phone] if person.phone else []
        add = self.rows
        add["contacts", "contact"].append(
            (
                own, contact, name, person.first, person.last, "", person.street, person.city, person.state, person.zip,
                person.culture.country, person.culture.timezone, phones, search, account, 1, at, at,
            )
        )  # fmt: skip
        add["contacts", "contact_address"].extend(
            (own, self._address(contact, email), contact, label, email, email, place)
            for place, (label, email) in enumerate(zip(LABELS, emails, strict=False))
        )
        add["accounts", "contact_ref"].append((own, contact, name, 1))
        add["overview", "directory_contact"].append((own, contact, 1, name, emails))
        made = (contact, person, name)
        self._known.append(made)
        return made

    def _address(self, contact: str, email: str) -> str:
        return self._firm.made(f"address {email} {contact}")

    def _directory(
        self,
        account: str,
        told: tuple[str, str, str, str, str],
        team: list[str],
        tags: list[str],
        people: list[tuple[str, Person, str]],
        at: str,
    ) -> None:
        own, (state, code, name, company, kind) = self._firm.own, told
        shown = [(called, list(person.emails)) for _, person, called in people]
        add = self.rows
        add["overview", "directory_account"].append(
            (own, account, 1, 1, state, code, name, company, kind, tags, team, orjson.dumps(shown).decode(), at)
        )
        add["overview", "directory_mark"].extend((own, mark, account) for mark in (*team, *tags))
        texts = [code, name, company, *(called for called, _ in shown)]
        kept = searched(self._firm.id, texts, [email for _, emails in shown for email in emails], map(UUID, team))
        is_archived = state == "archived"
        keys = (normal(code), normal(name), kept.names, kept.addresses, team, kept.keys)
        add["overview", "directory_search"].append((own, account, is_archived, name, *keys))


def _address(address: Address) -> str:
    fields = ("street", "city", "state", "zip", "country")
    return orjson.dumps({field: getattr(address, field) for field in fields}).decode()
