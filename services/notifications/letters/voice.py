"""One language's way to say things: sentences of the catalogues, dates, amounts."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from babel.support import Translations

from services.notifications.letters import plain

FOLDER = Path(__file__).parent / "locale"
LOCALES = ("en", "fr")  # the first is what the program speaks
LARGEST = 15  # digits before the point of an amount that is formatted


def later(text: str) -> str:
    """Mark a sentence for the catalogues that is said elsewhere."""
    return text


def language(locale: str) -> str:
    """Choose the language for a locale: fr for fr-CA, and English for whatever we don't speak."""
    wanted = locale.replace("_", "-").split("-")[0].lower()
    return wanted if wanted in LOCALES else LOCALES[0]


class Voice:
    def __init__(self, locale: str, timezone: str) -> None:
        self.locale = language(locale)
        self._zone = _zone(timezone)
        self._texts = _texts(self.locale)

    def say(self, text: str, /, **facts: object) -> str:
        """Say a sentence with its facts in it; facts are never read as sentences."""
        return self._texts.gettext(text) % facts

    def count(self, one: str, many: str, number: int, /, **facts: object) -> str:
        """Say the sentence that fits a number."""
        return self._texts.ngettext(one, many, number) % {"number": number, **facts}

    def date(self, day: str) -> str:
        """Write out a date: 15 avril 2026. What is no date stays as it is."""
        try:
            return format_date(dt.date.fromisoformat(day), "long", locale=self.locale)
        except ValueError:
            return plain.line(day)

    def instant(self, instant: str) -> str:
        """Write out an instant in the reader's time zone, which is named. What is no instant stays as it is."""
        try:
            local = dt.datetime.fromisoformat(instant).astimezone(self._zone)
        except (ValueError, OverflowError):
            return plain.line(instant)
        return self.say(
            "%(date)s at %(time)s (%(zone)s)",
            date=format_date(local, "long", locale=self.locale),
            time=format_time(local, "short", locale=self.locale),
            zone=self._name_of_zone(local),
        )

    def money(self, money: Mapping[str, Any]) -> str:
        """Write an amount as the language does: 1 200,50 €. What is no amount stays as it is."""
        amount, currency = str(money.get("amount", "")), str(money.get("currency", ""))
        try:
            number = Decimal(amount)
        except InvalidOperation:
            number = Decimal("NaN")
        is_code = len(currency) == 3 and currency.isascii() and currency.isupper()  # noqa: PLR2004 (ISO 4217)
        if not number.is_finite() or number.adjusted() >= LARGEST or not is_code:
            return plain.line(f"{amount} {currency}")
        return format_currency(number, currency, locale=self.locale)

    def _name_of_zone(self, local: dt.datetime) -> str:
        """Offsets mean little to people, and the names of zones differ in one country: the city is known to all."""
        if "/" not in self._zone.key:
            return "UTC"
        return self.say("%(city)s time", city=get_timezone_location(local, locale=self.locale, return_city=True))


@cache
def _texts(locale: str) -> NullTranslations:
    """The catalogue of a language, compiled when it is first spoken: nothing has to be built before."""
    if locale == LOCALES[0]:
        return NullTranslations()
    with (FOLDER / f"{locale}.po").open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):  # unknown, or no name at all
        return ZoneInfo("UTC")
