"""Writes, sends and signs the sample's proposals, call by call as the firm and its clients would."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.context import Actor
from contracts.contacts import AccountRef, Contacts
from contracts.proposal_content import Proposal, Signer
from contracts.proposal_signing import DeclineProposal, ProposalSigning, SignProposal
from contracts.proposals import CreateProposal, Proposals, SendProposal, WithdrawProposal
from deploy.sample.calls import Caller
from deploy.sample.offers import Offer


@dataclass
class Offering:
    """To one account; `key` is its client's."""

    caller: Caller
    account_id: UUID
    key: str

    async def can_sign(self) -> bool:
        """Whether anybody was given LOGIN, which takes signing authority along (R-SIG-1)."""
        request = AccountRef(account_id=self.account_id)
        linked = await self.caller.ask(
            Contacts, "list_account_contacts", request, as_="more", key=f"{self.key}/offers/contacts"
        )
        return any(each.is_signatory and each.login != "none" for one in linked.items for each in one.addresses)

    async def do(self, offers: Sequence[Offer]) -> None:
        for number, offer in enumerate(offers):
            await self._one(offer, f"{self.key}/offer/{number}")

    async def _one(self, offer: Offer, key: str) -> None:
        content = {name: getattr(offer.content, name) for name in offer.content.__dataclass_fields__}
        write = CreateProposal(account_id=self.account_id, **content)
        made: Proposal = await self.caller.ask(Proposals, "create_proposal", write, as_=offer.author, key=key)
        if offer.fate == "draft":
            return
        send = SendProposal(account_id=self.account_id, proposal_id=made.id, version=made.version)
        sent = await self.caller.ask(Proposals, "send_proposal", send, as_=offer.author, key=f"{key}/send")
        if offer.fate == "withdrawn":
            withdraw = WithdrawProposal(
                account_id=self.account_id, proposal_id=made.id, version=sent.version, reason="Replaced by another"
            )
            await self.caller.ask(Proposals, "withdraw_proposal", withdraw, as_=offer.author, key=f"{key}/withdraw")
        elif offer.fate == "declined":
            await self._decline(offer, sent, key)
        elif offer.fate == "signed":
            await self._sign(sent, key)

    async def _sign(self, sent: Proposal, key: str) -> None:
        """By as many as must."""
        signers = sent.signers if sent.requirement == "all" else sent.signers[:1]
        for number, signer in enumerate(signers):
            sign = SignProposal(
                account_id=self.account_id,
                proposal_id=sent.id,
                version=sent.version,
                package_id=sent.packages[-1].id,
                ip="192.0.2.17",
                agent="Mozilla/5.0 (sample)",
            )
            await self.caller.ask(ProposalSigning, "sign_proposal", sign, as_=_as(signer), key=f"{key}/sign/{number}")

    async def _decline(self, offer: Offer, sent: Proposal, key: str) -> None:
        decline = DeclineProposal(
            account_id=self.account_id, proposal_id=sent.id, version=sent.version, reason=offer.reason
        )
        await self.caller.ask(
            ProposalSigning, "decline_proposal", decline, as_=_as(sent.signers[0]), key=f"{key}/decline"
        )


def _as(signer: Signer) -> Actor:
    return Actor(kind="portal", id=signer.contact_id, name=signer.name)
