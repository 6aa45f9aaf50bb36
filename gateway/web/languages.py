"""The language of a page: the one its reader chose, else the first of their browser's that there is a catalogue of.

Dates and numbers are those of the region that the browser names with the language: en-GB writes 5 Mar, en-US Mar 5.
"""

import datetime as dt
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.dates import (
    format_date,
    format_datetime,
    format_skeleton,
    format_time,
    format_timedelta,
    get_timezone_location,
)
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations
from starlette.requests import Request

FOLDER = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "fr": "Français"}  # each by its own name; templates are written in the first
FIRST = "en"
# Where the language is spoken, those alone that write dates or numbers in a way of their own; "001" is the world.
REGIONS = {"en": ("001", "AU", "CA", "GB", "IE", "IN", "NZ", "US", "ZA"), "fr": ("BE", "CA", "CH")}
UTC = ZoneInfo("UTC")
CHOICE = "dossier_language"  # the cookie that keeps what somebody chose
CHOICE_SECONDS = 365 * 86_400
UNITS = {"en": ("bytes", "kB", "MB", "GB"), "fr": ("octets", "ko", "Mo", "Go")}
THOUSAND, HUNDRED = 1000, 100
MOST_ACCEPTED = 20  # languages that are read of what a browser says it accepts


Instant = dt.datetime | str  # aware; as text in ISO 8601, as rows of sections have it
Day = dt.date | str


class Language:
    """One language's texts, plurals and dates; the dates and numbers as a region writes them, if it is one of ours."""

    def __init__(self, code: str, region: str = "") -> None:
        self.code = code
        self.locale = Locale.parse(f"{code}_{region}" if region else code)
        self.texts = _texts(code)

    def say(self, text: str, **values: object) -> str:
        """The text in this language, filled in."""
        found = self.texts.gettext(text) if text else ""  # the empty sentence is the head of a catalogue
        return found % values if values else found

    def count(self, one: str, many: str, number: int) -> str:
        return self.texts.ngettext(one, many, number) % {"num": number}

    def day(self, day: Day) -> str:
        """A date at length."""
        return format_date(dt.datetime.fromisoformat(day) if isinstance(day, str) else day, "long", locale=self.locale)

    def short_day(self, day: Day) -> str:
        """A date, short; without the year where it is this one."""
        read = dt.date.fromisoformat(day) if isinstance(day, str) else day
        skeleton = "MMMd" if read.year == dt.datetime.now(dt.UTC).year else "yMMMd"
        return format_skeleton(skeleton, read, locale=self.locale)

    def date(self, day: Day) -> str:
        """A date, short, with its year."""
        return format_date(dt.date.fromisoformat(day) if isinstance(day, str) else day, "medium", locale=self.locale)

    def on(self, instant: Instant, zone: ZoneInfo) -> str:
        """The day of an instant, short; without the year where it is this one."""
        local, today = _local(instant, zone), dt.datetime.now(zone)
        skeleton = "MMMd" if local.year == today.year else "yMMMd"
        return format_skeleton(skeleton, local, tzinfo=zone, locale=self.locale)

    def when(self, instant: Instant, zone: ZoneInfo) -> str:
        """An instant, short: the time of today, else the day and time."""
        local, today = _local(instant, zone), dt.datetime.now(zone)
        time = format_time(local, "short", tzinfo=zone, locale=self.locale)
        if local.date() == today.date():
            return time
        return f"{self.on(instant, zone)}, {time}" if local.year == today.year else self.on(instant, zone)

    def at(self, instant: Instant, zone: ZoneInfo) -> str:
        """An instant to the minute, with its year."""
        local = _local(instant, zone)
        return f"{self.date(local)}, {format_time(local, 'short', tzinfo=zone, locale=self.locale)}"

    def ago(self, instant: Instant) -> str:
        """How long an instant is past, in one unit: `3 days`."""
        past = dt.datetime.now(dt.UTC) - _local(instant, UTC)
        return format_timedelta(
            max(past, dt.timedelta(minutes=1)), granularity="minute", threshold=1.2, locale=self.locale
        )

    def exactly(self, instant: Instant, zone: ZoneInfo) -> str:
        """An instant with its seconds and its zone, for who wants to know."""
        return format_datetime(_local(instant, zone), "long", tzinfo=zone, locale=self.locale)

    def money(self, amount: Decimal | str, currency: str) -> str:
        return format_currency(Decimal(amount), currency, locale=self.locale)

    def number(self, value: int | Decimal | str) -> str:
        return format_decimal(Decimal(value), locale=self.locale)

    def typed(self, value: Decimal | str, places: int = 0) -> str:
        """A number as somebody types it, without groups, with at least so many places."""
        pattern = f"0.{'0' * places}{'#' * (4 - places)}"
        return format_decimal(Decimal(value), pattern, locale=self.locale)

    def size(self, size: int) -> str:
        """A number of bytes as people say it: 1.4 MB."""
        value, unit = Decimal(size), 0
        while value >= THOUSAND and unit < len(UNITS[self.code]) - 1:
            value, unit = value / THOUSAND, unit + 1
        places = "#,##0" if unit == 0 or value >= HUNDRED else "#,##0.#"
        return f"{format_decimal(value, places, locale=self.locale)}\u00a0{UNITS[self.code][unit]}"

    def place(self, zone: ZoneInfo) -> str:
        """A time zone by its city."""
        return zone.key if zone.key == "UTC" else get_timezone_location(zone, locale=self.locale, return_city=True)


@cache
def language(code: str, region: str = "") -> Language:
    return Language(code, region)


def chosen(request: Request) -> str | None:
    """The language that the address asks for (`?lang=fr`), if there is such a one."""
    code = request.query_params.get("lang", "")
    return code if code in LANGUAGES else None


def of(request: Request) -> Language:
    """The language to answer in."""
    kept = request.cookies.get(CHOICE, "")
    preferred = _preferred(request.headers.get("accept-language", ""))
    code = chosen(request) or (kept if kept in LANGUAGES else None)
    code = code or negotiate_locale(preferred, list(LANGUAGES), sep="-") or FIRST
    return language(code, _region(code, preferred))


def _region(code: str, preferred: list[str]) -> str:
    """The first region that the browser names with a language.

    Who reads English in a browser of another language and no region of English is not taken for an American.
    """
    tags = [tag.replace("_", "-").split("-") for tag in preferred]
    for first, *rest in tags:
        if first.lower() == code and rest and rest[-1].upper() in REGIONS[code]:
            return rest[-1].upper()
    others = any(first.lower() not in (code, "*") for first, *_ in tags)
    return "001" if code == "en" and others else ""


def _preferred(header: str) -> list[str]:
    """The tags of Accept-Language (RFC 9110 §12.5.4): by their weight, then in the order given."""
    weighed = []
    for part in header.split(",")[:MOST_ACCEPTED]:
        tag, _, weight = part.partition(";")
        try:
            value = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if tag.strip() and value > 0:
            weighed.append((-value, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda one: one[0])]


def _texts(code: str) -> NullTranslations:
    """The catalogue, compiled as it is read: what is kept is what people translate."""
    path = FOLDER / f"{code}.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def _local(instant: Instant, zone: ZoneInfo) -> dt.datetime:
    return (dt.datetime.fromisoformat(instant) if isinstance(instant, str) else instant).astimezone(zone)
