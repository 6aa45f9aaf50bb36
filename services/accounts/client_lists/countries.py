"""Countries as people write them, to ISO 3166-1 alpha-2."""

import gettext
from functools import cache

import pycountry

from services.accounts.client_lists.columns import key

# What people write that is neither an ISO code nor a name of ISO 3166, in English or in French.
OTHERS = {
    "GB": "uk | great britain | england | scotland | wales | northern ireland | grande bretagne | angleterre | écosse",
    "US": "usa | u.s.a. | us of a | america | united states of america | états unis | états unis d'amérique",
    "NL": "holland | the netherlands | hollande",
    "KR": "south korea | corée du sud",
    "KP": "north korea | corée du nord",
    "RU": "russia | russie",
    "CZ": "czech republic | république tchèque",
    "VN": "vietnam | viêt nam",
    "IR": "iran",
    "SY": "syria | syrie",
    "LA": "laos",
    "TW": "taiwan | taïwan",
    "BO": "bolivia | bolivie",
    "VE": "venezuela",
    "TZ": "tanzania | tanzanie",
    "MD": "moldova | moldavie",
    "CD": "democratic republic of the congo | république démocratique du congo | rdc",
    "CI": "ivory coast | côte d'ivoire",
    "TR": "turkey | turquie",
    "MK": "macedonia | macédoine",
    "SZ": "swaziland",
    "VA": "vatican",
    "AE": "uae | émirats arabes unis",
    "CH": "suisse | schweiz",
    "DE": "deutschland",
    "ES": "españa",
    "IT": "italia",
    "BE": "belgië",
}


@cache
def _codes() -> dict[str, str]:
    french = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["fr"]).gettext
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        written = [country.alpha_2, country.alpha_3, country.name]
        written += [getattr(country, more) for more in ("common_name", "official_name") if hasattr(country, more)]
        written += [french(name) for name in written[2:]]
        for name in written:
            codes.setdefault(key(name), country.alpha_2)
            codes.setdefault(key(name.partition(",")[0]), country.alpha_2)
    for code, names in OTHERS.items():
        codes.update({key(name): code for name in names.split("|")})
    return codes


def alpha_2(text: str) -> str | None:
    """The code of a country written as a code or by its English or French name; None where there is none such."""
    return _codes().get(key(text))
