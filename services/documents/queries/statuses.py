"""What is asked and answered about documents, as rows and lists show it (R-DOC-6, R-DOC-7).

A kind of request joins by an entry in each table: which statuses a document has by it, and which word finds them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, false, func, literal, or_
from sqlalchemy.dialects.postgresql import JSONB

from chassis.errors import wrong
from services.documents import model, shared
from services.documents.queries import requested

document = model.Document.__table__
# Each gives a JSON array of objects, the one to show first in front; null for none.
KINDS: list[Callable[[], ColumnElement[Any]]] = [
    requested.approval_status,
    requested.signature_status,
    requested.lock_status,
]
# By the word of the filter `status`: the documents that it finds.
WORDS: dict[str, Callable[[], ColumnElement[bool]]] = {
    **{word: partial(requested.is_approval, kept) for word, kept in requested.APPROVALS.items()},
    **{word: partial(requested.is_signature, kept) for word, kept in requested.SIGNATURES.items()},
    requested.LOCKED: shared.is_locked,
}


def shown() -> ColumnElement[Any]:
    """All statuses of the row's document as one JSON array."""
    made: ColumnElement[Any] = literal([], JSONB)
    for kind in KINDS:
        made = made.concat(func.coalesce(kind(), literal([], JSONB)))
    return made


def having(value: str) -> ColumnElement[bool]:
    """The documents with any of these statuses, commas between. Raises Invalid for a word that is none."""
    words = value.split(",")
    for word in words:
        if word not in WORDS:
            known = ", ".join(WORDS) or "none yet"
            raise wrong("filters.status", f"There is no status {word!r}; there are {known}.")
    return or_(false(), *(WORDS[word]() for word in words))
