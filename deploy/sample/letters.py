"""What the sample's firm and its clients wrote to each other by e-mail: threads of a plausible kind and number."""

import datetime as dt
from dataclasses import dataclass
from random import Random

from deploy.sample.clients import SEED, Client

SHARE = 0.75  # of the clients that have somebody with an address
NUMBERS = (1, 1, 2, 2, 3, 7)  # threads of one client
LONGEST_AGO = 150  # days
# Subject, what the client writes, what the firm answers; some wait for their answer.
LETTERS = (
    (
        "Bank statements",
        "Please find the statements of last quarter attached to the portal.",
        "Thank you, all is there.",
    ),
    (
        "Question about my VAT return",
        "Is the car deductible? I use it half of the time.",
        "By half, with a log of trips.",
    ),
    ("New address", "We moved last week. What do you need from us?", "The new lease, and the date from which it runs."),
    ("Missing receipts", "I can't find two of the receipts. Is a card statement enough?", ""),
    ("Appointment", "Would Tuesday at ten suit you?", "Tuesday at ten it is."),
    (
        "Draft accounts",
        "I went through the draft and have two remarks on page four.",
        "Both are corrected in the next one.",
    ),
    ("Payroll of a new employee", "She starts on the first. Her contract is signed.", "Please send us her details."),
    ("Letter of the tax office", "This came today. Do I have to do anything?", ""),
    ("Thank you", "That was quick. Thank you very much!", "You are welcome."),
)


@dataclass(frozen=True)
class Letter:
    """`key` names it within its client, `answers` the one it answers; `is_sent`: by the firm, through `author`."""

    key: str
    subject: str
    text: str
    sent_at: dt.datetime
    author: str
    is_sent: bool = False
    is_seen: bool = True
    answers: str | None = None


def letters(client: Client, today: dt.date, seed: int = SEED) -> list[Letter]:
    """All of one client, oldest first within a thread; the same every time, but for the dates."""
    random = Random(f"{seed} letters {client.key}")  # noqa: S311 (a sample, not a secret)
    if client.is_archived or random.random() > SHARE:
        return []
    found: list[Letter] = []
    for number, (subject, question, answer) in enumerate(random.sample(LETTERS, random.choice(NUMBERS))):
        day = today - dt.timedelta(days=random.randint(1, LONGEST_AGO))
        asked_at = dt.datetime.combine(day, dt.time(random.randint(7, 18), random.randint(0, 59)), dt.UTC)
        author, key = random.choice(("owner", "more")), f"{number}"
        is_answered = bool(answer) and random.random() < 0.7  # noqa: PLR2004
        is_seen = is_answered or random.random() < 0.5  # noqa: PLR2004
        found.append(Letter(key, subject, question, asked_at, author, is_seen=is_seen))
        if is_answered:
            answered_at = asked_at + dt.timedelta(minutes=random.randint(20, 900))
            found.append(Letter(f"{key}a", f"Re: {subject}", answer, answered_at, author, is_sent=True, answers=key))
    return found
