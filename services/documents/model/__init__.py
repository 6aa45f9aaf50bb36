"""The tables of documents."""

from services.documents.model.base import Base, Versioned
from services.documents.model.documents import Document, DocumentVersion, Leftover, Seen
from services.documents.model.folders import Exemption, Folder
from services.documents.model.organizers import Organizer, OrganizerEvent, OrganizerTemplate
from services.documents.model.requests import AccountRef, Approval, DocumentLock, InvoiceRef, SignatureRequest, Signer

__all__ = [
    "AccountRef",
    "Approval",
    "Base",
    "Document",
    "DocumentLock",
    "DocumentVersion",
    "Exemption",
    "Folder",
    "InvoiceRef",
    "Leftover",
    "Organizer",
    "OrganizerEvent",
    "OrganizerTemplate",
    "Seen",
    "SignatureRequest",
    "Signer",
    "Versioned",
]
