"""What firm and client have written to each other: threads of a plausible kind and number, the same every time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from deploy.sample.clients import SEED, Client
from deploy.sample.words import words

# How many threads (from, to) clients have, and how many clients in a hundred are so.
SHARES = (((0, 0), 18), ((1, 1), 63), ((2, 3), 12), ((6, 8), 7))
ANSWERED, READ, NOTED, ASSIGNED, ARCHIVED = 0.55, 0.6, 0.25, 0.4, 0.08  # of the threads


@dataclass(frozen=True)
class Talk:
    """One thread. `answer` empty: the client has not answered; `ticked` of the tasks are done by the client."""

    author: str
    subject: str
    text: str
    tasks: tuple[str, ...]
    assignee: str | None
    answer: str
    ticked: int
    note: str
    is_read: bool
    is_archived: bool


def talks(client: Client, today: dt.date, seed: int = SEED) -> Sequence[Talk]:
    """All of one client; dates in the texts are near `today`."""
    random = Random(f"{seed} chats {client.key}")  # noqa: S311 (a sample, not a secret)
    (span,) = random.choices([span for span, _ in SHARES], [share for _, share in SHARES])
    month = f"{today - dt.timedelta(days=random.randrange(20, 50)):%B}"
    chosen = random.sample(words()["chats"]["threads"], random.randint(*span))
    return [_talk(random, client, thread, month, today) for thread in chosen]


def _talk(random: Random, client: Client, thread: Sequence[object], month: str, today: dt.date) -> Talk:
    people = ["owner", "admin", "more", *(["few"] if client.is_shared_out else [])]
    subject, text, answer, tasks = thread
    filled = {"month": month, "year": today.year, "last_year": today.year - 1}
    is_answered = random.random() < ANSWERED
    titles = tuple(tasks) if isinstance(tasks, list) else ()
    return Talk(
        author=random.choice(people),
        subject=str(subject).format(**filled),
        text=str(text).format(**filled),
        tasks=titles,
        assignee=random.choice(people) if random.random() < ASSIGNED else None,
        answer=str(answer) if is_answered else "",
        ticked=random.randint(0, len(titles)) if is_answered else 0,
        note=random.choice(words()["chats"]["notes"]) if random.random() < NOTED else "",
        is_read=random.random() < READ,
        is_archived=random.random() < ARCHIVED,
    )
