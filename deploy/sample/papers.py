"""What papers the sample's clients sent, and what the firm filed for them: small PDFs that any reader opens."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from deploy.sample.clients import SEED, Client

SENT = ("Bank statement", "Payroll summary", "Invoice of a supplier", "Rental agreement", "Donation receipt",
        "Passport scan", "Insurance certificate", "Mortgage interest statement", "Shareholder register")  # fmt: skip
FILED = ("Engagement checklist", "Draft return", "Reconciliation")
ORIGINS: tuple[Literal["link", "chat", "email"], ...] = ("link", "link", "chat", "email")
WORKPAPERS = "Workpapers"
# How many papers (from, to) clients sent, and how many clients in a hundred are so.
SHARES = (((6, 8), 12), ((1, 2), 80), ((0, 0), 8))
SEEN = 0.55  # of what was sent
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")


@dataclass(frozen=True)
class Paper:
    """`origin` none: the firm filed it. `seen_by` is the role of the member who has looked at it."""

    name: str
    content: bytes
    origin: Literal["link", "chat", "email"] | None = None
    seen_by: str | None = None


def papers(client: Client, seed: int = SEED) -> tuple[Paper, ...]:
    """All of one client, the oldest first; the same every time."""
    random = Random(f"{seed} papers of {client.key}")  # noqa: S311 (a sample, not a secret)
    ((fewest, most),) = random.choices([span for span, _ in SHARES], [share for _, share in SHARES])
    sent = [_sent(random) for _ in range(random.randint(fewest, most))]
    filed = [_paper(f"{random.choice(FILED)} 2026") for _ in range(random.randint(0, 1))] if sent else []
    return (*filed, *sent)


def _sent(random: Random) -> Paper:
    made = _paper(f"{random.choice(SENT)} {random.choice(MONTHS)} 2026")
    seen_by = random.choice(("owner", "more")) if random.random() < SEEN else None
    return Paper(made.name, made.content, random.choice(ORIGINS), seen_by)


def _paper(title: str) -> Paper:
    return Paper(f"{title}.pdf", pdf(title))


def pdf(title: str) -> bytes:
    """A page with a line of text on it."""
    text = f"BT /F1 18 Tf 72 760 Td ({title}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(parts) + 1
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + end
