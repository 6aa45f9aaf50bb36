"""Which column of a file means what: names in English and French, however they are written."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from chassis.errors import wrong
from contracts.custom_fields import CustomField
from contracts.imports import ColumnChoice

SYNONYMS = {
    "account_name": """account name | account | accounts | client name | client | clients | customer | customer name
        | client account | client account name | account client name | name of account | household | household name
        | nom du compte | compte | compte client | nom du client | nom client | nom de compte | dossier
        | nom du dossier | foyer""",
    "linked_account": "linked account | linked accounts | linked account name | compte lié | comptes liés",
    "account_type": """account type | type | client type | customer type | type of account | type of client
        | entity type | entity | type de compte | type de client | type client | type d'entité | nature""",
    "company_name": """company name | company | business name | business | organization | organization name
        | organisation | organisation name | legal name | employer | raison sociale | société | nom de société
        | nom de la société | entreprise | nom de l'entreprise | organisme | dénomination | dénomination sociale
        | nom commercial""",
    "tags": """tags | tag | labels | label | groups | group | categories | category | account tags | client tags
        | étiquettes | étiquette | balises | balise | mots-clés | mots clés | libellés | catégories | catégorie
        | groupes | groupe""",
    "first_name": """first name | first | given name | given names | forename | prénom | prénoms""",
    "middle_name": """middle name | middle names | middle | middle initial | mi | second name | deuxième prénom
        | second prénom | autres prénoms""",
    "last_name": "last name | last | surname | family name | nom de famille | patronyme | nom d'usage",
    "full_name": """full name | contact name | contact | contacts | contact full name | contact person
        | primary contact | main contact | linked contact | linked contacts | display name | person | nom complet
        | nom et prénom | prénom et nom | nom prénom | prénom nom | nom du contact | contact principal
        | personne de contact | contact lié | interlocuteur | nom affiché""",
    "name": "name | names | nom | noms",
    "email": """email | emails | e-mail | e-mails | email address | e-mail address | email addresses | mail
        | primary email | primary e-mail | main email | login email | courriel | courriels | adresse e-mail
        | adresse email | adresse mail | adresse électronique | adresse courriel | adresse de courriel | mél
        | e-mail principal | courriel principal""",
    "other_email": """secondary email | other email | other emails | further email | further emails
        | alternate email | alternative email | additional email | additional emails | work email | home email
        | personal email | business email | cc email | spouse email | e-mail secondaire | autre e-mail
        | autres e-mails | courriel secondaire | autre courriel | e-mail professionnel | e-mail pro
        | e-mail personnel | e-mail perso""",
    "phone": """phone | phones | phone number | phone numbers | telephone | telephone number | tel | mobile
        | mobile phone | mobile number | cell | cell phone | home phone | work phone | business phone
        | primary phone | main phone | office phone | other phone | secondary phone | daytime phone | téléphone
        | téléphones | numéro de téléphone | numéro | tél | n° de téléphone | portable | tél portable
        | téléphone portable | téléphone mobile | tél mobile | téléphone fixe | tél fixe | fixe
        | téléphone domicile | téléphone professionnel | téléphone pro | tél pro | gsm | natel""",
    "street": """street | street address | address | address line 1 | address 1 | street 1 | mailing address
        | home address | billing address | postal address | street name | adresse | adresse postale | adresse 1
        | adresse ligne 1 | ligne d'adresse 1 | rue | voie | numéro et rue | n° et rue""",
    "street_2": """address line 2 | address 2 | street 2 | street address 2 | apartment | apt | suite | unit
        | adresse 2 | adresse ligne 2 | ligne d'adresse 2 | complément d'adresse | complément adresse | complément""",
    "city": "city | town | locality | city town | ville | commune | localité",
    "state": """state | province | region | state province | state or province | province state | county
        | état | région | département | canton | état province | province état""",
    "zip": """zip | zip code | zipcode | postal code | postcode | post code | zip postal code | zip or postal code
        | zip postcode | code postal | cp | npa""",
    "country": "country | country region | country code | pays | pays région | code pays",
    "notes": """notes | note | comments | comment | remarks | remark | memo | internal notes | client notes
        | remarques | remarque | commentaires | commentaire | observations | observation""",
    "description": """linked contact description | contact description | link description
        | description of linked contact | description | contact role | role | relationship | relation
        | job title | position | description du contact lié | description du contact | rôle | fonction | lien
        | qualité | poste""",
    "timezone": "timezone | time zone | tz | fuseau horaire | fuseau",
    "account_timezone": """account time zone | client time zone | company time zone | time zone of account
        | fuseau horaire du compte | fuseau horaire du client | fuseau horaire de l'entreprise""",
    "login": """login | log in | portal login | portal | portal access | client portal | client portal access
        | access to portal | connexion | accès portail | accès au portail | accès au portail client | portail
        | portail client | accès client""",
    "notify": """notify | notified | notification | notifications | email notifications | send notifications
        | aviser | notifier | avis | notifications par e-mail""",
    "sync": """email sync | e-mail sync | sync email | sync emails | email synchronization | email synchronisation
        | mail sync | sync | synchronisation | synchronisation e-mail | synchronisation des e-mails
        | synchronisation des courriels | synchroniser les e-mails""",
}
SEVERAL = {"email", "other_email", "phone", "tags", "notes", "linked_account"}  # each column adds to the others
# Said before a name it changes nothing: “Contact e-mail”, “Client: city”, “E-mail du contact”.
BEFORE = ("primarycontact", "maincontact", "linkedcontact", "contact", "client", "customer", "person", "taxpayer",
          "primary", "main", "mailing", "home", "billing", "account")  # fmt: skip
