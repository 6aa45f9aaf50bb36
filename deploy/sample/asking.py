"""What the sample firm asks of its clients: organizers, approvals and signatures, some of them answered."""

import hashlib
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from chassis.blobs import AsyncBlobs
from chassis.context import Actor
from contracts.approvals import ApprovalCalls, Approve, Disapprove, RequestApproval
from contracts.contacts import AccountRef, Contacts, LinkedContact
from contracts.documents import Documents, UploadDocument
from contracts.organizer_templates import (
    CreateOrganizerTemplate,
    OrganizerTemplateCalls,
    Question,
    QuestionSection,
    ShownIf,
)
from contracts.organizers import OrganizerCalls, OrganizerRef, SaveAnswers, SendOrganizer
from contracts.signatures import RequestSignature, SignatureCalls, SignerEntry, SignField
from contracts.signing import Sign, SigningCalls
from deploy.sample import photos
from deploy.sample.calls import Caller
from deploy.sample.clients import SEED, Client
from deploy.sample.papers import pdf

SHARE = 0.5  # of the clients; of the others nothing is asked
ANSWERED = 0.6  # of what is asked
PLACE = SignField(kind="signature", page=1, x=0.12, y=0.8, width=0.35, height=0.05)
SECTIONS = (
    QuestionSection(
        title="You and your household",
        questions=(
            Question(key="marital_status", label="Marital status", kind="single_choice", is_required=True,
                     choices=("Single", "Married", "Divorced", "Widowed")),
            Question(key="spouse", label="Name of your spouse", kind="short_text", is_required=True,
                     shown_if=ShownIf(question="marital_status", answer="Married")),
            Question(key="moved", label="Did you move during the year?", kind="yes_no", is_required=True),
            Question(key="moved_on", label="When did you move?", kind="date",
                     shown_if=ShownIf(question="moved", answer="yes")),
        ),
    ),
    QuestionSection(
        title="Income",
        questions=(
            Question(key="income", label="What did you receive?", kind="multiple_choice", is_required=True,
                     choices=("Salary", "Pension", "Rent", "Interest", "Dividends")),
            Question(key="rent", label="Rent received", kind="amount",
                     shown_if=ShownIf(question="income", answer="Rent")),
            Question(key="remarks", label="Anything else we should know?", kind="long_text"),
        ),
    ),
)  # fmt: skip
TEMPLATES = ("Tax organizer 2025", "Yearly check-up")
ANSWERS: tuple[dict[str, Any], ...] = (
    {"marital_status": "Married", "spouse": "Robin", "moved": False, "income": ["Salary", "Interest"]},
    {"marital_status": "Single", "moved": True, "moved_on": "2025-06-01", "income": ["Salary", "Rent"]},
    {"marital_status": "Divorced", "moved": False},
    {"moved": False},
)


async def make_templates(caller: Caller) -> tuple[UUID, ...]:
    """Define the firm's organizers."""
    made = []
    for number, name in enumerate(TEMPLATES):
        request = CreateOrganizerTemplate(name=name, sections=SECTIONS, is_startable=number == 1)
        call, key = "create_organizer_template", f"organizer-template/{number}"
        made.append(await caller.ask(OrganizerTemplateCalls, call, request, as_="owner", key=key))
    return tuple(one.id for one in made)


@dataclass(frozen=True)
class Asking:
    """What is asked of one client."""

    caller: Caller
    blobs: AsyncBlobs
    account_id: UUID
    client: Client
    templates: tuple[UUID, ...]

    async def do(self, seed: int = SEED) -> None:
        """Ask for all, each once; the same every time."""
        random = Random(f"{seed} asked of {self.client.key}")  # noqa: S311 (a sample, not a secret)
        if random.random() > SHARE:
            return
        request = AccountRef(account_id=self.account_id)
        linked = (await self.caller.ask(Contacts, "list_account_contacts", request, key="")).items
        who = Actor(kind="portal", id=linked[0].contact.id, name=linked[0].contact.display_name)
        await self._organizers(random, who)
        document_id = await self._document("Engagement letter 2026")
        await self._approval(random, document_id, who)
        await self._signature(random, document_id, linked, who)

    async def _organizers(self, random: Random, who: Actor) -> None:
        chosen = self.templates[: random.choice((1, 1, 2))]
        request = SendOrganizer(account_id=self.account_id, template_ids=chosen)
        sent = (await self._ask(OrganizerCalls, "send_organizer", request, "organizers")).items
        for number, organizer in enumerate(sent):
            if random.random() > ANSWERED:
                continue
            answers, key = random.choice(ANSWERS), f"organizer/{number}"
            one = OrganizerRef(account_id=self.account_id, organizer_id=organizer.id)
            save = SaveAnswers(account_id=self.account_id, organizer_id=organizer.id, answers=answers)
            await self._ask(OrganizerCalls, "open_organizer", one, f"{key}/open", who)
            await self._ask(OrganizerCalls, "save_answers", save, f"{key}/save", who)
            if "income" in answers:
                await self._ask(OrganizerCalls, "submit_organizer", one, f"{key}/submit", who)

    async def _approval(self, random: Random, document_id: UUID, who: Actor) -> None:
        request = RequestApproval(account_id=self.account_id, document_id=document_id)
        made = await self._ask(ApprovalCalls, "request_approval", request, "approval")
        answer = random.choices(("approve", "disapprove", None), (45, 10, 45))[0]
        where = {"account_id": self.account_id, "approval_id": made.id}
        if answer == "approve":
            await self._ask(ApprovalCalls, "approve_document", Approve(**where), "approve", who)
        elif answer == "disapprove":
            refusal = Disapprove(**where, reason="The fee is not what we agreed on.")
            await self._ask(ApprovalCalls, "disapprove_document", refusal, "approve", who)

    async def _signature(
        self, random: Random, document_id: UUID, linked: tuple[LinkedContact, ...], who: Actor
    ) -> None:
        able = [one for one in linked if one.signer_rank is not None or one.addresses]
        signers = tuple(SignerEntry(contact_id=one.contact.id, fields=(PLACE,)) for one in able[:2])
        if not signers:
            signers = (SignerEntry(name="Sam Proxy", email="sam.proxy@example.com", fields=(PLACE,)),)
        request = RequestSignature(account_id=self.account_id, document_id=document_id, signers=signers)
        made = await self._ask(SignatureCalls, "request_signature", request, "signature")
        if linked[0].signer_rank is not None and random.random() < ANSWERED:
            sign = Sign(account_id=self.account_id, signature_id=made.id, signed_name=who.name, has_consented=True)
            await self._ask(SigningCalls, "sign_document", sign, "sign", who)

    async def _document(self, name: str) -> UUID:
        content = pdf(name)
        path = await photos.sent(self.blobs, content)
        try:
            request = UploadDocument(
                account_id=self.account_id,
                name=f"{name}.pdf",
                upload=path,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
            made = await self._ask(Documents, "upload_document", request, f"document/{name}")
        finally:
            await self.blobs.delete(path)
        return made.id  # type: ignore[no-any-return]

    async def _ask(self, contract: Any, method: str, request: Any, key: str, who: Actor | None = None) -> Any:
        as_: str | Actor = who or "admin"
        return await self.caller.ask(contract, method, request, as_=as_, key=f"{self.client.key}/asked/{key}")
