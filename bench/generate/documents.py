"""What clients sent: a folder and documents in it, as rows of the documents service.

There are no files behind them. Whoever lists documents does not open one.
"""

import hashlib
from collections.abc import Iterator
from random import Random
from uuid import UUID

from bench.generate.firm import Firm, Rows
from bench.generate.source import PLENTY, STEP, Account
from deploy.sample.papers import SENT
from services.documents.rules import FIRST_FOLDER, first_folder

NEW_SHARE = 0.4  # of what was sent, nobody of the firm has seen
SIZES = (20_000, 4_000_000)  # bytes, from and to
PDF = "application/pdf"
ORIGINS = ("portal", "portal", "chat", "email", "link")


def document_id(firm: Firm, account: Account, place: int) -> str:
    return firm.made(f"document {account.id} {place}")


def file_of(document: str) -> tuple[str, str]:
    """The id of a document's one file, and its SHA-256."""
    digest = hashlib.sha256(document.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}", digest


class Documents:
    def __init__(self, firm: Firm, random: Random) -> None:
        self._firm, self._random = firm, random

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give nothing: documents keeps nothing of the whole firm."""
        del firm
        return {}

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add a full account's folder and documents, so many that a request can be about each by itself."""
        if not account.is_full:
            return
        own, contact, random = self._firm.own, account.first, self._random
        folder, at = str(first_folder(UUID(account.id))), account.made.isoformat()
        rows["documents", "folder"].append((own, folder, account.id, FIRST_FOLDER, "edit", 1, at, at))
        for place in range(2 * PLENTY):
            document, at = document_id(self._firm, account, place), (account.made + place * STEP).isoformat()
            file, digest = file_of(document)
            name, is_new = f"{random.choice(SENT)} {place + 1}.pdf", random.random() < NEW_SHARE
            origin = random.choice(ORIGINS)
            uploaded = (file, PDF, random.randrange(*SIZES), digest, at, "client", contact[0], contact[1], origin)
            rows["documents", "document"].append(
                (own, document, account.id, folder, name, "", is_new, *uploaded, 1, at, at)
            )
            version = self._firm.made(f"version {document}")
            rows["documents", "document_version"].append((own, version, document, 1, *uploaded))
        yield "documents", 2 * PLENTY
