"""People with names, addresses and telephone numbers, as contacts are made of."""

import re
import unicodedata
from dataclasses import dataclass
from random import Random

from contracts.common import Address
from contracts.contacts import NewAddress, NewContact
from deploy.sample.words import Culture, Word, any_culture, words

WHOLE_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ı": "i"})


@dataclass(frozen=True)
class Person:
    """Somebody the firm knows: where they come from, and the contact they become; `key` tells namesakes apart."""

    key: str
    given: Word
    family: Word
    culture: Culture
    contact: NewContact

    @property
    def name(self) -> str:
        return written(self.culture, self.given.text, self.family.text)


class People:
    """Makes people, no two with one e-mail address."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._addresses: set[str] = set()
        self._made = 0

    def person(
        self,
        culture: Culture | None = None,
        *,
        given: Word | None = None,
        family: Word | None = None,
        home: Address | None = None,
    ) -> Person:
        """Somebody new; of this name and at this address, where they are given."""
        choose = self._random
        culture = culture or any_culture(choose)
        family = family or choose.choice(culture.families)
        given = given or choose.choice(culture.women + culture.men)
        self._made += 1
        email = self.email(f"{latin(given.latin)}.{latin(family.latin)}") if self._likely(0.94) else None
        contact = NewContact(
            first_name=given.text,
            middle_name=choose.choice(culture.women + culture.men).text if self._likely(0.15) else "",
            last_name=family.text,
            display_name=written(culture, given.text, family.text) if culture.is_family_first else "",
            email=email,
            other_addresses=self._other_addresses(given, family) if email else (),
            phones=self._phones(culture),
            address=home or postal(culture, choose),
            timezone=culture.timezone,
            notes="Reads no e-mail; write a letter." if email is None else "",
        )
        return Person(f"person-{self._made:03d}", given, family, culture, contact)

    def email(self, local: str, domain: str | None = None) -> str:
        """An address nobody else has, at a domain that RFC 2606 keeps for examples."""
        domain = domain or self._random.choice(words()["addresses"]["domains"])
        email, number = f"{local}@{domain}", 1
        while email in self._addresses:
            number += 1
            email = f"{local}{number}@{domain}"
        self._addresses.add(email)
        return email

    def _likely(self, share: float) -> bool:
        return self._random.random() < share

    def _other_addresses(self, given: Word, family: Word) -> tuple[NewAddress, ...]:
        count = self._random.choices((0, 1, 2, 3), (60, 25, 10, 5))[0]
        labels = self._random.sample(words()["addresses"]["labels"], count)
        local = f"{latin(given.latin)[:1]}{latin(family.latin)}"
        return tuple(NewAddress(label=label, email=self.email(f"{local}.{latin(label)}")) for label in labels)

    def _phones(self, culture: Culture) -> tuple[str, ...]:
        count = self._random.choices((0, 1, 2), (10, 70, 20))[0] if culture.phone else 0
        return tuple(re.sub("#", lambda _: str(self._random.randrange(10)), culture.phone) for _ in range(count))


def postal(culture: Culture, random: Random) -> Address:
    """A postal address as it is written in that country."""
    city, state, code = random.choice(culture.cities)
    street = culture.street.format(number=random.randrange(1, 140), name=random.choice(culture.streets))
    return Address(street=street, city=city, state=state, zip=code, country=culture.country)


def written(culture: Culture, given: str, family: str) -> str:
    """A full name in the order of its culture; scripts without spaces need none."""
    if culture.is_family_first:
        return f"{family}{given}"
    return f"{given} {family}"


def latin(text: str) -> str:
    """Text as a part of an e-mail address: small Latin letters, digits, and dots between words."""
    flat = unicodedata.normalize("NFKD", text.translate(WHOLE_LETTERS))
    return ".".join(re.findall(r"[a-z0-9]+", re.sub("['’-]", "", flat.encode("ascii", "ignore").decode().lower())))
