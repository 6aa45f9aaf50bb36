"""The sample's papers, sent as clients and members would send them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.blobs import AsyncBlobs
from contracts.documents import AdoptFile, Document, Documents, GetFile, UploadDocument, Uploader
from contracts.folders import CreateFolder, Folders
from deploy.sample import photos
from deploy.sample.calls import Caller
from deploy.sample.clients import Client
from deploy.sample.papers import WORKPAPERS, Paper


@dataclass(frozen=True)
class Sending:
    """The papers of one client."""

    caller: Caller
    blobs: AsyncBlobs
    account_id: UUID
    client: Client

    async def do(self, papers: Sequence[Paper]) -> None:
        """Send all, each once."""
        for number, paper in enumerate(papers):
            path = await photos.sent(self.blobs, paper.content)
            try:
                await self._send(paper, path, f"{self.client.key}/paper/{number}")
            finally:
                await self.blobs.delete(path)

    async def _send(self, paper: Paper, path: str, key: str) -> None:
        if paper.origin is None:
            await self._file(paper, path, key)
            return
        contact = self.client.contacts[0].person.contact
        uploader = Uploader(side="client", name=f"{contact.first_name} {contact.last_name}".strip() or "A client")
        request = AdoptFile(
            account_id=self.account_id,
            source=f"sample/{key}",
            path=path,
            name=paper.name,
            origin=paper.origin,
            uploader=uploader,
        )
        made: Document = await self.caller.ask(Documents, "adopt_file", request, key=key)
        if paper.seen_by is not None:
            look = GetFile(account_id=self.account_id, document_id=made.id, mark_seen=True)
            await self.caller.ask(Documents, "get_file", look, as_=paper.seen_by, key=f"{key}/look")

    async def _file(self, paper: Paper, path: str, key: str) -> None:
        folder = CreateFolder(account_id=self.account_id, name=WORKPAPERS)
        made = await self.caller.ask(Folders, "create_folder", folder, as_="admin", key=f"{self.client.key}/workpapers")
        request = UploadDocument(
            account_id=self.account_id,
            name=paper.name,
            folder_id=made.id,
            upload=path,
            size=len(paper.content),
            sha256=hashlib.sha256(paper.content).hexdigest(),
        )
        await self.caller.ask(Documents, "upload_document", request, as_="admin", key=key)
