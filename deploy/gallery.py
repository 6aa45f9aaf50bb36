"""`python -m deploy.gallery FOLDER [--pictures]`: write every letter with sample facts, to be looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from playwright.sync_api import Browser

from deploy import camera
from services.notifications.letters import KINDS, Letter, write

FIRMS = {"en": "Harbor & Pine Accounting", "fr": "Cabinet Lumière & Associés"}
WIDTHS = (320, 1000)  # pixels: a small phone, a wide window
LOWEST = 100  # pixels; a letter is shown as long as it is

FACTS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "message": "Dear Camille,\nas agreed on the phone, this is where we keep your papers from this year on.\n"
        "Call me if anything is unclear. Tom",
        "document": "Annual accounts 2025.pdf",
        "names": ["Annual accounts 2025.pdf", "Tax notice 2025.pdf", "Letter to the bank.docx"],
        "author": "Tom Whitfield",
        "subject": "Receipts of November",
        "excerpt": "Two receipts of November are missing: the train to Lyon on the 12th and the printer. "
        "Could you photograph them and send them to us by Friday?",
        "tasks": ["Send the bank statements of November", "Check the address of the company"],
        "task": "Prepare the annual accounts",
        "proposal": "Bookkeeping and tax 2027",
        "organizer": "Income tax 2026",
        "request": "Papers for the loan",
        "comment": "The rent on page 3 is that of the old office.",
        "reason": "I sold my shares in October.",
        "account": "Moreau & Daughters Ltd",
        "accounts": ["Moreau & Daughters Ltd", "Okonkwo Bakery", "Lindqvist AB"],
    },
    "fr": {
        "message": "Chère Camille,\ncomme convenu au téléphone, nous rangerons désormais vos pièces ici.\n"
        "Appelez-moi si quelque chose n’est pas clair. Thomas",
        "document": "Comptes annuels 2025.pdf",
        "names": ["Comptes annuels 2025.pdf", "Avis d’impôt 2025.pdf", "Courrier à la banque.docx"],
        "author": "Thomas Lefèvre",
        "subject": "Justificatifs de novembre",
        "excerpt": "Il manque deux justificatifs de novembre : le train pour Lyon du 12 et l’imprimante. "
        "Pourriez-vous les photographier et nous les envoyer d’ici vendredi ?",
        "tasks": ["Envoyer les relevés bancaires de novembre", "Vérifier l’adresse du siège"],
        "task": "Préparer les comptes annuels",
        "proposal": "Tenue comptable et fiscalité 2027",
        "organizer": "Revenus 2026",
        "request": "Pièces pour le prêt",
        "comment": "Le loyer de la page 3 est celui des anciens locaux.",
        "reason": "J’ai vendu mes parts en octobre.",
        "account": "SARL Moreau et filles",
        "accounts": ["SARL Moreau et filles", "Boulangerie Okonkwo", "Lindqvist AB"],
    },
}
COMMON: Mapping[str, Any] = {
    "email": "camille@example.com",
    "expires_at": "2026-12-26T09:30:00Z",
    "due_on": "2026-12-15",
    "expires_on": "2027-01-15",
    "questions": 42,
    "answered": 17,
    "is_reply": False,
    "contact": "Camille Moreau",
    "member": "Ruth Okafor",
    "number": "2026-0142",
    "amount": {"amount": "1240.50", "currency": "EUR"},
    "paid_on": "2026-11-26",
    "refunded_on": "2026-11-26",
    "invoices": ["2026-0138", "2026-0142"],
    "invoice": "2026-0142",
    "credit": {"amount": "59.50", "currency": "EUR"},
    "is_overdue": True,
    "is_approved": False,
    "is_signed": False,
    "is_complete": False,
    "count": 3,
    "problem": "duplicate_name",
    "open": 3,
    "is_solved": False,
}


def sample(kind: str, locale: str) -> Letter:
    """One letter of a kind with all its facts, the optional ones too."""
    known = {**COMMON, **FACTS[locale]}
    if KINDS[kind].is_staff:
        known["author"] = known["contact"] if kind == "staff_chat_message" else known["member"]
    letter = Letter(
        kind=kind,
        locale=locale,
        firm_name=FIRMS[locale],
        greeting="Noor" if KINDS[kind].is_staff else "Camille",
        account_name=None,
        facts={name: known[name] for name in KINDS[kind].facts},
        link="https://clients.example.com/portal/open/8xk2vQ0cJrP5nW3tZb7Yd1LmHs4EfGuA",
        timezone="Europe/Paris",
    )
    if KINDS[kind].type:
        return replace(letter, unsubscribe_link="https://clients.example.com/unsubscribe/Qm3vT8xk2cJrP5nW")
    return letter


def samples() -> Iterator[tuple[str, Letter]]:
    """Every kind in every language, and one to somebody of several accounts who has not activated yet."""
    for locale in FACTS:
        for kind in KINDS:
            yield f"{kind}.{locale}", sample(kind, locale)
        yield (
            f"not_activated.{locale}",
            replace(
                sample("documents_uploaded", locale),
                account_name=FACTS[locale]["account"],
                activation_link="https://clients.example.com/portal/invitations/8xk2vQ0cJrP5nW3t",
            ),
        )


def photograph(browser: Browser, page: Path, *, dark: bool = False) -> None:
    """Take pictures of a letter, next to it, on a small phone and in a wide window."""
    for width in WIDTHS:
        shown = browser.new_page(
            viewport={"width": width, "height": LOWEST}, color_scheme="dark" if dark else "light", offline=True
        )
        shown.goto(page.as_uri())
        camera.take(shown, page.with_suffix(f".{width}{'.dark' if dark else ''}.png"))
        shown.close()


def main(
    folder: Path,
    *,
    pictures: Annotated[bool, typer.Option(help="Take pictures by Chromium.")] = False,
    dark: Annotated[bool, typer.Option(help="Take them as a screen in dark mode shows the letters.")] = False,
    only: Annotated[str, typer.Option(help="Write those alone whose name holds this.")] = "",
) -> None:
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name, letter in samples():
        if only not in name:
            continue
        written = write(letter)
        page = folder / f"{name}.html"
        page.write_text(written.html, encoding="utf-8")
        page.with_suffix(".txt").write_text(f"Subject: {written.subject}\n\n{written.text}", encoding="utf-8")
        pages.append(page)
    if pictures:
        with camera.opened() as browser:
            for page in pages:
                photograph(browser, page, dark=dark)


if __name__ == "__main__":
    typer.run(main)
