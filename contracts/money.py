"""What every page that speaks of money uses: currencies of ISO 4217, and amounts that are exact in them."""

from decimal import Decimal
from typing import Annotated

from marshmallow import ValidationError
from marshmallow.validate import Range

from chassis.errors import wrong

# Active codes with the digits after the point; what is not of two is named apart.
TWO_DIGITS = frozenset(
    (  # noqa: SIM905 (a line of codes reads better than a hundred lines)
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
        "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
        "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD "
        "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
        "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
    ).split()
)
OTHER_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
DEFAULT_CURRENCY = "EUR"  # of a firm that never chose one
MOST = Decimal(10) ** 9  # of one amount; a sum of thousands of them still fits its column


def _currency(value: str) -> None:
    if value not in TWO_DIGITS and value not in OTHER_DIGITS:
        message = "Must be a currency of ISO 4217 in three capitals, e.g. EUR."
        raise ValidationError(message)


Currency = Annotated[str, _currency]
Amount = Annotated[Decimal, Range(min=Decimal(0), max=MOST, min_inclusive=False)]


def unit(currency: str) -> Decimal:
    """The smallest amount there is in a currency, such as 0.01."""
    return Decimal(1).scaleb(-OTHER_DIGITS.get(currency, 2))


def exact(field: str, amount: Decimal, currency: str) -> Decimal:
    """The amount with all digits of its currency. Raises Invalid for one with more."""
    whole = amount.quantize(unit(currency)) + 0  # + 0: minus zero is zero
    if whole != amount:
        digits = OTHER_DIGITS.get(currency, 2)
        raise wrong(field, f"An amount of {currency} has at most {digits} digits after the point.")
    return whole


def shown(amount: Decimal, currency: str) -> Decimal:
    """An amount as it is kept, with the digits of its currency."""
    return amount.quantize(unit(currency)) + 0
