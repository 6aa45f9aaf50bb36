"""What the sample's firm offered its clients, and how far each came: invented, the same every time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Literal

from contracts.proposal_content import (
    Authorization,
    Cadence,
    Invoicing,
    JobTemplate,
    OfferedLine,
    PackageEntry,
    PaymentMethod,
    ProposalContent,
    Term,
)
from deploy.sample.clients import SEED, Client
from deploy.sample.firm import Firm

Fate = Literal["draft", "pending", "signed", "declined", "withdrawn"]
FATES: tuple[tuple[Fate, int], ...] = (("draft", 8), ("pending", 34), ("signed", 46), ("declined", 5), ("withdrawn", 7))
HOW_MANY = ((1, 45), (2, 35), (3, 12), (6, 8))
TERMS = (
    Term(title="Scope", text="We prepare what is listed in the package you choose, from the papers you send us."),
    Term(title="Your part", text="You send us complete papers by the dates we agree on, and tell us what changes."),
    Term(title="Fees", text="Prices are without tax. What goes beyond the package is agreed on before we begin."),
    Term(title="Ending", text="Either side may end this agreement in writing, with a month's notice."),
)
LETTER = "This letter sets out on what terms we act for you."
OFFER = "Thank you for asking us. Choose the package that suits you, and sign below."
METHODS: tuple[PaymentMethod, ...] = ("client_choice", "card", "bank_debit", "offline")
DECLINED = ("We found somebody nearer.", "Too dear for us this year.", "Please leave out the payroll.")


@dataclass(frozen=True)
class Offer:
    """One of a client's; `fate` is how far it came."""

    content: ProposalContent
    fate: Fate
    author: str
    reason: str = ""


def offers(client: Client, firm: Firm, today: dt.date, *, can_sign: bool, seed: int = SEED) -> Sequence[Offer]:
    """Those of one client, the oldest first; where nobody can sign, only what is still being written."""
    random = Random(f"{seed} offers {client.key}")  # noqa: S311 (a sample, not a secret)
    if not can_sign:
        return [_offer(random, client, firm, today, "draft")] if random.random() < 0.15 else []  # noqa: PLR2004
    number = random.choices([count for count, _ in HOW_MANY], [weight for _, weight in HOW_MANY])[0]
    fates = random.choices([fate for fate, _ in FATES], [weight for _, weight in FATES], k=number)
    return [_offer(random, client, firm, today, fate) for fate in fates]


def _offer(random: Random, client: Client, firm: Firm, today: dt.date, fate: Fate) -> Offer:
    is_letter = random.random() < 0.35  # noqa: PLR2004
    year = today.year + random.choice((0, 1))
    recurs = random.random() < 0.3  # noqa: PLR2004
    invoicing: Invoicing = "recurring" if recurs else random.choice(("on_signature", "later"))
    authorization: Authorization = "automatic" if recurs else "manual"
    content = ProposalContent(
        kind="engagement_letter" if is_letter else "proposal",
        name=f"Engagement letter {year}" if is_letter else f"{'Bookkeeping' if recurs else 'Tax services'} {year}",
        introduction=LETTER if is_letter else OFFER,
        terms=TERMS if is_letter else TERMS[: random.randint(1, 3)],
        packages=_packages(random, client, firm, year, "monthly" if recurs else "one_off"),
        requirement=random.choice(("all", "all", "one")),
        deposit=Decimal(random.choice((100, 150, 250))) if not recurs and random.random() < 0.2 else None,  # noqa: PLR2004
        payment_method=random.choice(METHODS),
        authorization=authorization,
        invoicing=invoicing,
        issues_invoices=random.random() < 0.6,  # noqa: PLR2004
        recurs_from=(today + dt.timedelta(days=random.randrange(3, 40))) if recurs else None,
        expires_on=today + dt.timedelta(days=random.randrange(20, 90)) if random.random() < 0.5 else None,  # noqa: PLR2004
    )
    return Offer(content, fate, random.choice(("owner", "admin")), random.choice(DECLINED))


def _packages(random: Random, client: Client, firm: Firm, year: int, cadence: Cadence) -> tuple[PackageEntry, ...]:
    base = Decimal(random.choice((45, 80, 120, 180) if cadence == "monthly" else (180, 290, 450, 720)))
    what = "Bookkeeping" if cadence == "monthly" else f"Tax return {year}"
    basic = OfferedLine(service=what, unit_price=base, tax_rate=Decimal(20), cadence=cadence)
    advice = OfferedLine(
        service="Advice by phone", quantity=Decimal(2), unit_price=base / 4, tax_rate=Decimal(20), cadence=cadence
    )
    pipeline = next(iter(firm.pipelines.values()))
    full = PackageEntry(
        name="Complete",
        description="With time for your questions",
        lines=(basic, advice),
        tag_ids=tuple(firm.tags[name] for name in client.tags[:1] if name in firm.tags),
        job=JobTemplate(pipeline_id=pipeline.id, name=what),
    )
    return (PackageEntry(name="Essential", lines=(basic,)), full) if random.random() < 0.6 else (full,)  # noqa: PLR2004
