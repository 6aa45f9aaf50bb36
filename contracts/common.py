"""What every contract page uses: ids, limits and shapes that mean the same everywhere."""

import unicodedata
from functools import cache
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from marshmallow import ValidationError
from marshmallow.validate import Length, Range, Regexp

from chassis.wire import message

SPACING = frozenset("\t\n\r")  # control characters that text pasted from a table or a letter holds
# They reorder what stands around them, so that a name reads as another; right-to-left letters need none of them.
REORDERING = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
# ISO 3166-1 alpha-2, officially assigned.
COUNTRIES = frozenset(
    (  # noqa: SIM905 (a line of codes reads better than two hundred lines)
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT "
        "BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
        "ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT "
        "HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
        "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI "
        "NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
        "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG "
        "UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
    ).split()
)


def _email(value: str) -> None:
    try:
        validate_email(value.strip(), check_deliverability=False)
    except EmailNotValidError as exc:
        raise ValidationError(str(exc)) from exc


def readable(value: str) -> None:
    """Refuse control characters, which no reader sees; tabs and line ends are spacing."""
    if any(unicodedata.category(character) == "Cc" for character in set(value) - SPACING):
        message = "Take out the control characters."
        raise ValidationError(message)


def readable_line(value: str) -> None:
    """Refuse control characters and those that make text read in another order than it is written."""
    readable(value)
    if not REORDERING.isdisjoint(value):
        message = "Take out the characters that change the direction of writing."
        raise ValidationError(message)


def phone(value: str) -> None:
    """Refuse what can't be a phone number; it is kept as typed."""
    digits = sum(character.isdigit() for character in value)
    others = {character for character in value if not character.isalnum()} - set(" \u00a0\u202f+().,;:/#*-")
    if not 3 <= digits <= 25 or others:  # noqa: PLR2004 (an emergency number; a number, its extension and a remark)
        message = "Must be a phone number, e.g. +33 1 23 45 67 89."
        raise ValidationError(message)


def _country(value: str) -> None:
    if value not in COUNTRIES:
        message = "Must be an ISO 3166 code of two capitals, e.g. FR."
        raise ValidationError(message)


@cache
def timezones() -> frozenset[str]:
    """The IANA names of time zones."""
    return frozenset(available_timezones())


def _timezone(value: str) -> None:
    if value and value not in timezones():
        message = "Must be a time zone such as Europe/Paris."
        raise ValidationError(message)


Version = Annotated[int, Range(min=1)]  # the version the caller saw; an older one is refused with what is there
Limit = Annotated[int, Range(min=1, max=100)]  # rows of one page
# Opaque: taken from `next_cursor`, sent back unchanged; holds a name of 255 characters of four bytes and fifty ids,
# in base64.
Cursor = Annotated[str, Length(min=1, max=5000)]
Name = Annotated[str, Length(min=1, max=255), readable_line]  # characters, after trimming (R-NAME-8)
Line = Annotated[str, Length(max=255), readable_line]
Body = Annotated[str, Length(max=20_000), readable]
Email = Annotated[str, Length(max=254), _email]  # kept as typed; compared by R-EM-5
Colour = Annotated[str, Regexp(r"#[0-9a-fA-F]{6}\Z", error="Must be a colour such as #2f855a.")]
Country = Annotated[str, _country]
Timezone = Annotated[str, Length(max=60), _timezone]  # IANA name; empty: not known


@message
class Done:
    """There is nothing to say but that it is done."""


@message
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    street: Line = ""
    city: Line = ""
    state: Line = ""
    zip: Line = ""
    country: Country | None = None


@message
class Person:
    """A member of the firm as others see them."""

    id: UUID
    name: str


@message
class Tag:
    """A coloured label of the firm, unique by name without regard to case (R-TAG-5)."""

    id: UUID
    name: str
    colour: str