AFTER = ("ducontact", "duclient", "delaccount", "principal", "principale")
OWNERS = {"account": "account_field", "client": "account_field", "compte": "account_field", "contact": "contact_field"}


class Column(NamedTuple):
    """What one column of the file means. `name` is how its header is written; `number` tells e-mail 2 from e-mail 1.

    `custom` is the firm's own field that an `account_field` or `contact_field` fills.
    """

    field: str
    name: str
    number: int = 1
    custom: CustomField | None = None


class Fields(NamedTuple):
    """The firm's custom fields of accounts and of contacts."""

    accounts: tuple[CustomField, ...] = ()
    contacts: tuple[CustomField, ...] = ()

    def called(self, name: str, owner: str = "") -> list[tuple[str, CustomField]]:
        """Those of this name, each with whose it is; written just so they come before the less exact."""
        sides = {"account_field": self.accounts, "contact_field": self.contacts}
        mine = [(side, one) for side, those in sides.items() if owner in ("", side) for one in those]
        exact = [each for each in mine if each[1].name.casefold() == name.casefold()]
        return exact or [each for each in mine if key(each[1].name) == key(name)]


NO_FIELDS = Fields()


def key(text: str) -> str:
    """The letters and digits of a name, without case, accents or what stands in brackets."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\([^()0-9]*\)|\[[^\[\]0-9]*\]", "", text))
    return "".join(character for character in plain.casefold() if character.isalnum())


KEYS = {key(phrase): field for field, phrases in SYNONYMS.items() for phrase in phrases.split("|")}


def meaning(name: str, fields: Fields = NO_FIELDS) -> Column | None:
    """What a header means by itself, or None. `name` may be an account's or a person's: `plan` decides.

    A custom field that is called like a usual column is meant by “Account: …” or “Contact: …” alone; so is one of two
    that are called the same.
    """
    written = " ".join(name.split())
    whole = key(written)
    side, colon, rest = written.partition(":")
    own = fields.called(rest.strip(), OWNERS[key(side)]) if colon and key(side) in OWNERS else []
    if not own and whole in KEYS:
        return Column(KEYS[whole], written)
    own = own or fields.called(written)
    if own:
        (owner, custom), *others = own
        return None if others else Column(owner, written, custom=custom)
    stem, number = _numbered(whole)
    for base in (stem, *_without_affixes(stem)):
        if base in KEYS and (number == 1 or KEYS[base] in SEVERAL):
            return Column(KEYS[base], written, number)
    return None


def _numbered(whole: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*?[^\W\d])n?o?(\d{1,2})", whole)
    if found is None or found[1] + "n" in KEYS:
        return whole, 1
    stem = found[1]
    for ending in ("", "number", "no", "n"):
        if stem.endswith(ending) and stem.removesuffix(ending) in KEYS:
            return stem.removesuffix(ending), max(int(found[2]), 1)
    return stem, max(int(found[2]), 1)


def _without_affixes(stem: str) -> list[str]:
    before = [stem.removeprefix(word) for word in BEFORE if stem.startswith(word)]
    # “Contact 1 e-mail”: the first contact is the one a row is about.
    before += [rest[1:] for rest in before if rest.startswith("1")]
    after = [stem.removesuffix(word) for word in AFTER if stem.endswith(word)]
    return [*before, *after]


def known(cells: list[str]) -> int:
    """How many of a line's cells name columns."""
    return sum(meaning(cell) is not None for cell in cells)


