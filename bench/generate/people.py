"""Names for any number of people and companies, with as many different words in them as a real client list has."""

from dataclasses import dataclass
from random import Random

from deploy.sample.people import latin, postal
from deploy.sample.words import Culture, Word, any_culture, words

STARTS = (
    "Al",
    "Bar",
    "Cor",
    "Dal",
    "Ed",
    "Fer",
    "Gor",
    "Hal",
    "Is",
    "Jan",
    "Kar",
    "Lin",
    "Mar",
    "Nor",
    "Os",
    "Per",
    "Ros",
    "Sten",
    "Tor",
    "Wil",
)
MIDDLES = ("a", "ber", "den", "e", "fin", "go", "i", "ker", "lan", "mo", "nis", "o", "ra", "sel", "ti", "van")
ENDS = (
    "ard",
    "bach",
    "court",
    "dale",
    "eau",
    "ford",
    "grove",
    "ham",
    "ic",
    "kin",
    "ley",
    "mann",
    "nes",
    "ov",
    "ski",
    "son",
    "ton",
    "vic",
    "worth",
    "zzi",
)
KNOWN_SHARE = 0.5  # of families with a name of the sample's word list; the others' are made of syllables
AT_WORK_SHARE = 0.5
SECOND_ADDRESS_SHARE = 0.35
FREE = tuple(
    f"{name}.example.{ending}" for name in ("mail", "post", "inbox", "home") for ending in ("com", "org", "net")
)


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    emails: tuple[str, ...]
    phone: str
    street: str
    city: str
    state: str
    zip: str
    culture: Culture


class Names:
    """An endless supply; the same `Random` gives the same ones."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def person(self, domain: str = "", family: Word | None = None, culture: Culture | None = None) -> Person:
        random = self._random
        culture = culture or any_culture(random)
        family = family or self.family(culture)
        given = random.choice(culture.women + culture.men)
        at = domain if domain and random.random() < AT_WORK_SHARE else random.choice(FREE)
        local = f"{latin(given.latin)}.{latin(family.latin)}{random.randrange(1000)}"
        emails = [f"{local}@{at}"]
        if random.random() < SECOND_ADDRESS_SHARE:
            emails.append(
                f"{latin(given.latin)[:1]}{latin(family.latin)}{random.randrange(10_000)}@{random.choice(FREE)}"
            )
        home = postal(culture, random)
        phone = "".join(str(random.randrange(10)) if sign == "#" else sign for sign in culture.phone)
        return Person(
            given.text, family.text, tuple(emails), phone, home.street, home.city, home.state, home.zip, culture
        )

    def family(self, culture: Culture) -> Word:
        if self._random.random() < KNOWN_SHARE:
            return self._random.choice(culture.families)
        made = "".join(map(self._random.choice, (STARTS, MIDDLES, ENDS)))
        return Word(made, made)

    def company(self) -> tuple[str, str, Culture]:
        """A company's name, the domain of its addresses, and where it is."""
        random = self._random
        culture = any_culture(random)
        family, trade = self.family(culture), random.choice(culture.trades)
        called = random.choice(words()["companies"]["words"]) if random.random() < KNOWN_SHARE else family.text
        domain = f"{latin(family.latin)}-{latin(trade.latin)}".replace(".", "")
        return f"{called} {trade.text} {random.choice(culture.forms)}", f"{domain}.example.com", culture
