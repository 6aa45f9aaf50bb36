"""What clients are asked for: approvals, signatures and organizers, as rows of the documents service."""

from collections.abc import Iterator
from random import Random
from typing import Any

from bench.generate.documents import document_id, file_of
from bench.generate.firm import Firm, Rows
from bench.generate.source import PLENTY, STEP, Account, as_json
from chassis.wire import to_json
from contracts.organizer_templates import Question, QuestionSection
from contracts.signatures import INTENT

TEMPLATE = "Year-end questions"
QUESTIONS = (
    QuestionSection(
        title="The year",
        questions=(
            Question(key="income", label="Which income was new this year?", kind="long_text"),
            Question(key="moved", label="Have you moved, and when?", kind="short_text"),
        ),
    ),
)
STATUSES = (("not_opened", 0), ("opened", 0), ("in_progress", 50))


def template_id(firm: Firm) -> str:
    """The organizer template that all organizers are made of."""
    return firm.made("organizer template")


def _questions() -> str:
    return to_json(QUESTIONS).decode()


class Requests:
    """Each approval and signature request is about a document of its own, and waits for the client."""

    def __init__(self, firm: Firm, random: Random) -> None:
        self._firm, self._random = firm, random
        self._template, self._questions = template_id(firm), _questions()
        self._by = as_json({"kind": "member", "id": firm.owner, "name": "Bench Owner"})

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give the template."""
        at = firm.born_at
        row = (firm.own, template_id(firm), TEMPLATE, _questions(), False, False, 1, at, at)
        return {("documents", "organizer_template"): [row]}

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add a full account's requests to the rows, and give how often each section of its overview changed."""
        if not account.is_full:
            return
        for place in range(PLENTY):
            at = (account.made + (2 * PLENTY + place) * STEP).isoformat()
            rows["documents", "approval"].append(self._approval(account, place, at))
            self._signature(rows, account, PLENTY + place, at)
            self._organizer(rows, account, place, at)
        yield from (("approvals", PLENTY), ("signatures", PLENTY), ("organizers", PLENTY))

    def _about(self, kind: str, account: Account, place: int) -> tuple[Any, ...]:
        document = document_id(self._firm, account, place)
        key = self._firm.made(f"{kind} {account.id} {place}")
        return self._firm.own, key, account.id, document, file_of(document)[0], 1, self._by

    def _approval(self, account: Account, place: int, at: str) -> tuple[Any, ...]:
        return (*self._about("approval", account, place), "pending", "Please have a look.", "", "", 1, at, at)

    def _signature(self, rows: Rows, account: Account, place: int, at: str) -> None:
        about = self._about("signature", account, place)
        own, request, digest = about[0], about[1], file_of(about[3])[1]
        rows["documents", "signature_request"].append(
            (*about, "simple", "any", "pending", "", INTENT, digest, 0, at, "", "", 1, at, at)  # never reminded of
        )
        contact, name, email = account.first
        signer = self._firm.made(f"signer {request}")
        rows["documents", "signer"].append(
            (own, signer, account.id, request, 0, contact, name, email, "portal", "pending", "[]", "", False)
        )

    def _organizer(self, rows: Rows, account: Account, place: int, at: str) -> None:
        own, organizer = self._firm.own, self._firm.made(f"organizer {account.id} {place}")
        status, progress = self._random.choice(STATUSES)
        answers = as_json({"income": "Rent of a flat."} if progress else {})
        rows["documents", "organizer"].append(
            (
                own, organizer, account.id, f"{TEMPLATE} {place + 1}", self._template, 1, self._questions, answers,
                status, progress, False, False, self._by, at, 1, at, at,
            )
        )  # fmt: skip
        rows["documents", "organizer_event"].append((own, organizer, 1, "created", at, self._by))