def plan(header: list[str], fields: Fields = NO_FIELDS) -> list[Column | None]:
    """What each column means, in the file's order; None for those not loaded."""
    found = [meaning(name, fields) for name in header]
    told = _name_means({column.field for column in found if column})
    taken: set[str] = set()
    columns: list[Column | None] = []
    for column in found:
        if column is not None and column.field == "name":
            column = column._replace(field=told)  # noqa: PLW2901 (the same column, understood)
        if column is not None and column.field == "email" and column.field in taken:
            column = column._replace(number=max(column.number, 2))  # noqa: PLW2901 (a header written twice)
        columns.append(column)
        if column is not None:
            taken.add(column.field)
    return columns


def chosen(header: list[str], choices: Sequence[ColumnChoice], fields: Fields) -> list[Column | None]:
    """The columns as somebody chose them. Raises Invalid for a field of the firm's that there is not."""
    read = plan(header, fields)
    columns: list[Column | None] = []
    for place, (name, choice, by_itself) in enumerate(zip(header, choices, read, strict=True)):
        custom = _custom(place, choice, fields)
        is_as_read = by_itself is not None and (by_itself.field, by_itself.custom) == (choice.field, custom)
        column = by_itself if is_as_read else Column(choice.field, " ".join(name.split()), custom=custom)
        columns.append(column if choice.field else None)
    return columns


def _custom(place: int, choice: ColumnChoice, fields: Fields) -> CustomField | None:
    if choice.field not in OWNERS.values():
        return None
    owned = fields.accounts if choice.field == "account_field" else fields.contacts
    found = next((one for one in owned if one.name == choice.custom_field), None)
    if found is None:
        raise wrong(f"columns.{place}.custom_field", "Take the name of a custom field of your firm.")
    return found


def _name_means(fields: set[str]) -> str:
    """Whose a bare “Name” is: in French “Nom” beside “Prénom” is the family name, else it depends on what is there."""
    if "first_name" in fields and "last_name" not in fields:
        return "last_name"
    if fields & {"account_name", "linked_account"}:
        return "full_name"
    return "account_name"


def unused(header: list[str], columns: list[Column | None], fields: Fields = NO_FIELDS) -> list[str]:
    """The names of the columns that are not loaded, to be told; one that may mean two fields with what to write."""
    names = [name.strip() for name, column in zip(header, columns, strict=True) if column is None and name.strip()]
    return [f"{name} (write “Account: {name}” or “Contact: {name}”)" if fields.called(name) else name for name in names]
