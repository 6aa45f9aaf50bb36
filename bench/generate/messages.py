"""What is said between firm and client: chats and e-mail, as rows of the messages service."""

from collections.abc import Iterator
from random import Random
from typing import Any

from bench.generate.firm import Firm, Rows, members_of
from bench.generate.source import PLENTY, STEP, Account, as_json

SUBJECTS = ("Missing receipts", "Your annual accounts", "A letter from the tax office", "Payroll of last month")
ASKED = "Could you send us the receipts of the last quarter? Three of them are missing in what we have."
ANSWERED = "Of course, you will have them tomorrow. Is a photo of each enough, or do you need the originals?"
ASIDE = "They were late last year too."
FIRM = ("Bench Owner", "office@example.com")


class Messages:
    """Mail without mailboxes: what is filed stays, and nothing is fetched or sent."""

    def __init__(self, firm: Firm, random: Random) -> None:
        self._firm, self._random = firm, random

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give the members that messages knows."""
        return {("messages", "member_ref"): [(firm.own, m, name, True, 1) for m, _, name, *_ in members_of(firm)]}

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add what messages knows of every account, and what was said with a full one."""
        own, full = self._firm.own, account.is_full
        rows["messages", "account_ref"].append((own, account.id, account.code, account.name, account.team, 1, full, 1))
        if not full:
            return
        contact, _, email = account.first
        rows["messages", "synced_address"].append((own, account.id, contact, email, email))
        for place in range(PLENTY):
            self._chat(rows, account, place)
            self._mail(rows, account, place)
        yield from (("chats", 3 * PLENTY), ("emails", 2 * PLENTY))

    def _chat(self, rows: Rows, account: Account, place: int) -> None:
        """A question, an aside and the answer, which somebody has read or not."""
        own, thread = self._firm.own, self._firm.made(f"thread {account.id} {place}")
        times = [(account.made + (3 * place + number) * STEP).isoformat() for number in range(3)]
        begun, _, last = times
        contact, client, _ = account.first
        owner, name = self._firm.owner, FIRM[0]
        read = self._random.choice((2, 3))
        rows["messages", "thread"].append(
            (
                own, thread, account.id, self._random.choice(SUBJECTS), True, self._random.choice(account.team), False,
                "firm", owner, name, 3, 1, 3, 2, read, last, 0, 0, 0, 0, 1, begun, last,
            )
        )  # fmt: skip
        said = (("sent", owner, name, ASKED), ("internal", owner, name, ASIDE), ("received", contact, client, ANSWERED))
        rows["messages", "message"].extend(
            (own, self._firm.made(f"message {thread} {number}"), thread, number, *one, [], at, 1)
            for number, (one, at) in enumerate(zip(said, times, strict=True), 1)
        )
        rows["messages", "read_mark"].append((own, thread, owner, "firm", name, read, last))

    def _mail(self, rows: Rows, account: Account, place: int) -> None:
        """An e-mail of the firm's, and the client's answer to it."""
        own, thread = self._firm.own, self._firm.made(f"mail thread {account.id} {place}")
        _, client, email = account.first
        sides: tuple[tuple[str, tuple[str, str], tuple[str, str], str, str], ...] = (
            ("sent", FIRM, (client, email), "delivered", ASKED),
            ("received", (client, email), FIRM, "unread", ANSWERED),
        )
        subject = self._random.choice(SUBJECTS)
        before: list[str] = []
        for number, (direction, sender, to, status, text) in enumerate(sides):
            key = self._firm.made(f"email {thread} {number}")
            message, at = f"<{key}@example.com>", (account.made + (2 * place + number) * STEP).isoformat()
            told: tuple[Any, ...] = (
                subject if not number else f"Re: {subject}", text, False, "[]", at, status, "", [], False,
            )  # fmt: skip
            people = as_json([{"name": to[0], "email": to[1]}])
            rows["messages", "email"].append(
                (
                    own,
                    key,
                    thread,
                    message,
                    f"{message} {sender[1]}",
                    [*before],
                    direction,
                    *sender,
                    people,
                    "[]",
                    *told,
                )
            )
            rows["messages", "email_person"].extend((own, key, one) for one in sorted({sender[1], to[1]}))
            rows["messages", "thread_link"].append((own, message, thread))
            rows["messages", "email_filing"].append((own, key, account.id, thread, "only", at))
            before.append(message)
        rows["messages", "account_thread"].append((own, account.id, thread, key, at, len(sides)))
