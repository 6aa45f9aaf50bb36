"""The sample's clients: households that share contacts, companies, trusts, and names that break software."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from contracts.accounts import AccountType
from contracts.common import Address
from deploy.sample.people import People, Person, latin, postal
from deploy.sample.words import Culture, any_culture, cultures, words

SEED = 20261123
HOUSEHOLDS, COMPANIES, OTHERS = 54, 72, 20
ALIKE = 2  # clients of one name, told apart by their codes
ARCHIVED_SHARE, FEW_RIGHTS_SHARE = 0.06, 0.2


@dataclass(frozen=True)
class Linked:
    """A person who serves a client; `description` is the link's."""

    person: Person
    description: str = ""


@dataclass(frozen=True)
class Client:
    """A client to be; `is_shared_out` puts the employee with few rights on its team."""

    key: str
    type: AccountType
    contacts: tuple[Linked, ...]
    name: str | None = None  # none: the system makes it
    company_name: str | None = None
    company_address: Address | None = None
    tags: tuple[str, ...] = ()
    is_shared_out: bool = False
    is_archived: bool = False


def clients(seed: int = SEED) -> list[Client]:
    """All clients, the same ones every time."""
    random = Random(seed)  # noqa: S311 (a sample, not a secret)
    makers = _Clients(random)
    found = [*makers.special(), *makers.households(), *makers.companies(), *makers.others(), *makers.alike()]
    return [_finished(random, f"client-{number:03d}", client) for number, client in enumerate(found, 1)]


def _finished(random: Random, key: str, client: Client) -> Client:
    tags = [tag["name"] for tag in words()["tags"]]
    return replace(
        client,
        key=key,
        tags=tuple(random.sample(tags, random.choices((0, 1, 2, 4), (30, 40, 22, 8))[0])),
        is_shared_out=random.random() < FEW_RIGHTS_SHARE,
        is_archived=random.random() < ARCHIVED_SHARE,
    )


class _Clients:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._people = People(random)
        self._roles: dict[str, list[str]] = {
            "company": words()["companies"]["roles"],
            "other": words()["others"]["roles"],
            "individual": words()["companies"]["household_roles"],
        }

    def households(self) -> Iterator[Client]:
        """A couple with one account or two, sometimes with a company of theirs, sometimes with a grown child."""
        for number in range(HOUSEHOLDS):
            # The first ones go through every culture, so that no script is left to chance.
            culture = cultures()[number] if number < len(cultures()) else any_culture(self._random)
            home = postal(culture, self._random)
            wife, husband = self._random.choice(culture.women), self._random.choice(culture.men)
            one = self._people.person(culture, given=wife, home=home)
            family = one.family if self._likely(0.6) else None
            other = self._people.person(culture, given=husband, family=family, home=home)
            yield from self._couple(one, other)
            if number % 4 == 0:
                yield self._company(culture, (Linked(one, "Owner"), Linked(other, "Bookkeeper at home")))
            if number % 6 == 0:
                child = self._people.person(culture, family=one.family)
                yield self._client("individual", (Linked(child), Linked(one, "Parent, pays the bills")))

    def companies(self) -> Iterator[Client]:
        for _ in range(COMPANIES):
            culture = any_culture(self._random)
            count = self._random.choices((1, 2, 3, 5), (40, 35, 20, 5))[0]
            roles = self._random.sample(self._roles["company"], count)
            yield self._company(culture, tuple(Linked(self._people.person(culture), role) for role in roles))

    def others(self) -> Iterator[Client]:
        for number in range(OTHERS):
            culture = any_culture(self._random)
            people = [self._people.person(culture) for _ in range(self._random.randrange(1, 4))]
            roles = self._random.sample(self._roles["other"], len(people))
            pattern = words()["others"]["names"][number % len(words()["others"]["names"])]
            city = self._random.choice(culture.cities)[0]
            name = pattern.format(family=people[0].family.text, person=people[0].name, city=city)
            yield self._client("other", tuple(map(Linked, people, roles)), name=name)

    def special(self) -> Iterator[Client]:
        for entry in words()["special"]:
            people = (self._people.person(), self._people.person())
            linked = tuple(map(Linked, people, self._roles[entry["type"]]))
            is_company = entry["type"] == "company"
            where = postal(people[0].culture, self._random) if is_company else None
            yield self._client(
                entry["type"],
                linked,
                name=None if is_company else entry["name"],
                company_name=entry["name"] if is_company else None,
                company_address=where,
            )

    def alike(self) -> Iterator[Client]:
        """Clients whose names are the same though the people differ (R-NAME-5)."""
        culture = cultures()[0]
        for _ in range(ALIKE):
            yield self._client("individual", (Linked(self._people.person(culture)),), name="John Smith")

    def _couple(self, one: Person, other: Person) -> Iterator[Client]:
        first, second = self._roles["individual"]
        if self._likely(0.6):
            same = one.family == other.family
            name = f"{one.given.text} & {other.given.text} {one.family.text}" if same else f"{one.name} & {other.name}"
            yield self._client("individual", (Linked(one, first), Linked(other, second)), name=name)
        else:
            yield self._client("individual", (Linked(one, first), Linked(other, second)))
            yield self._client("individual", (Linked(other, first), Linked(one, second)))

    def _company(self, culture: Culture, linked: tuple[Linked, ...]) -> Client:
        trade = self._random.choice(culture.trades)
        called = self._random.choice(words()["companies"]["words"])
        if culture.country not in ("GB", "US", "CA") or self._likely(0.4):
            called = linked[0].person.family.text
        space = "" if culture.is_family_first else " "
        name = space.join((called, trade.text, self._random.choice(culture.forms)))
        domain = f"{latin(trade.latin).replace('.', '')}-{latin(linked[0].person.family.latin).replace('.', '')}"
        at_work = tuple(self._employed(entry, name, f"{domain}.example.com") for entry in linked)
        where = postal(culture, self._random)
        return self._client("company", at_work, company_name=name, company_address=where)

    def _employed(self, linked: Linked, company: str, domain: str) -> Linked:
        """Most people of a company are reached at its domain; owners from a household keep their own address."""
        if linked.description == "Owner" or linked.person.contact.email is None or self._likely(0.2):
            return linked
        email = self._people.email(latin(linked.person.given.latin), domain)
        contact = replace(linked.person.contact, email=email, company_name=company)
        return replace(linked, person=replace(linked.person, contact=contact))

    def _likely(self, share: float) -> bool:
        return self._random.random() < share

    def _client(self, kind: AccountType, linked: tuple[Linked, ...], **fields: object) -> Client:
        return Client(key="", type=kind, contacts=linked, **fields)  # type: ignore[arg-type]
